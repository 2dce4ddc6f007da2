"""The name finder's place in the pipeline: any callable of this shape can stand in it."""

from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol

from services.enrich.sentences import Span

Label = Literal["PER", "ORG", "PLACE", "NORP", "OTHER"]
"""OTHER is a name of something else, such as a war: what it holds inside is not named by it."""


class Tagged(NamedTuple):
    """A name found in a text: code points [start, end), what it names, and how sure that is (0 to 1)."""

    start: int
    end: int
    label: Label
    confidence: float


class Tagger(Protocol):
    """Finds names in one field of a story."""

    def __call__(self, text: str, sentences: Sequence[Span]) -> list[Tagged]:
        """Returns the names in order of their start, none overlapping another."""
        ...  # pragma: no cover - a protocol
