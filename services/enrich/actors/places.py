"""From sightings to the places of a record."""

from typing import Any

from services.enrich.actors import whereabouts
from services.enrich.actors.keys import Key
from services.enrich.actors.naming import longest, mentions
from services.enrich.actors.sightings import Sighting, Sightings
from services.enrich.bounds import MAX_PLACES

Json = dict[str, Any]


def places(sightings: Sightings) -> list[Json]:
    """Returns the places in the order of their first mention, as many as a record holds."""
    found = [(key, items) for key, items in sightings.items() if is_place(key)]
    return [_place(key, items) for key, items in found[:MAX_PLACES]]


def _place(key: Key, found: list[Sighting]) -> Json:
    name = longest(found)
    known = found[0].name.known if key.label is None and found[0].name else None
    if known is not None:
        place = known.forms[0].place
        name = place.name if place else key.words.removeprefix("place ")
    country = whereabouts.country(name, known, found)
    return {"name": name, "country": country, "mentions": mentions(found)}


def is_place(key: Key) -> bool:
    """Whether what a key stands for does not act."""
    return key.label == "PLACE" or (key.label is None and key.words.startswith("place "))
