"""The name finder's place in the pipeline: any callable of this shape can stand in it."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple, Protocol

from services.enrich.sentences import Span

Label = Literal["PER", "ORG", "PLACE", "NORP", "OTHER"]
"""OTHER is a name of something else, such as a war: what it holds inside is not named by it."""

SURE: Final = 0.9
"""Confidence from which a tagger may say that a name is not whom the catalogue knows by it."""


class Tagged(NamedTuple):
    """A name found in a text: code points [start, end), what it names, and how sure that is (0 to 1)."""

    start: int
    end: int
    label: Label
    confidence: float


class Reading(NamedTuple):
    """The names of a text, in order of their start, and how far it was read: code points [0, end)."""

    names: list[Tagged]
    end: int


class Tagger(Protocol):
    """Finds names in one field of a story."""

    def __call__(self, text: str, sentences: Sequence[Span]) -> list[Tagged]:
        """Returns the names in order of their start, none overlapping another."""
        ...  # pragma: no cover - a protocol


class Spanned(Protocol):
    """What stands at code points [start, end)."""

    @property
    def start(self) -> int:
        """Where it begins."""

    @property
    def end(self) -> int:
        """Where it ends."""


def is_taken(item: Spanned, taken: Sequence[Tagged], starts: Sequence[int]) -> bool:
    """Whether one of the names that do not overlap each other, in order, overlaps another one."""
    last = bisect_left(starts, item.end) - 1
    return last >= 0 and taken[last].end > item.start
