"""What the country of a story tells of those of its actors and places of whom nothing else does."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from services.enrich.actors import evidence
from services.enrich.actors.bearers import Bearers
from services.enrich.actors.setting import Setting, spans_countries
from services.enrich.actors.tokens import folded_words
from services.enrich.catalogue import Entry
from services.enrich.wordlist import words

_ABROAD: Final = words("""
international world global united european europe african africa asian asia arab latin american nordic baltic
islamic un eu nato intergovernmental multinational pacific
""")
_FILLED: Final = frozenset(("person", "organization", "armed_group"))

_PARAGRAPH: Final = 2000
"""Code points on either side that are looked at, however long a paragraph is."""
_TRAVELLING: Final = words("""
analyst consultant correspondent contractor tourist missionary investor trader expert observer mediator
facilitator peacekeeper
""")
"""Who may well be from abroad, by the last word of the role."""

Json = dict[str, Any]


def settle_organs(actors: list[Json], bearers: Bearers, home: Setting, day: str | None) -> Mapping[str, str]:
    """Makes the organs of the unnamed state that country's: "the Foreign Ministry" in a story from Lagos.

    Such an actor becomes the catalogue's, and one with it where both are named. Changes the list in place,
    and returns the new ids by the old ones.
    """
    known = {actor["id"]: actor for actor in actors}
    renamed: dict[str, str] = {}
    for actor in [actor for actor in actors if _may_be_home(actor, home)]:
        entry = bearers.of(actor["name"], home.country)
        if entry is None:
            continue
        renamed[actor["id"]] = entry.id
        if entry.id in known:
            _join(known[entry.id], actor)
            actors.remove(actor)
        else:
            _adopt(actor, entry, home, day)
            known[entry.id] = actor
    return renamed


def _may_be_home(actor: Json, home: Setting) -> bool:
    is_known = actor["type"] != "organization" or actor["resolved_by"] == "catalogue"
    return not is_known and actor["country"] in {None, home.country}


def _join(actor: Json, other: Json) -> None:
    actor["mentions"] += other["mentions"]
    actor["mentions"].sort(key=lambda mention: (mention["field"] != "title", mention["start"]))


def _adopt(actor: Json, entry: Entry, home: Setting, day: str | None) -> None:
    country, sectors = entry.codes(day)
    actor.update(id=entry.id, type=entry.type, country=country, sectors=list(sectors), resolved_by="source")
    actor.pop("candidates", None)
    _tell(actor, home)


def settle_countries(
    actors: Sequence[Json],
    places: Sequence[Json],
    home: Setting,
    body: str,
    employers: Mapping[str, str | None],
) -> None:
    """Gives the country of the story to those of whom nothing else is told. Changes them in place.

    Bodies that are international by name keep none, and so do seas, lakes and continents; and, where much of
    the story is elsewhere, places that nothing of the country stands beside.

    Args:
        actors: of the record.
        places: of the record.
        home: where the story plays.
        body: the text of the story.
        employers: the id of the body that a person works for, by the person's; None for one with people of
            all countries. Who works for that has no setting, others have that of their body.
    """
    ground = _Ground(actors, places, home, body)
    local: set[str | None] = set()
    for actor in sorted(actors, key=lambda actor: bool(actor["type"] == "person")):
        is_away = actor["id"] in employers and employers[actor["id"]] not in local
        if actor["country"] == home.country:
            local.add(actor["id"])
        if actor["country"] is None and not is_away and _is_local(actor) and ground.holds(actor):
            local.add(actor["id"])
            actor["country"] = home.country
            _tell(actor, home)
            if actor["resolved_by"] in {"rule", "model"}:
                actor["resolved_by"] = "source"
    for place in places:
        is_home = home.is_clear or ground.is_beside_home(place)
        if place["country"] is None and is_home and not spans_countries(place["name"]):
            place["country"] = home.country


class _Ground:
    """Where a story stands on the ground of its country: there what is told to be nothing else is local.

    Where other states have a part in it, a company, or a body of which nothing is told, may be anybody's, and
    so may be people who travel for their work.
    """

    def __init__(self, actors: Iterable[Json], places: Iterable[Json], home: Setting, body: str) -> None:
        states = [actor for actor in actors if actor["type"] == "state"]
        self._is_alone = all(state["country"] == home.country for state in states)
        at_home = [item for item in (*places, *states) if item["country"] == home.country]
        self._starts = sorted(
            mention["start"] for item in at_home for mention in item["mentions"] if mention["field"] == "body"
        )
        self._body = body

    def holds(self, actor: Json) -> bool:
        """Whether the setting may tell the country of an actor."""
        if self._is_alone or (actor["type"] == "person" and not _travels(actor)):
            return True
        if actor["type"] == "person":
            return False
        is_told = bool(actor["sectors"]) and not {"BUS", "MNC"} & set(actor["sectors"])
        return is_told or self.is_beside_home(actor)

    def is_beside_home(self, item: Json) -> bool:
        """Whether the paragraph that names an actor or place first names the country or a place in it."""
        at = next((m["start"] for m in item["mentions"] if m["field"] == "body"), 0)
        begin = self._body.rfind("\n", max(0, at - _PARAGRAPH), at) + 1 or max(0, at - _PARAGRAPH)
        end = self._body.find("\n", at, at + _PARAGRAPH)
        near = bisect_left(self._starts, begin)
        return near < len(self._starts) and self._starts[near] < (end if end >= 0 else at + _PARAGRAPH)


def _travels(actor: Json) -> bool:
    return (folded_words(actor["role"] or "") or [""])[-1] in _TRAVELLING


def _is_local(actor: Json) -> bool:
    if actor["type"] not in _FILLED or actor["resolved_by"] == "catalogue" or "candidates" in actor:
        return False
    if "IGO" in actor["sectors"]:
        return False
    return actor["type"] == "person" or not _ABROAD & set(folded_words(actor["name"]))


def _tell(actor: Json, home: Setting) -> None:
    """Adds the words that say where the story plays to what an actor's codes rest on."""
    span = {name: home.mention[name] for name in ("field", "start", "end", "text")}
    evidence.add(actor, [{"code": "country", "value": home.country, **span}])
