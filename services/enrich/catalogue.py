"""The catalogue: known actors and places, loaded from versioned data files that a schema checks."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import orjson

from copydesk.contracts import violations

_BUILT_IN: Final = ("states", "organizations", "people", "peoples", "places")
_ACRONYM: Final = re.compile(r"[A-Z0-9.-]{2,8}")


class CatalogueError(ValueError):
    """The catalogue cannot be used; the message says which file and why."""


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
    surnames: tuple[str, ...] = ()
    adjectives: tuple[str, ...] = ()
    demonyms: tuple[str, ...] = ()
    capital: str | None = None
    seats: tuple[str, ...] = ()
    valid_from: str | None = None
    valid_to: str | None = None
    source: str = ""


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


def load(path: Path | None = None) -> Catalogue:
    """Returns the built-in catalogue, or the one in the file at `path`.

    Raises:
        CatalogueError: a file is missing, is no JSON, breaks the schema, or no actor is in it.
    """
    if path is not None:
        return parse([(path.name, _read(path))])
    folder = files("services.enrich") / "data"
    return parse([(f"{name}.json", _read(folder / f"{name}.json")) for name in _BUILT_IN])


def _read(path: Any) -> bytes:  # noqa: ANN401 - a Path, or a resource inside a zip
    try:
        data: bytes = path.read_bytes()
    except OSError as error:
        raise CatalogueError(f"The catalogue file {path} cannot be read: {error.strerror}.") from error
    return data


def parse(documents: Iterable[tuple[str, bytes]]) -> Catalogue:
    """Returns one catalogue made of (file name, JSON) pairs, in order.

    Raises:
        CatalogueError: see `load`.
    """
    entries: list[Entry] = []
    places: list[Place] = []
    versions: list[str] = []
    for name, data in documents:
        document = _checked(name, data)
        versions.append(document["catalogue"])
        entries += [Entry(**_frozen(entry)) for entry in document.get("entries", ())]
        places += [Place(**_frozen(place)) for place in document.get("places", ())]
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
    if not entries:
        raise CatalogueError("The catalogue is empty: it must hold at least one actor.")
    if len(set(versions)) > 1:
        raise CatalogueError(
            f"The catalogue files are of different versions: {', '.join(sorted(set(versions)))}."
        )
    seen: set[str] = set()
    for entry in entries:
        if entry.id in seen:
            raise CatalogueError(f"The catalogue holds the id {entry.id} twice.")
        seen.add(entry.id)


def _frozen(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}


def is_acronym(name: str) -> bool:
    """Whether a name is written in capitals and must be matched as written."""
    return _ACRONYM.fullmatch(name) is not None
