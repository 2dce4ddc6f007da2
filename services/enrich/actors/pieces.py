"""Cuts a text into the word pieces that the tagging model reads, each with its place and its shape.

WordPiece as its authors describe it (Devlin et al. 2019; Wu et al. 2016): lower case, no accents,
the longest known piece first. It is written here because the `tokenizers` library installs a client of a hub.
"""

import re
import sys
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]

SHAPES: Final = 20
"""How many shape numbers there are: ten looks of a word, each apart from the word before or not."""

_UNKNOWN: Final = "[UNK]"
_BEGIN: Final = "[CLS]"
_END: Final = "[SEP]"
_LONGEST: Final = 60
"""Code points. A longer word is one unknown piece: it is no name."""

_CACHED: Final = 20_000
_WORD: Final = re.compile(r"[^\W_]+(?:[\u0300-\u036f\u200b-\u200f\u2060\ufeff\u00ad][^\W_]*)*|\S")


class Pieces(NamedTuple):
    """A text as five arrays of one length: a piece each, in the order of the text."""

    ids: Numbers
    shapes: Numbers
    starts: Numbers
    """Where the piece's word begins, in code points; `ends` where that word ends."""
    ends: Numbers
    firsts: NDArray[np.bool_]
    """Whether the piece begins a word; words are what names are made of."""


def shape(word: str) -> int:
    """Returns 1 to 9: how the word is written, which an uncased encoder does not see."""
    if word.islower():
        return 1
    if word.isupper():
        return 3 if len(word) == 1 else 4
    if word.istitle():
        return 2
    if word.isdigit():
        return 6
    if word.isalpha():
        return 5 if any(map(str.isupper, word)) else 7
    return 8 if len(word) == 1 else 9


class Cutter:
    """Knows the pieces of one vocabulary.

    Args:
        vocabulary: the number of each piece; those that go on a word begin with ##.

    Raises:
        KeyError: a piece that every text needs is missing.
        ValueError: other pieces are missing: they are numbered without a gap.
    """

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        self._vocabulary = vocabulary
        self._unknown = vocabulary[_UNKNOWN]
        self.begin, self.end = vocabulary[_BEGIN], vocabulary[_END]
        if set(vocabulary.values()) != set(range(len(vocabulary))):
            raise ValueError("pieces are missing")
        self._read = lru_cache(_CACHED)(self._cut)

    def __call__(self, text: str, enough: int = sys.maxsize) -> Pieces:
        """Returns the pieces of the text; takes any text, in time linear in its length.

        Args:
            text: any.
            enough: how many pieces are wanted; what follows the word that makes them up is not looked at.
        """
        ids: list[int] = []
        shapes: list[int] = []
        starts: list[int] = []
        ends: list[int] = []
        counts: list[int] = []
        before = 0
        for found in _WORD.finditer(text):
            start, end = found.span()
            numbers, look = self._read(found[0]) if end - start <= _LONGEST else ((self._unknown,), 9)
            ids += numbers
            counts.append(len(numbers))
            shapes.append(2 * look + (start == before and start > 0))
            starts.append(start)
            ends.append(end)
            before = end
            if len(ids) >= enough:
                break
        firsts = np.zeros(len(ids), bool)
        times = np.array(counts, np.int64)
        firsts[np.cumsum(times) - times] = True
        looks, opens, closes = (
            np.repeat(np.array(values, np.int64), times) for values in (shapes, starts, ends)
        )
        return Pieces(np.array(ids, np.int64), looks, opens, closes, firsts)

    def _cut(self, word: str) -> tuple[tuple[int, ...], int]:
        """Returns the numbers of a word's pieces, and its shape."""
        bare = "".join(
            c
            for c in unicodedata.normalize("NFD", word.lower())
            if unicodedata.category(c) not in {"Mn", "Cf"}
        )
        numbers: list[int] = []
        start = 0
        while start < len(bare):
            mark = "##" if start else ""
            for end in range(len(bare), start, -1):
                number = self._vocabulary.get(mark + bare[start:end])
                if number is not None:
                    break
            else:
                return (self._unknown,), shape(word)
            numbers.append(number)
            start = end
        return tuple(numbers) or (self._unknown,), shape(word)
