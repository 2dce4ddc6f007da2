"""The markup of the gold stories: mentions, opinions and highlights, marked where they stand."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

FREE: Final = "~"
"""The key of a span that is neither asked for nor punished: an event, a law, a language, an award."""
NOTHING: Final = "!"
"""The key of words that only look like a mention of the story, and are none: "So" that begins a sentence."""
UNNAMED: Final = "-"
"""The speaker of a statement that belongs to no actor of the story."""
KINDS: Final = ("name", "nominal", "optional")
OPINION_KINDS: Final = ("direct", "indirect")

_TOKEN: Final = re.compile(
    r"(?P<mention>\[\[(?P<text>[^\[\]{}|^]+)\|(?P<key>[^\[\]{}|\s]+)(?:\|(?P<kind>[a-z]+))?\]\])"
    r"|(?P<opens>\{\{)"
    r"|(?P<closes>\|(?P<speaker>[^\[\]{}|\s]+)\|(?P<how>[a-z]+)\|(?P<cue>[^\[\]{}|]+)(?:\|(?P<statement>\d+))?\}\})"
    r"|(?P<begins>\^\^(?P<rank>\d+)\|)"
    r"|(?P<ends>\^\^)"
    r"|(?P<stray>\[\[|\]\]|\}\}|\|)"
)
_SENTENCE_END: Final = re.compile(r"[.!?\n]")


class GoldError(ValueError):
    """A gold story is not what its markup promises; the message names the file and the line."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A marked span of `field` ("title" or "body"), half-open, in code points."""

    field: str
    start: int
    end: int
    text: str
    key: str
    kind: str = "name"


@dataclass(frozen=True, slots=True)
class Opinion:
    """A statement in the body. An interrupted quotation is one statement of several `parts`."""

    parts: tuple[tuple[int, int], ...]
    speaker: str | None
    kind: str
    cue: str | None


@dataclass(frozen=True, slots=True)
class Highlight:
    """A sentence that an editor would accept as a highlight; rank 1 is the best."""

    start: int
    end: int
    rank: int


@dataclass(slots=True)
class Marked:
    """A field without its markup, and what was marked in it."""

    text: str = ""
    mentions: list[Mention] = field(default_factory=list)
    opinions: list[Opinion] = field(default_factory=list)
    highlights: list[Highlight] = field(default_factory=list)


class _Reader:
    """Reads one field; `where` turns an offset into the source into "file:line" for an error."""

    def __init__(self, name: str, source: str, file: str, first_line: int) -> None:
        self._name = name
        self._source = source
        self._file = file
        self._first_line = first_line
        self._made = Marked()
        self._open: list[tuple[str, int, int, int]] = []
        self._statements: dict[str, Opinion] = {}

    def read(self) -> Marked:
        seen = 0
        for token in _TOKEN.finditer(self._source):
            self._made.text += self._source[seen : token.start()]
            seen = token.end()
            self._take(token)
        self._made.text += self._source[seen:]
        if self._open:
            what, _, _, at = self._open[-1]
            raise self._error(at, f"{what} is never closed")
        self._made.opinions = list(_joined(self._made))
        return self._made

    def _take(self, token: re.Match[str]) -> None:
        at = len(self._made.text)
        if token["mention"]:
            self._mention(token)
        elif token["opens"]:
            self._open.append(("{{", at, 0, token.start()))
        elif token["closes"]:
            _, start, _, _ = self._pop("{{", token)
            self._opinion(token, start, at)
        elif token["begins"]:
            self._open.append(("^^", at, int(token["rank"]), token.start()))
        elif token["ends"]:
            _, start, rank, _ = self._pop("^^", token)
            self._highlight(token, start, at, rank)
        else:
            raise self._error(token.start(), f"{token['stray']!r} belongs to no markup")

    def _pop(self, what: str, token: re.Match[str]) -> tuple[str, int, int, int]:
        if not self._open or self._open[-1][0] != what:
            inside = f"inside {self._open[-1][0]}" if self._open else "where nothing is open"
            raise self._error(token.start(), f"{what} is closed {inside}")
        return self._open.pop()

    def _mention(self, token: re.Match[str]) -> None:
        text, kind = token["text"], token["kind"] or "name"
        if text != text.strip():
            raise self._error(token.start(), f"the mention {text!r} begins or ends with white space")
        if kind not in KINDS:
            raise self._error(token.start(), f"{kind!r} is no kind of mention: {', '.join(KINDS)}")
        start = len(self._made.text)
        self._made.text += text
        self._made.mentions.append(Mention(self._name, start, start + len(text), text, token["key"], kind))

    def _opinion(self, token: re.Match[str], start: int, end: int) -> None:
        if token["how"] not in OPINION_KINDS:
            raise self._error(token.start(), f"{token['how']!r} is no kind of opinion: direct, indirect")
        if self._name != "body":
            raise self._error(token.start(), "a title holds no opinions")
        speaker = None if token["speaker"] == UNNAMED else token["speaker"]
        cue = None if token["cue"] == UNNAMED else token["cue"]
        self._checked_span(token, start, end)
        made = Opinion(((start, end),), speaker, token["how"], cue)
        number = token["statement"]
        if number and number in self._statements:
            first = self._statements[number]
            if (first.speaker, first.kind) != (made.speaker, made.kind):
                raise self._error(token.start(), f"statement {number} has two speakers or kinds")
            self._made.opinions.remove(first)
            made = Opinion((*first.parts, (start, end)), first.speaker, first.kind, first.cue)
        self._made.opinions.append(made)
        if number:
            self._statements[number] = made

    def _highlight(self, token: re.Match[str], start: int, end: int, rank: int) -> None:
        if self._name != "body":
            raise self._error(token.start(), "a title holds no highlights")
        self._checked_span(token, start, end)
        self._made.highlights.append(Highlight(start, end, rank))

    def _checked_span(self, token: re.Match[str], start: int, end: int) -> None:
        span = self._made.text[start:end]
        if not span or span != span.strip():
            raise self._error(
                token.start(), f"the span {span!r} is empty, or begins or ends with white space"
            )

    def _error(self, offset: int, message: str) -> GoldError:
        line = self._first_line + self._source.count("\n", 0, offset)
        return GoldError(f"{self._file}:{line}: {message}")


def read(name: str, source: str, file: str = "story", first_line: int = 1) -> Marked:
    """Returns the field `name` ("title" or "body") without its markup, and what was marked.

    Raises:
        GoldError: markup is unbalanced, crossed, unknown or stray.
    """
    return _Reader(name, source, file, first_line).read()


def _joined(marked: Marked) -> Iterator[Opinion]:
    """Yields the statements; parts of one sentence that only their attribution parts are one statement."""
    last: Opinion | None = None
    for opinion in sorted(marked.opinions, key=lambda opinion: opinion.parts):
        between = marked.text[last.parts[-1][1] : opinion.parts[0][0]] if last else ""
        if last and _same_source(last, opinion) and between and not _SENTENCE_END.search(between):
            last = Opinion((*last.parts, *opinion.parts), last.speaker, last.kind, last.cue)
            continue
        if last:
            yield last
        last = opinion
    if last:
        yield last


def _same_source(one: Opinion, other: Opinion) -> bool:
    return (one.speaker, one.kind) == (other.speaker, other.kind)
