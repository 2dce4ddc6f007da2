"""The catalogue: known actors and places, loaded from versioned data files that a schema checks."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from copydesk.contracts import violations

_BUILT_IN: Final = (
    "states",
    "state_organs",
    "intergovernmental",
    "armed_groups",
    "parties",
    "ngos",
    "companies",
    "media",
    "people",
    "peoples",
    "places",
)
_ACRONYM: Final = re.compile(r"[A-Z0-9.-]{2,8}")
_MAX_VERSION: Final = 100
_MAX_BYTES: Final = 64 * 1024 * 1024


class CatalogueError(ValueError):
    """The catalogue cannot be used; the message says which file and why."""


class Codes(NamedTuple):
    """What an actor is: `country` is ISO 3166-1 alpha-3, `sectors` are PLOVER codes, most telling first."""

    country: str | None
    sectors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Period:
    """From when to when, both days included, an actor has other codes than its own."""

    country: str | None
    sectors: tuple[str, ...]
    valid_from: str | None
    valid_to: str | None = None

    def holds(self, day: str | None) -> bool:
        """Whether it holds on a day, such as 2024-03-01; without one, whether no end of it is known."""
        return self.valid_to is None if day is None else holds(self.valid_from, self.valid_to, day)


@dataclass(frozen=True, slots=True)
class Entry:
    """A known actor. `country` is ISO 3166-1 alpha-3; `sectors` are PLOVER codes, most telling first."""

    id: str
    name: str
    type: str
    country: str | None
    sectors: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    acronyms: tuple[str, ...] = ()
    ambiguous_acronyms: tuple[str, ...] = ()
    shared_names: tuple[str, ...] = ()
    surnames: tuple[str, ...] = ()
    adjectives: tuple[str, ...] = ()
    demonyms: tuple[str, ...] = ()
    capital: str | None = None
    seats: tuple[str, ...] = ()
    valid_from: str | None = None
    valid_to: str | None = None
    periods: tuple[Period, ...] = ()
    source: str = ""

    def codes(self, day: str | None) -> Codes:
        """Returns country and sectors as they were on a day; without one, as far as is known now."""
        period = next((period for period in self.periods if period.holds(day)), None)
        return Codes(period.country, period.sectors) if period else Codes(self.country, self.sectors)

    def is_current(self, day: str | None) -> bool:
        """Whether the actor exists and, if it has periods, one of them holds on a day."""
        if not (self.valid_to is None if day is None else holds(self.valid_from, self.valid_to, day)):
            return False
        return not self.periods or any(period.holds(day) for period in self.periods)


@dataclass(frozen=True, slots=True)
class Place:
    """A known place that does not act."""

    name: str
    country: str | None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What is known, as one version."""

    version: str
    entries: tuple[Entry, ...]
    places: tuple[Place, ...] = ()


def holds(first: str | None, last: str | None, day: str) -> bool:
    """Whether a day lies between two, both included; `2024` or `2024-03` stands for all of its days."""
    return (first is None or first <= day) and (last is None or day[: len(last)] <= last)


def load(path: Path | None = None) -> Catalogue:
    """Returns the built-in catalogue, extended by the file at `path`, or replaced where the file says so.

    An entry of the file takes the place of the built-in one with its id, a place of the one with its name and
    country.

    Raises:
        CatalogueError: a file is missing, is no JSON, breaks the schema, or no actor is in it.
    """
    own = _checked(path.name, _read(path)) if path is not None else {}
    if own.get("replace"):
        return _catalogue([own])
    folder = files("services.enrich") / "data"
    built_in = parse([(f"{name}.json", _read(folder / f"{name}.json")) for name in _BUILT_IN])
    return extended(built_in, _catalogue([own], may_be_empty=True)) if own else built_in


def _read(path: Any) -> bytes:  # noqa: ANN401 - a Path, or a resource inside a zip
    try:
        with path.open("rb") as file:
            data: bytes = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise CatalogueError(f"The catalogue file {path} cannot be read: {error.strerror}.") from error
    if len(data) > _MAX_BYTES:
        raise CatalogueError(f"The catalogue file {path} is larger than {_MAX_BYTES} bytes.")
    return data


def parse(documents: Iterable[tuple[str, bytes]]) -> Catalogue:
    """Returns one catalogue made of (file name, JSON) pairs, in order.

    Raises:
        CatalogueError: see `load`.
    """
    return _catalogue([_checked(name, data) for name, data in documents])


def extended(base: Catalogue, own: Catalogue) -> Catalogue:
    """Returns a catalogue with one's own entries and places in it; their ids and names win."""
    entries = {entry.id: entry for entry in (*base.entries, *own.entries)}
    places = {(place.name, place.country): place for place in (*base.places, *own.places)}
    version = f"{base.version}+{own.version}"[:_MAX_VERSION]
    return Catalogue(version, tuple(entries.values()), tuple(places.values()))


def _catalogue(documents: Sequence[Mapping[str, Any]], *, may_be_empty: bool = False) -> Catalogue:
    entries = [_entry(entry) for document in documents for entry in document.get("entries", ())]
    places = [Place(**_frozen(place)) for document in documents for place in document.get("places", ())]
    versions = [document["catalogue"] for document in documents]
    if not entries and not (may_be_empty and places):
        raise CatalogueError("The catalogue is empty: it must hold at least one actor.")
    _check_whole(entries, versions)
    return Catalogue(versions[0], tuple(entries), tuple(places))


def _checked(name: str, data: bytes) -> dict[str, Any]:
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise CatalogueError(f"The catalogue file {name} is no JSON: {error}.") from error
    found = violations("catalogue", document, limit=1)
    if found:
        raise CatalogueError(
            f"The catalogue file {name} breaks its schema at {found[0].pointer or '/'}: {found[0].message}"
        )
    checked: dict[str, Any] = document
    return checked


def _check_whole(entries: list[Entry], versions: list[str]) -> None:
    if len(set(versions)) > 1:
        raise CatalogueError(
            f"The catalogue files are of different versions: {', '.join(sorted(set(versions)))}."
        )
    seen: set[str] = set()
    for entry in entries:
        if entry.id in seen:
            raise CatalogueError(f"The catalogue holds the id {entry.id} twice.")
        seen.add(entry.id)


def _entry(values: Mapping[str, Any]) -> Entry:
    periods = tuple(Period(**_frozen(period)) for period in values.get("periods", ()))
    return Entry(**{**_frozen(values), "periods": periods})


def _frozen(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}


def is_acronym(name: str) -> bool:
    """Whether a name is written in capitals and must be matched as written."""
    return _ACRONYM.fullmatch(name) is not None
