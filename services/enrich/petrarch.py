"""Reads an actor dictionary of PETRARCH or TABARI into entries of a catalogue.

    BARACK_OBAMA_ [USAGOV 20090120-20170120] [USAELI >20170120]   ; a comment
    +PRESIDENT_OBAMA

A name, its synonyms after `+`, its codes in brackets on the name's line or on lines of their own; a code
may hold before (`<`) or after (`>`) a date or between two, each as YYMMDD or YYYYMMDD. `#` and `;` begin
comments.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, NamedTuple

import orjson

from services.enrich.actors.forms import Kind, key, spellings
from services.enrich.actors.given_names import GIVEN_NAMES
from services.enrich.actors.heads import ARMED_HEADS, ORG_HEADS
from services.enrich.actors.tokens import fold, slug
from services.enrich.cameo import CodeError, decode
from services.enrich.catalogue import Catalogue, Entry
from services.enrich.wordlist import words

MAX_LINE: Final = 2000
MAX_NAME: Final = 200
MAX_NAMES: Final = 100
MAX_CODES: Final = 50
MAX_AGENTS: Final = 50_000
_COMMENT: Final = re.compile(r"[#;].*")
_CODE: Final = re.compile(r"\[([^\[\]]*)\]")
_LIMIT: Final = re.compile(r"([<>]?)(\d{6}|\d{8})(?:-(\d{6}|\d{8}))?")
_NAME: Final = re.compile(r"[^\W_][\w .,'&/()\u2019-]*")
_SMALL: Final = words("of the and for in on de la al el bin ibn von van der")
_FORMS: Final = (
    "acronyms",
    "ambiguous_acronyms",
    "shared_names",
    "surnames",
    "adjectives",
    "demonyms",
    "seats",
)
_SHORT: Final = 3
_CENTURY: Final = 30  # 30 is 2030, 31 is 1931, as PETRARCH reads it
_ARMED: Final = frozenset(("REB", "PRM", "UAF", "IMG"))
_SOURCE: Final = "imported from a CAMEO actor dictionary"


class Complaint(NamedTuple):
    """What is wrong with a line, counted from 1."""

    line: int
    message: str


class _LineError(ValueError):
    """The line cannot be read; the message says why."""


@dataclass(slots=True)
class _Agent:
    """What the lines so far say of one actor."""

    line: int
    names: list[str]
    periods: list[dict[str, Any]] = field(default_factory=list)
    own: tuple[str | None, tuple[str, ...]] | None = None


def read(lines: Iterable[bytes], known: Catalogue) -> tuple[list[dict[str, Any]], list[Complaint]]:
    """Returns entries as a catalogue file holds them, and what is wrong, by line; never raises for bad input.

    An actor that `known` knows keeps its id, type and names, and gets the dictionary's codes. Any other is
    given a type by its name and codes, which is a guess. What has no code that can be read is left out.

    Args:
        lines: the dictionary, in UTF-8.
        known: what is known already.
    """
    agents, complaints = _agents(lines)
    names = {key(name): entry for kind, name, entry, _ in spellings(known) if entry and kind is Kind.NAME}
    entries: dict[str, dict[str, Any]] = {}
    for agent in agents:
        if agent.own is None and not agent.periods:
            complaints.append(Complaint(agent.line, f"{agent.names[0]} has no code that could be read"))
            continue
        entry = _entry(agent, next((names[key(n)] for n in agent.names if key(n) in names), None))
        if entry["id"] in entries:
            complaints.append(Complaint(agent.line, f"{agent.names[0]} comes twice, or two are called so"))
        entries.setdefault(entry["id"], entry)
    return list(entries.values()), sorted(complaints)


def written(entries: Iterable[dict[str, Any]], version: str) -> bytes:
    """Returns entries as a catalogue file, one a line."""
    lines = b",\n".join(b"    " + orjson.dumps(entry) for entry in entries)
    return b'{\n  "catalogue": %b,\n  "entries": [\n%b\n  ]\n}\n' % (orjson.dumps(version), lines)


def _agents(lines: Iterable[bytes]) -> tuple[list[_Agent], list[Complaint]]:
    agents: list[_Agent] = []
    complaints: list[Complaint] = []
    for number, raw in enumerate(lines, 1):
        try:
            _take(_text(raw), number, agents)
        except (_LineError, CodeError) as error:
            complaints.append(Complaint(number, str(error)))
    return agents, complaints


def _text(raw: bytes) -> str:
    if len(raw) > MAX_LINE:
        raise _LineError(f"the line is longer than {MAX_LINE} bytes")
    try:
        return _COMMENT.sub("", raw.decode()).strip()
    except UnicodeDecodeError:
        raise _LineError("the line is not in UTF-8") from None


def _take(text: str, number: int, agents: list[_Agent]) -> None:
    """Adds what one line says to the actors."""
    name = _CODE.sub("", text).strip()
    if name.startswith("+"):
        _synonym(name[1:], agents)
    elif name:
        if len(agents) >= MAX_AGENTS:
            raise _LineError(f"there are more than {MAX_AGENTS} actors")
        agents.append(_Agent(number, [_name(name)]))
    codes = _CODE.findall(text)
    if codes and not agents:
        raise _LineError("a code comes before any name")
    for code in codes:
        _code(code, agents[-1])


def _synonym(name: str, agents: list[_Agent]) -> None:
    if not agents:
        raise _LineError("a synonym comes before any name")
    if len(agents[-1].names) > MAX_NAMES:
        raise _LineError(f"{agents[-1].names[0]} has more than {MAX_NAMES} synonyms")
    agents[-1].names.append(_name(name))


def _name(text: str) -> str:
    name = " ".join(text.replace("_", " ").split())
    if len(name) > MAX_NAME or not _NAME.fullmatch(name):
        raise _LineError(f"{name[:40]!r} is no name")
    if not name.isupper() or (" " not in name and len(name) <= _SHORT):
        return name
    parts = name.lower().split(" ")
    return " ".join(part if at and part in _SMALL else _capital(part) for at, part in enumerate(parts))


def _capital(word: str) -> str:
    return "-".join(part if part in {"al", "el"} else part[:1].upper() + part[1:] for part in word.split("-"))


def _code(text: str, agent: _Agent) -> None:
    for part in text.split("/"):
        code, *limits = part.split() or [""]
        country, sectors = decode(code)
        if not limits:
            agent.own = (country, sectors)
            continue
        if len(agent.periods) >= MAX_CODES:
            raise _LineError(f"{agent.names[0]} has more than {MAX_CODES} dated codes")
        first, last = _limits("".join(limits))
        agent.periods.append(
            {"sectors": list(sectors), "country": country, "valid_from": first, "valid_to": last}
        )


def _limits(text: str) -> tuple[str | None, str | None]:
    found = _LIMIT.fullmatch(text)
    if found is None or (found[1] and found[3]):
        raise _LineError(f"{text[:40]!r} is no restriction by date, such as >090120 or 090120-170120")
    day, until = _day(found[2]), _day(found[3]) if found[3] else None
    if until is not None and until < day:
        raise _LineError(f"{text} ends before it begins")
    if found[1] == "<":
        return None, day
    return day, until


def _day(digits: str) -> str:
    if len(digits) == len("YYMMDD"):
        digits = ("20" if int(digits[:2]) <= _CENTURY else "19") + digits
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).isoformat()
    except ValueError:
        raise _LineError(f"{digits} is no day") from None


def _entry(agent: _Agent, known: Entry | None) -> dict[str, Any]:
    country, sectors = agent.own or (agent.periods[-1]["country"], tuple(agent.periods[-1]["sectors"]))
    name, *rest = agent.names
    entry: dict[str, Any] = {"id": _id(name), "name": name, "type": _type(agent, sectors)}
    if known is not None:
        entry = {"id": known.id, "name": known.name, "type": known.type, **dict(_forms(known))}
        rest = [name, *rest]
    aliases = {key(alias): alias for alias in (*rest[::-1], *(known.aliases if known else ())[::-1])}
    aliases.pop(key(entry["name"]), None)
    entry |= {
        "country": country,
        "sectors": list(sectors),
        "aliases": list(aliases.values())[::-1][:MAX_NAMES],
        "source": _SOURCE,
    }
    if agent.periods:
        entry["periods"] = agent.periods
    return entry


def _forms(known: Entry) -> Iterator[tuple[str, Any]]:
    """Yields how a known actor is written besides its names."""
    for form in _FORMS:
        if getattr(known, form):
            yield form, list(getattr(known, form))
    if known.capital:
        yield "capital", known.capital


def _id(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", slug(name))[:100].strip("-") or "unnamed"


def _type(agent: _Agent, sectors: tuple[str, ...]) -> str:
    parts = [fold(word) for word in agent.names[0].split()]
    if sectors[0] == "IGO":
        return "intergovernmental"
    if parts[0] in GIVEN_NAMES and len(parts) > 1:
        return "person"
    if set(parts) & ARMED_HEADS or (sectors[0] in _ARMED and (set(parts) & ORG_HEADS or len(parts) == 1)):
        return "armed_group"
    if set(parts) & ORG_HEADS:
        return "organization"
    return "person" if agent.periods and len(parts) > 1 else "organization"
