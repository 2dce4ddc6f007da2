"""A text cut where its marks begin and end, so that each piece bears the same marks from end to end."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

Span = tuple[int, int, int]
"""Start, end, and the number of what it marks, from 0."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Words with the numbers of the actor, place, highlight and opinion that they belong to, from 0.

    `ends_highlight` and `ends_opinion` are true for the last piece of one.
    """

    text: str
    actor: int | None = None
    place: int | None = None
    highlight: int | None = None
    opinion: int | None = None
    ends_highlight: bool = False
    ends_opinion: bool = False


class _Marks:
    """The spans of one sort, in order and apart: of two that overlap the first stays."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._spans: list[Span] = []
        for span in sorted(spans):
            if span[0] < span[1] and (not self._spans or span[0] >= self._spans[-1][1]):
                self._spans.append(span)
        self._starts = [span[0] for span in self._spans]

    def edges(self) -> Iterator[int]:
        """Yields where spans begin and end."""
        for start, end, _ in self._spans:
            yield start
            yield end

    def over(self, start: int, end: int) -> tuple[int | None, bool]:
        """Returns the number of the span over a piece, and whether it ends with the piece."""
        at = bisect_right(self._starts, start) - 1
        if at < 0 or self._spans[at][1] <= start:
            return None, False
        return self._spans[at][2], self._spans[at][1] == end


def cut(text: str, field: str, enrichment: Mapping[str, Any]) -> list[Piece]:
    """Returns a field of a story ("title" or "body") in pieces that together are the whole text."""
    in_body = field == "body"
    actors = _Marks(_mentions(enrichment["actors"], field))
    places = _Marks(_mentions(enrichment["places"], field))
    highlights = _Marks(_spans(enrichment["highlights"]) if in_body else ())
    opinions = _Marks(_spans(enrichment["opinions"]) if in_body else ())
    edges = {0, len(text), *actors.edges(), *places.edges(), *highlights.edges(), *opinions.edges()}
    made = []
    for start, end in pairwise(sorted(edge for edge in edges if edge <= len(text))):
        highlight, ends_highlight = highlights.over(start, end)
        opinion, ends_opinion = opinions.over(start, end)
        actor, place = actors.over(start, end)[0], places.over(start, end)[0]
        made.append(Piece(text[start:end], actor, place, highlight, opinion, ends_highlight, ends_opinion))
    return made


def _mentions(named: Sequence[Mapping[str, Any]], field: str) -> Iterator[Span]:
    for number, one in enumerate(named):
        for mention in one["mentions"]:
            if mention["field"] == field:
                yield mention["start"], mention["end"], number


def _spans(found: Sequence[Mapping[str, Any]]) -> Iterator[Span]:
    for number, one in enumerate(found):
        yield one["start"], one["end"], number
