"""Loads the gold stories: text with exact offsets, and what a careful reader finds in it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from copydesk.contracts import schema
from tests.gold.markup import FREE, NOTHING, GoldError, Highlight, Marked, Mention, Opinion, read

STORIES: Final = Path(__file__).parent / "stories"
FACTS: Final = ("region", "beat", "style", "hard")

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
    """An actor of a story with its codes. What several codes would be right for lists them all.

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


@dataclass(frozen=True, slots=True)
class GoldStory:
    """An annotated story. Offsets are half-open, in code points, of `title` or `body`."""

    slug: str
    facts: dict[str, str]
    title: str
    body: str
    actors: dict[str, Actor]
    places: dict[str, Place]
    mentions: tuple[Mention, ...]
    opinions: tuple[Opinion, ...]
    highlights: tuple[Highlight, ...]

    def field(self, name: str) -> str:
        """Returns the text of the field "title" or "body"."""
        return self.title if name == "title" else self.body


def load(directory: Path = STORIES) -> list[GoldStory]:
    """Returns every story of the directory, by name.

    Raises:
        GoldError: a story is not annotated as it promises; the message names the file and the line.
    """
    return [parse(path.read_text(encoding="utf-8"), path.stem) for path in sorted(directory.glob("*.txt"))]


def parse(source: str, slug: str) -> GoldStory:
    """Returns the story in one file: title, facts, actors, places, a line of dashes, and the body.

    Raises:
        GoldError: as `load` does.
    """
    return _Parser(source, slug).parse()


class _Parser:
    """Reads one file and checks that its annotations agree with each other and with the text."""

    def __init__(self, source: str, slug: str) -> None:
        self._slug = slug
        self._file = f"{slug}.txt"
        head, line, body = source.partition("\n---\n")
        if not line:
            raise self._error(1, "no line of three dashes parts the head from the body")
        self._head = head.split("\n")
        self._body_line = len(self._head) + 2 + len(body) - len(body.lstrip("\n"))
        self._body = body.strip("\n")
        self._actors: dict[str, Actor] = {}
        self._places: dict[str, Place] = {}
        self._lines: dict[str, int] = {}

    def parse(self) -> GoldStory:
        if not self._head[0].startswith("# "):
            raise self._error(1, "the first line is the title: # and a space before it")
        title = read("title", self._head[0][2:], self._file)
        body = read("body", self._body, self._file, self._body_line)
        facts = self._read_head()
        self._check_keys(title, body)
        self._check_repetitions(title, body)
        self._check_roles(title.text, body.text)
        self._check_ranks(body.highlights)
        return GoldStory(
            self._slug, facts, title.text, body.text, self._actors, self._places,
            tuple(mention for mention in (*title.mentions, *body.mentions) if mention.key != NOTHING),
            tuple(sorted(body.opinions, key=lambda opinion: opinion.parts)),
            tuple(sorted(body.highlights, key=lambda highlight: highlight.rank)),
        )  # fmt: skip

    def _read_head(self) -> dict[str, str]:
        facts: dict[str, str] = {}
        section = ""
        for number, line in enumerate(self._head[1:], start=2):
            name, colon, value = line.partition(":")
            if line in {"actors:", "places:"}:
                section = name
            elif section and (entry := _ENTRY.fullmatch(line)):
                self._read_entry(section, entry["key"], entry["values"], number)
            elif not section and colon and name in FACTS and value.strip():
                facts[name] = value.strip()
            elif line:
                raise self._error(number, f"cannot be read: {line!r}")
        missing = [name for name in FACTS[:-1] if name not in facts]
        if missing:
            raise self._error(1, f"the head does not say: {', '.join(missing)}")
        return facts

    def _read_entry(self, section: str, key: str, values: str, line: int) -> None:
        if key in self._lines:
            raise self._error(line, f"the key {key!r} is taken by line {self._lines[key]}")
        self._lines[key] = line
        parts = [part.strip() for part in values.split(";")]
        if section == "places":
            self._count(parts, 2, 2, line)
            self._places[key] = Place(key, parts[0], self._countries(parts[1], line))
            return
        self._count(parts, 4, 99, line)
        slots, allowed = self._sectors(parts[3], line)
        self._actors[key] = Actor(
            key, parts[0], self._types(parts[1], line), self._countries(parts[2], line), slots, allowed,
            tuple(_role(part) for part in parts[4:]),
        )  # fmt: skip

    def _count(self, parts: Sequence[str], least: int, most: int, line: int) -> None:
        if not least <= len(parts) <= most or not all(parts):
            wanted = "NAME; COUNTRY" if most == least else "NAME; TYPE; COUNTRY; SECTORS; ROLE…"
            raise self._error(line, f"an entry reads {wanted}")

    def _types(self, value: str, line: int) -> tuple[str, ...]:
        found = tuple(value.split("/"))
        unknown = sorted(set(found) - _TYPES)
        if unknown:
            raise self._error(line, f"no type of actor: {', '.join(unknown)}")
        return found

    def _countries(self, value: str, line: int) -> tuple[str | None, ...]:
        found = value.split("/")
        if not all(_COUNTRY.fullmatch(code) for code in found):
            raise self._error(line, f"{value!r} is no country code of three capitals, nor -")
        return tuple(None if code == "-" else code for code in found)

    def _sectors(self, value: str, line: int) -> tuple[tuple[frozenset[str], ...], frozenset[str]]:
        required, _, optional = value.partition("(")
        slots = tuple(frozenset(slot.split("/")) for slot in required.split() if slot != "-")
        allowed = frozenset(optional.removesuffix(")").split())
        unknown = sorted(allowed.union(*slots) - _SECTORS)
        if unknown or (optional and not optional.endswith(")")):
            raise self._error(line, f"sectors cannot be read: {value!r}")
        return slots, allowed

    def _check_keys(self, title: Marked, body: Marked) -> None:
        named: set[str] = set()
        for marked in (title, body):
            for mention in marked.mentions:
                if mention.key not in {FREE, NOTHING} and mention.key not in self._lines:
                    raise self._error_at(mention.text, f"nothing in the head has the key {mention.key!r}")
                if mention.key in self._places and mention.kind == "nominal":
                    raise self._error_at(mention.text, f"the place {mention.key!r} has no nominal mentions")
                if mention.kind == "name":
                    named.add(mention.key)
        for opinion in body.opinions:
            if opinion.speaker is not None and opinion.speaker not in self._actors:
                raise self._error_at(f"|{opinion.speaker}|", f"the speaker {opinion.speaker!r} is no actor")
        for key, line in self._lines.items():
            if key not in named:
                raise self._error(line, f"{key!r} is never mentioned by name")

    def _check_repetitions(self, title: Marked, body: Marked) -> None:
        """A name that is marked once is marked everywhere: what is none is marked as free."""
        words = {(mention.text, mention.kind) for marked in (title, body) for mention in marked.mentions}
        for marked in (title, body):
            covered = [(mention.start, mention.end) for mention in marked.mentions]
            for text, kind in sorted(words):
                for start, end in _occurrences(text, marked.text, ignore_case=kind == "nominal"):
                    if not any(start < right and left < end for left, right in covered):
                        around = marked.text[max(0, start - 20) : end + 20]
                        raise self._error_at(around.split("\n")[-1], f"{text!r} stands unmarked in {around!r}")

    def _check_roles(self, title: str, body: str) -> None:
        for actor in self._actors.values():
            for role in actor.roles:
                if role.whole not in body and role.whole not in title:
                    raise self._error(self._lines[actor.key], f"the story does not write {role.whole!r}")

    def _check_ranks(self, highlights: Sequence[Highlight]) -> None:
        ranks = sorted(highlight.rank for highlight in highlights)
        if ranks != list(range(1, len(ranks) + 1)) or len(ranks) < 3:
            raise self._error(self._body_line, f"highlights are ranked {ranks}: three at least, from 1 on")

    def _error_at(self, words: str, message: str) -> GoldError:
        """Returns an error about the first line of the file that holds the words."""
        lines = [*self._head, "---", *self._body.split("\n")]
        at = next((number for number, line in enumerate(lines, start=1) if words in line), self._body_line)
        return self._error(at, message)

    def _error(self, line: int, message: str) -> GoldError:
        return GoldError(f"{self._file}:{line}: {message}")


def _role(value: str) -> Role:
    """Returns the role in "Iraqi *Prime Minister*": the stars mark the core, all of it where there are none."""
    core = re.search(r"\*(.+)\*", value)
    return Role(value.replace("*", ""), core[1] if core else value)


def _occurrences(words: str, text: str, *, ignore_case: bool) -> Iterator[tuple[int, int]]:
    flags = re.IGNORECASE if ignore_case else 0
    for found in re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", text, flags):
        yield found.span()
