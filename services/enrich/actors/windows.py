"""Packs the sentences of a text into the windows that the tagging model reads one at a time."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from services.enrich.actors.pieces import Pieces
from services.enrich.sentences import Span

ROOM: Final = 190
"""Pieces a window, without its first and last: some 150 words, enough to tell who is who, not yet slow."""


def pack(pieces: Pieces, sentences: Sequence[Span], room: int = ROOM) -> Iterator[tuple[int, int]]:
    """Yields each window as pieces [first, last), in order: consecutive sentences, at most `room` pieces.

    A sentence that is longer is cut between words; what no sentence holds belongs to the one before.
    """
    total = len(pieces.ids)
    opens = np.searchsorted(pieces.starts, [sentence.start for sentence in sentences]).tolist()
    first = 0
    for start, end in zip([0, *opens], [*opens, total], strict=True):
        if end - first > room and start > first:
            yield first, start
            first = start
        while end - first > room:
            cut = _between_words(pieces, first, first + room)
            yield first, cut
            first = cut
    if first < total:
        yield first, total


def _between_words(pieces: Pieces, first: int, last: int) -> int:
    """Returns where the last word begins that may end after `last`; `last` if one word fills the window."""
    heads = np.flatnonzero(pieces.firsts[first + 1 : last + 1])
    return first + 1 + int(heads[-1]) if len(heads) else last
