"""Loads the gold stories: text with exact offsets, and what a careful reader finds in it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.gold.head import Actor, Place, read_head
from tests.gold.markup import FREE, NOTHING, GoldError, Highlight, Marked, Mention, Opinion, read

STORIES: Final = Path(__file__).parent / "stories"

_FEWEST_HIGHLIGHTS: Final = 3
_SHOWN: Final = 20


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
        head, dashes, body = source.partition("\n---\n")
        lines = head.split("\n")
        if not dashes:
            raise self._error(1, "no line of three dashes parts the head from the body")
        if not lines[0].startswith("# "):
            raise self._error(1, "the first line is the title: # and a space before it")
        self._body_line = len(lines) + 2 + len(body) - len(body.lstrip("\n"))
        self._head = read_head(lines[1:], self._file)
        self._title = read("title", lines[0][2:], self._file)
        self._body = read("body", body.strip("\n"), self._file, self._body_line)

    def parse(self) -> GoldStory:
        self._check_mentions()
        self._check_speakers()
        self._check_repetitions()
        self._check_roles()
        self._check_ranks()
        head, mentions = self._head, (*self._title.mentions, *self._body.mentions)
        return GoldStory(
            self._slug, head.facts, self._title.text, self._body.text, head.actors, head.places,
            tuple(mention for mention in mentions if mention.key != NOTHING),
            tuple(sorted(self._body.opinions, key=lambda opinion: opinion.parts)),
            tuple(sorted(self._body.highlights, key=lambda highlight: highlight.rank)),
        )  # fmt: skip

    def _fields(self) -> Iterator[tuple[Marked, int]]:
        """Yields the title and the body, each with the line that it begins on."""
        yield self._title, 1
        yield self._body, self._body_line

    def _check_mentions(self) -> None:
        named: set[str] = set()
        for marked, first in self._fields():
            for mention in marked.mentions:
                line = first + marked.text.count("\n", 0, mention.start)
                if mention.key not in {FREE, NOTHING, *self._head.lines}:
                    raise self._error(line, f"nothing in the head has the key {mention.key!r}")
                if mention.kind == "nominal" and mention.key in self._head.places:
                    raise self._error(line, f"the place {mention.key!r} has no nominal mentions")
                if mention.kind == "name":
                    named.add(mention.key)
        for key, line in self._head.lines.items():
            if key not in named:
                raise self._error(line, f"{key!r} is never mentioned by name")

    def _check_speakers(self) -> None:
        for opinion in self._body.opinions:
            if opinion.speaker is not None and opinion.speaker not in self._head.actors:
                line = self._body_line + self._body.text.count("\n", 0, opinion.parts[0][0])
                raise self._error(line, f"the speaker {opinion.speaker!r} is no actor")

    def _check_repetitions(self) -> None:
        """A name that is marked once is marked everywhere: what is none is marked as nothing."""
        words = {(mention.text, mention.kind) for marked, _ in self._fields() for mention in marked.mentions}
        for marked, first in self._fields():
            for text, kind in sorted(words):
                for start, end in _bare(text, marked, ignore_case=kind == "nominal"):
                    around = marked.text[max(0, start - _SHOWN) : end + _SHOWN]
                    line = first + marked.text.count("\n", 0, start)
                    raise self._error(line, f"{text!r} stands unmarked in {around!r}")

    def _check_roles(self) -> None:
        for actor in self._head.actors.values():
            for role in actor.roles:
                if role.whole not in self._body.text and role.whole not in self._title.text:
                    raise self._error(self._head.lines[actor.key], f"the story does not write {role.whole!r}")

    def _check_ranks(self) -> None:
        ranks = sorted(highlight.rank for highlight in self._body.highlights)
        if ranks != list(range(1, len(ranks) + 1)) or len(ranks) < _FEWEST_HIGHLIGHTS:
            raise self._error(self._body_line, f"highlights are ranked {ranks}: three at least, from 1 on")

    def _error(self, line: int, message: str) -> GoldError:
        return GoldError(f"{self._file}:{line}: {message}")


def _bare(words: str, marked: Marked, *, ignore_case: bool) -> Iterator[tuple[int, int]]:
    """Yields where the words stand outside every mention."""
    covered: Sequence[tuple[int, int]] = [(mention.start, mention.end) for mention in marked.mentions]
    flags = re.IGNORECASE if ignore_case else 0
    for found in re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", marked.text, flags):
        start, end = found.span()
        if not any(start < right and left < end for left, right in covered):
            yield start, end
