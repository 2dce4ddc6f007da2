"""What a choice is worth: ROUGE-1, ROUGE-2 and ROUGE-Lsum as `rouge-score` has them, added up.

Fast for many choices of one story: what is asked of each candidate is counted once.
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
        self._ends = [(text[0], text[-1]) if text else ("", "") for text in texts]
        self._pair_at = {pair: at for at, pair in enumerate(pairs)}
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
        two = np.minimum(self._pair_counts[at].sum(0) + self._spanning(at), self._pairs).sum()
        union = self._common[at].any(0).astype(np.int32)
        longest = np.minimum(union @ self._kind, counts).sum()
        return float(2 * (one + longest) / size + 2 * two / max(size - 2, 1))

    def _spanning(self, chosen: Sequence[int]) -> "np.ndarray[Any, Any]":
        """Returns how often each pair of the bullets spans two lines; `rouge-score` counts those as well."""
        spans = ((self._ends[one][1], self._ends[next_][0]) for one, next_ in pairwise(chosen))
        counted = Counter(map(self._pair_at.get, spans))
        return np.array([counted[at] for at in range(len(self._pairs))], dtype=np.int64)


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
