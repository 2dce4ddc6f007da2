"""What a choice is worth: ROUGE-1, ROUGE-2 and ROUGE-Lsum added up, fast for many choices of one story.

It leaves out the pairs of words that span two lines; `evaluation.py` reports what `rouge-score` itself says.
"""

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from itertools import chain, pairwise
from typing import Any

import numpy as np
from nltk.stem.porter import PorterStemmer

_STEMMER = PorterStemmer()
_OTHER = re.compile(r"[^a-z0-9]+")
_SHORTEST_STEMMED = 4


class Reward:
    """The worth of choices among the candidates of one story, against its editors' bullets."""

    def __init__(self, bullets: Sequence[str], candidates: Sequence[str]) -> None:
        gold = [_words(bullet) for bullet in bullets]
        flat = list(chain.from_iterable(gold))
        words, pairs = Counter(flat), Counter(pairwise(flat))
        texts = [_words(text) for text in candidates]
        self._length = len(flat)
        self._lengths = np.array([len(text) for text in texts])
        self._words = np.array(list(words.values()))
        self._pairs = np.array(list(pairs.values()))
        self._word_counts = _counts(texts, list(words))
        self._pair_counts = _counts([list(pairwise(text)) for text in texts], list(pairs))
        self._common = np.array([_common(gold, text) for text in texts], dtype=bool)
        self._kind = np.array([[word == each for each in words] for word in flat], dtype=np.int32)

    def __call__(self, chosen: Sequence[int]) -> float:
        """Returns the sum of the three F-measures for these candidates."""
        if not chosen or not self._length:
            return 0.0
        at = list(chosen)
        size = self._length + int(self._lengths[at].sum())
        counts = self._word_counts[at].sum(0)
        one = np.minimum(counts, self._words).sum()
        two = np.minimum(self._pair_counts[at].sum(0), self._pairs).sum()
        union = self._common[at].any(0).astype(np.int32)
        longest = np.minimum(union @ self._kind, counts).sum()
        return float(2 * (one + longest) / size + 2 * two / max(size - 1 - len(at), 1))


def _words(text: str) -> list[str]:
    return [_stem(word) for word in _OTHER.sub(" ", text.lower()).split()]


@cache
def _stem(word: str) -> str:
    return _STEMMER.stem(word) if len(word) >= _SHORTEST_STEMMED else word


def _counts(texts: Sequence[Sequence[Any]], kinds: Sequence[Any]) -> "np.ndarray[Any, Any]":
    counted = [Counter(text) for text in texts]
    return np.array([[count[kind] for kind in kinds] for count in counted]).reshape(len(texts), len(kinds))


def _common(gold: Sequence[Sequence[str]], text: Sequence[str]) -> list[bool]:
    """Returns for each word of the bullets whether it is in the longest common subsequence of its bullet."""
    return [hit for bullet in gold for hit in _longest(bullet, text)]


def _longest(one: Sequence[str], other: Sequence[str]) -> list[bool]:
    """Returns for each word of one list whether it is in the longest subsequence common with the other."""
    table = [[0] * (len(other) + 1)]
    for word in one:
        above, row = table[-1], [0]
        for at, each in enumerate(other):
            row.append(above[at] + 1 if word == each else max(above[at + 1], row[at]))
        table.append(row)
    hits = [False] * len(one)
    i, j = len(one), len(other)
    while i and j:
        if one[i - 1] == other[j - 1]:
            i, j = i - 1, j - 1
            hits[i] = True
        elif table[i][j - 1] > table[i - 1][j]:
            j -= 1
        else:
            i -= 1
    return hits
