"""What the country of a story tells of its actors and places: of those of whom their own words tell nothing."""

from collections.abc import Sequence, Set
from typing import Any, Final

from services.enrich.actors.bearers import Bearers
from services.enrich.actors.evidence import MAX_EVIDENCE
from services.enrich.actors.keys import folded_words
from services.enrich.actors.setting import Setting, spans_countries
from services.enrich.wordlist import words

_ABROAD: Final = words("""
international world global united european europe african africa asian asia arab latin american nordic baltic
islamic un eu nato intergovernmental multinational pacific
""")
_FILLED: Final = frozenset(("person", "organization", "armed_group"))

Json = dict[str, Any]


def settle_organs(actors: list[Json], bearers: Bearers, home: Setting, day: str | None) -> None:
    """Makes the organs of the unnamed state that country's: "the Foreign Ministry" in a story from Lagos.

    Such an actor becomes the catalogue's, and one with it where both are named. Changes the list in place.
    """
    known = {actor["id"]: actor for actor in actors}
    for actor in list(actors):
        if actor["type"] != "organization" or actor["resolved_by"] == "catalogue":
            continue
        if actor["country"] not in {None, home.country}:
            continue
        entry = bearers.of(actor["name"], home.country)
        if entry is None:
            continue
        if entry.id in known:
            known[entry.id]["mentions"] += actor["mentions"]
            known[entry.id]["mentions"].sort(key=lambda m: (m["field"] != "title", m["start"]))
            actors.remove(actor)
            continue
        country, sectors = entry.codes(day)
        actor.update(
            id=entry.id, type=entry.type, country=country, sectors=list(sectors), resolved_by="source"
        )
        actor.pop("candidates", None)
        _tell(actor, home)
        known[entry.id] = actor


def settle_countries(
    actors: Sequence[Json], places: Sequence[Json], home: Setting, abroad: Set[str] = frozenset()
) -> None:
    """Gives the country of the story to those of whom nothing else is told. Changes them in place.

    Bodies that are international by name keep none, and so do seas, lakes and continents.

    Args:
        actors: of the record.
        places: of the record.
        home: where the story plays.
        abroad: the ids of those who belong to a body of many states, and keep none either.
    """
    for actor in actors:
        if actor["country"] is None and actor["id"] not in abroad and _is_local(actor):
            actor["country"] = home.country
            _tell(actor, home)
            if actor["resolved_by"] in {"rule", "model"}:
                actor["resolved_by"] = "source"
    for place in places:
        if place["country"] is None and not spans_countries(place["name"]):
            place["country"] = home.country


def _is_local(actor: Json) -> bool:
    if actor["type"] not in _FILLED or actor["resolved_by"] == "catalogue" or "candidates" in actor:
        return False
    if "IGO" in actor["sectors"]:
        return False
    return actor["type"] == "person" or not _ABROAD & set(folded_words(actor["name"]))


def _tell(actor: Json, home: Setting) -> None:
    """Adds the words that say where the story plays to what an actor's codes rest on."""
    span = {name: home.mention[name] for name in ("field", "start", "end", "text")}
    told = {"code": "country", "value": home.country, **span}
    mentions = actor.pop("mentions")
    actor["evidence"] = [*actor.get("evidence", ())[: MAX_EVIDENCE - 1], told]
    actor["mentions"] = mentions
