"""The head of a gold story: what it is, and its actors and places with their codes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from copydesk.contracts import schema
from tests.gold.markup import GoldError

FACTS: Final = ("region", "beat", "style", "hard")
"""What the head says of a story; `hard` only where it is."""

_DEFS: Final = schema("record")["$defs"]
_TYPES: Final = frozenset(_DEFS["actor_type"]["enum"])
_SECTORS: Final = frozenset(_DEFS["sector"]["enum"])
_COUNTRY: Final = re.compile(r"[A-Z]{3}|-")
_ENTRY: Final = re.compile(r"  (?P<key>[a-z0-9-]+) = (?P<values>\S.*)")


@dataclass(frozen=True, slots=True)
class Role:
    """A title as the story writes it: what is found must hold `core` and lie within `whole`."""

    whole: str
    core: str


@dataclass(frozen=True, slots=True)
class Actor:
    """An actor of a story with its codes. Where several codes would be right all are listed.

    `sectors` are what must be found, each a set of codes of which any is right; `allowed_sectors` are neither
    asked for nor punished. None among the `countries` stands for null.
    """

    key: str
    name: str
    types: tuple[str, ...]
    countries: tuple[str | None, ...]
    sectors: tuple[frozenset[str], ...]
    allowed_sectors: frozenset[str]
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A place that is named and does not act."""

    key: str
    name: str
    countries: tuple[str | None, ...]


@dataclass(slots=True)
class Head:
    """What stands above the body; `lines` says where each key is declared."""

    facts: dict[str, str] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)


def read_head(lines: Sequence[str], file: str) -> Head:
    """Returns the head in the lines of a file after its title, which is line 1.

    Raises:
        GoldError: a line cannot be read, or a fact is missing.
    """
    head, section = Head(), ""
    for number, line in enumerate(lines, start=2):
        name, _, value = line.partition(":")
        if line in {"actors:", "places:"}:
            section = name
        elif section and (entry := _ENTRY.fullmatch(line)):
            _read_entry(head, section, entry, f"{file}:{number}")
            head.lines[entry["key"]] = number
        elif not section and name in FACTS and value.strip():
            head.facts[name] = value.strip()
        elif line:
            raise GoldError(f"{file}:{number}: cannot be read: {line!r}")
    missing = [name for name in FACTS if name != "hard" and name not in head.facts]
    if missing:
        raise GoldError(f"{file}:1: the head does not say: {', '.join(missing)}")
    return head


def _read_entry(head: Head, section: str, entry: re.Match[str], where: str) -> None:
    key, parts = entry["key"], [part.strip() for part in entry["values"].split(";")]
    if key in head.lines:
        raise GoldError(f"{where}: the key {key!r} is taken by line {head.lines[key]}")
    if section == "places":
        if len(parts) != 2 or not all(parts):
            raise GoldError(f"{where}: a place reads NAME; COUNTRY")
        head.places[key] = Place(key, parts[0], _countries(parts[1], where))
        return
    if len(parts) < 4 or not all(parts):
        raise GoldError(f"{where}: an actor reads NAME; TYPE; COUNTRY; SECTORS; ROLE…")
    slots, allowed = _sectors(parts[3], where)
    roles = tuple(_role(part) for part in parts[4:])
    types, countries = _types(parts[1], where), _countries(parts[2], where)
    head.actors[key] = Actor(key, parts[0], types, countries, slots, allowed, roles)


def _types(value: str, where: str) -> tuple[str, ...]:
    found = tuple(value.split("/"))
    unknown = sorted(set(found) - _TYPES)
    if unknown:
        raise GoldError(f"{where}: no type of actor: {', '.join(unknown)}")
    return found


def _countries(value: str, where: str) -> tuple[str | None, ...]:
    found = value.split("/")
    if not all(_COUNTRY.fullmatch(code) for code in found):
        raise GoldError(f"{where}: {value!r} is no country code of three capitals, nor -")
    return tuple(None if code == "-" else code for code in found)


def _sectors(value: str, where: str) -> tuple[tuple[frozenset[str], ...], frozenset[str]]:
    """Returns what is asked for and what is allowed in "GOV LEG/PTY (ELI)"; a dash asks for nothing."""
    required, opens, optional = value.partition("(")
    slots = tuple(frozenset(slot.split("/")) for slot in required.split() if slot != "-")
    allowed = frozenset(optional.removesuffix(")").split())
    unknown = sorted(allowed.union(*slots) - _SECTORS)
    if unknown or (opens and not optional.endswith(")")):
        raise GoldError(f"{where}: sectors cannot be read: {value!r}")
    return slots, allowed


def _role(value: str) -> Role:
    """Returns the role in "Iraqi *Prime Minister*": the stars mark the core, else it is all of it."""
    core = re.search(r"\*(.+)\*", value)
    return Role(value.replace("*", ""), core[1] if core else value)
