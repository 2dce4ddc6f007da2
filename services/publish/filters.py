"""Which events a subscription wants.

Every field that a filter names must match, by any one of the values it lists. A field that the event does
not have never matches.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from copydesk.model import OPERATIONAL, EventType, Listener, Unplaced


def wants(event: Unplaced, listener: Listener) -> bool:
    """Tells whether an event is owed to a listener that asked for events of its type."""
    if not may_know(event, listener):
        return False
    if event.type in OPERATIONAL:  # a filter is about stories
        return True
    return all(FIELDS[field](event, values) for field, values in (listener.filter or {}).items())


def may_know(event: Unplaced, listener: Listener) -> bool:
    """Tells whether an event is any of a listener's business, whatever its filter says.

    Records are everyone's. What waits for a person is its source's. What became of a subscription is for the
    others of its source and for an admin's, never for itself: it would be told of its own silence, and that
    could fail as well.
    """
    if event.type == EventType.QUARANTINED:
        return event.source == listener.source
    if event.type in OPERATIONAL:
        is_other = event.subscription_id != listener.id
        return is_other and (event.source == listener.source or listener.is_admin)
    return True


def _actors(event: Unplaced) -> Iterable[Mapping[str, Any]]:
    actors: list[dict[str, Any]] = (event.enrichment or {}).get("actors", [])
    return actors


def _by_actor(event: Unplaced, values: list[str]) -> bool:
    return any(actor["id"] in values for actor in _actors(event))


def _by_country(event: Unplaced, values: list[str]) -> bool:
    places = (event.enrichment or {}).get("places", ())
    return any(found["country"] in values for found in (*_actors(event), *places))


def _by_sector(event: Unplaced, values: list[str]) -> bool:
    return any(sector in values for actor in _actors(event) for sector in actor["sectors"])


def _by_source(event: Unplaced, values: list[str]) -> bool:
    return event.source in values


def _by_language(event: Unplaced, values: list[str]) -> bool:
    """`en` wants `en-GB` too. Source: RFC 4647, basic filtering."""
    language = (event.language or "").casefold()
    return any(f"{language}-".startswith(f"{value.casefold()}-") for value in values if language)


FIELDS: Mapping[str, Callable[[Unplaced, list[str]], bool]] = {
    "actors": _by_actor,
    "countries": _by_country,
    "sectors": _by_sector,
    "sources": _by_source,
    "languages": _by_language,
}
