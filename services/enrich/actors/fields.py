"""One field of a story while its actors are being found."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import InitVar, dataclass, field
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from services.enrich.actors.mentions import Known
from services.enrich.actors.tagger import Tagged
from services.enrich.actors.tokens import Token, Words
from services.enrich.sentences import Span

FieldName = Literal["title", "body"]
_NEAR: Final = 60
_NEIGHBOURS: Final = 8
_OF: Final = frozenset((", ", " of ", " of the ", " in "))


class Name(NamedTuple):
    """A span that names somebody: known to the catalogue, found by the tagger, or neither (an echo)."""

    start: int
    end: int
    known: Known | None = None
    tagged: Tagged | None = None
    candidates: tuple[str, ...] = ()
    """Ids of the catalogue's actors, where it cannot be told which of them is meant."""


@dataclass(slots=True)
class Field:
    """A text, its sentences and words, and the names in it, in order and not overlapping."""

    name: FieldName
    text: str
    sentences: Sequence[Span]
    words: InitVar[Words]
    names: list[Name] = field(default_factory=list)
    hidden: list[Known] = field(default_factory=list)
    """What the catalogue knows inside longer names: no mentions, but hints."""
    others: list[Tagged] = field(default_factory=list)
    """Names of other things, such as wars: what they hold names nobody."""
    tokens: list[Token] = field(init=False)
    bounds: list[int] = field(init=False)
    """For each sentence the index of its first token."""
    _starts: list[int] = field(init=False)

    def __post_init__(self, words: Words) -> None:
        self.tokens, self.bounds = words
        self._starts = [token.start for token in self.tokens]

    def by_sentence(self) -> Iterator[list[Token]]:
        """Yields the tokens of each sentence."""
        for first, last in pairwise([*self.bounds, len(self.tokens)]):
            yield self.tokens[first:last]

    def token_at(self, offset: int) -> int:
        """Returns the index of the token that holds a code point, or of the one before it."""
        return max(0, bisect_right(self._starts, offset) - 1)

    def sentence_at(self, token: int) -> tuple[int, int]:
        """Returns the tokens [first, last) of the sentence that a token stands in."""
        at = bisect_right(self.bounds, token) - 1
        last = self.bounds[at + 1] if at + 1 < len(self.bounds) else len(self.tokens)
        return self.bounds[at], last

    def country_near(self, start: int, end: int) -> str | None:
        """Returns the ISO code of the country named inside [start, end), right before it, or after it."""
        known = self.known_near(start, end)
        return known.country if known is not None else None

    def known_near(self, start: int, end: int) -> Known | None:
        """Returns what tells that country: a state, people or place, or after it also a body of one."""
        inside = (known for known in self.hidden_in(start, end) if known.is_land)
        before = (
            n.known
            for n in self._names_from(start - _NEAR)
            if n.known and n.known.is_land and self._gap(n.end, start) in {" ", "'s ", "\u2019s "}
        )
        after = (
            n.known for n in self._names_from(end) if n.known and self._gap(end, n.start).casefold() in _OF
        )
        return next((known for known in (*inside, *before, *after) if known.country is not None), None)

    def name_at(self, start: int) -> Name | None:
        """Returns the name that begins at a code point."""
        at = bisect_left(self.names, start, key=lambda name: name.start)
        return self.names[at] if at < len(self.names) and self.names[at].start == start else None

    def known_at(self, start: int) -> Known | None:
        """Returns what is known of the name that begins at a code point."""
        name = self.name_at(start)
        return name.known if name is not None else None

    def is_named(self, offset: int) -> bool:
        """Whether a code point is part of a name."""
        at = bisect_right(self.names, offset, key=lambda name: name.start) - 1
        return at >= 0 and offset < self.names[at].end

    def _gap(self, start: int, end: int) -> str:
        return self.text[start:end] if 0 <= end - start < _NEAR else ""

    def _names_from(self, offset: int) -> Sequence[Name]:
        """Returns the first names that begin at a code point or after it: enough for neighbours."""
        at = bisect_left(self.names, offset, key=lambda name: name.start)
        return self.names[at : at + _NEIGHBOURS]

    def hidden_in(self, start: int, end: int) -> Sequence[Known]:
        """Returns what the catalogue knows inside a longer name, in order; the first few."""
        at = bisect_left(self.hidden, start, key=lambda known: known.start)
        return [item for item in self.hidden[at : at + _NEIGHBOURS] if item.end <= end]
