"""Where a story plays: the one country for which its dateline, states and places speak, if one does."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from services.enrich.actors.datelines import BEGINS, ends_dateline
from services.enrich.actors.tokens import folded_words
from services.enrich.wordlist import words

_DATELINE_WEIGHT: Final = 8.0
_TITLE_WEIGHT: Final = 3.0
_LEAD: Final = 600
"""Code points in which the weight of a mention halves."""
_MOST: Final = 4
"""Mentions of one actor or place that count; a name that is repeated says the same again."""
_ENOUGH: Final = 1.5
"""A dateline, the title, or two mentions: one country that is named once may be anybody's."""
_SHARE: Final = 0.6
_LESS: Final = 0.5
_TIMES: Final = 2.0
"""A country with half of all claims has the story too, if no other country has half as many as it."""
_PUBLIC: Final = frozenset(("GOV", "MIL", "LEG", "JUD", "COP", "SPY", "PTY"))
_SPANNING: Final = words("""
lake sea ocean gulf strait straits bay passage channel arctic antarctic antarctica caribbean mediterranean
africa asia europe america sahel balkans caucasus amazon andes alps himalayas nile danube mekong
""")
"""First or last words of what no one country owns: seas, lakes, continents. Folded."""

Json = dict[str, Any]


class Setting(NamedTuple):
    """The country where a story plays, and the mention in it that says so best.

    `is_clear`: whether hardly anything in the story is elsewhere.
    """

    country: str
    mention: Json
    is_clear: bool = True


def setting(actors: Iterable[Json], places: Iterable[Json], body: str) -> Setting | None:
    """Returns where a story plays; None where several countries have a claim, or hardly one has.

    Args:
        actors: of the record; states and known bodies speak for their country.
        places: of the record.
        body: the text of the story.
    """
    weights: dict[str, float] = defaultdict(float)
    best: dict[str, tuple[float, Json]] = {}
    for item in (*places, *(actor for actor in actors if _speaks(actor))):
        country = item["country"]
        if country is None:
            continue
        for mention in item["mentions"][:_MOST]:
            weight = _weight(mention, body)
            weights[country] += weight
            if country not in best or weight > best[country][0]:
                best[country] = weight, mention
    if not weights:
        return None
    (country, weight), *others = sorted(weights.items(), key=lambda pair: (-pair[1], pair[0]))
    share, next_best = weight / sum(weights.values()), max((other for _, other in others), default=0.0)
    leads = share >= _SHARE or (share >= _LESS and weight >= _TIMES * next_best)
    return Setting(country, best[country][1], share >= _SHARE) if leads and weight >= _ENOUGH else None


def _speaks(actor: Json) -> bool:
    """Whether an actor is where its country is: a company or an aid group may act anywhere."""
    if actor["type"] in {"state", "armed_group"}:
        return True
    return (
        actor["type"] != "people" and actor["country"] is not None and bool(_PUBLIC & set(actor["sectors"]))
    )


def _weight(mention: Json, body: str) -> float:
    if mention["field"] == "title":
        return _TITLE_WEIGHT
    start = mention["start"]
    if (start <= BEGINS and mention["text"].isupper()) or ends_dateline(body, start, mention["end"]):
        return _DATELINE_WEIGHT
    return float(0.5 ** (start / _LEAD)) + 0.25


def spans_countries(name: str) -> bool:
    """Whether a place is a sea, lake or continent, which no one country owns."""
    found = folded_words(name)
    return bool(found) and (found[0] in _SPANNING or found[-1] in _SPANNING)
