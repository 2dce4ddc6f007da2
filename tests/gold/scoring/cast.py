"""Matches the actors and places that were found to those of the gold, and scores their codes."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tests.gold.gold import GoldStory
from tests.gold.head import Actor, Role
from tests.gold.markup import FREE
from tests.gold.scoring.counts import Tally

_DETERMINER: Final = re.compile(r"(?:an?|the|its|his|her|their)\s+", re.IGNORECASE)

Span = tuple[str, int, int]
"""Field, start and end."""


@dataclass(frozen=True, slots=True)
class Match:
    """Which gold key each thing found stands for, by its index, and the other way round."""

    gold_of: dict[int, str]
    found_of: dict[str, int]
    shared: dict[int, Counter[str]]


def match(story: GoldStory, things: Sequence[Mapping[str, Any]], keys: Iterable[str]) -> Match:
    """Returns the pairs of found and gold things that share most mentions; each is in one pair at most.

    A mention is shared where the spans agree by half, so that a title too much does not hide a right actor.
    """
    wanted = set(keys)
    marks = [mention for mention in story.mentions if mention.key in wanted]
    shared: dict[int, Counter[str]] = defaultdict(Counter)
    for index, thing in enumerate(things):
        for found in thing["mentions"]:
            for mark in marks:
                if halves((mark.field, mark.start, mark.end), span_of(found)):
                    shared[index][mark.key] += 1
    pairs = sorted(
        ((count, index, key) for index, keys_of in shared.items() for key, count in keys_of.items()),
        key=lambda pair: (-pair[0], pair[1], pair[2]),
    )
    gold_of: dict[int, str] = {}
    found_of: dict[str, int] = {}
    for _, index, key in pairs:
        if index not in gold_of and key not in found_of:
            gold_of[index] = key
            found_of[key] = index
    return Match(gold_of, found_of, dict(shared))


def span_of(mention: Mapping[str, Any]) -> Span:
    """Returns where a found mention stands."""
    return mention["field"], mention["start"], mention["end"]


def halves(mark: Span, found: Span) -> bool:
    """Tells whether two spans share half of the longer one."""
    shared = min(mark[2], found[2]) - max(mark[1], found[1])
    return mark[0] == found[0] and 2 * shared >= max(mark[2] - mark[1], found[2] - found[1])


def is_free(story: GoldStory, field: str, start: int, end: int) -> bool:
    """Tells whether a find is neither asked for nor punished: it overlaps what is marked so."""
    return any(
        mention.field == field and mention.start < end and start < mention.end
        for mention in story.mentions
        if mention.key == FREE or mention.kind == "optional"
    )


def asked(story: GoldStory, things: Sequence[Mapping[str, Any]]) -> list[int]:
    """Returns the indices of what was found, without what lies wholly within free spans."""
    return [
        index
        for index, thing in enumerate(things)
        if not all(is_free(story, *span_of(m)) for m in thing["mentions"])
    ]


def score_actors(story: GoldStory, actors: Sequence[Mapping[str, Any]], matched: Match, tally: Tally) -> None:
    """Counts one actor for each gold actor, those split or merged, and the codes of those matched."""
    wanted = asked(story, actors)
    tally.add("actors", hit=len(matched.gold_of), found=len(wanted), gold=len(story.actors))
    for index in wanted:
        if index not in matched.gold_of and index not in matched.shared:
            tally.error("false actor", f"{actors[index]['type']} «{actors[index]['name']}»")
    _score_identity(story, actors, matched, tally)
    for key, actor in story.actors.items():
        found = actors[matched.found_of[key]] if key in matched.found_of else None
        if found is None:
            tally.error("missed actor", f"{actor.types[0]} «{actor.name}»")
        _score_codes(actor, found, tally)


def score_places(story: GoldStory, places: Sequence[Mapping[str, Any]], tally: Tally) -> None:
    """Counts one place for each gold place, and its country."""
    matched = match(story, places, story.places)
    hits, found = len(matched.gold_of), len(asked(story, places))
    tally.add("places", hit=hits, found=found, gold=len(story.places))
    for key, place in story.places.items():
        index = matched.found_of.get(key)
        right = index is not None and places[index]["country"] in place.countries
        tally.share("place countries", right=right)
        if index is not None and not right:
            code = places[index]["country"]
            tally.error("place country", f"«{place.name}» {_codes(place.countries)}, found {code}")


def _score_identity(
    story: GoldStory, actors: Sequence[Mapping[str, Any]], matched: Match, tally: Tally
) -> None:
    holders: dict[str, list[int]] = defaultdict(list)
    for index, keys in matched.shared.items():
        for key in keys:
            holders[key].append(index)
    for key in matched.found_of:
        split = len(holders[key]) > 1
        merged = len(matched.shared[matched.found_of[key]]) > 1
        tally.share("actors unsplit", right=not split)
        tally.share("actors unmerged", right=not merged)
        if split:
            names = ", ".join(f"«{actors[index]['name']}»" for index in holders[key])
            tally.error("split actor", f"«{story.actors[key].name}» into {names}")
        if merged:
            index = matched.found_of[key]
            names = ", ".join(f"«{story.actors[other].name}»" for other in matched.shared[index])
            tally.error("merged actor", f"«{actors[index]['name']}» holds {names}")


def _score_codes(actor: Actor, found: Mapping[str, Any] | None, tally: Tally) -> None:
    kind, country = (found["type"], found["country"]) if found else (None, None)
    tally.share("actor types", right=kind in actor.types)
    tally.share("countries", right=found is not None and country in actor.countries)
    if found and kind not in actor.types:
        tally.error("actor type", f"«{actor.name}» {'/'.join(actor.types)}, found {kind}")
    if found and country not in actor.countries:
        tally.error("country", f"«{actor.name}» {_codes(actor.countries)}, found {country}")
    _score_sectors(actor, found, tally)
    _score_role(actor, found, tally)


def _score_sectors(actor: Actor, found: Mapping[str, Any] | None, tally: Tally) -> None:
    codes = set(found["sectors"]) - {"UNK"} if found else set()
    hits = sum(1 for slot in actor.sectors if slot & codes)
    strange = codes - actor.allowed_sectors.union(*actor.sectors)
    tally.add("sectors", hit=hits, found=hits + len(strange), gold=len(actor.sectors))
    if found and (strange or hits < len(actor.sectors)):
        wanted = " ".join("/".join(sorted(slot)) for slot in actor.sectors) or "none"
        tally.error("sectors", f"«{actor.name}» {wanted}, found {' '.join(found['sectors']) or 'none'}")


def _score_role(actor: Actor, found: Mapping[str, Any] | None, tally: Tally) -> None:
    written = found["role"] if found else None
    right = written is not None and any(_fits(written, role) for role in actor.roles)
    tally.add("roles", hit=int(right), found=int(written is not None), gold=int(bool(actor.roles)))
    if found and not right and (written or actor.roles):
        wanted = " or ".join(f"“{role.whole}”" for role in actor.roles) or "none"
        tally.error("role", f"«{actor.name}» {wanted}, found {written!r}")


def _fits(written: str, role: Role) -> bool:
    words = (
        _DETERMINER.sub("", written.casefold(), count=1) if _DETERMINER.match(written) else written.casefold()
    )
    return role.core.casefold() in words and words in role.whole.casefold()


def _codes(countries: Iterable[str | None]) -> str:
    return "/".join(code or "none" for code in countries)
