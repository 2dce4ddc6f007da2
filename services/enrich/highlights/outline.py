"""What a story is about, counted: which words come back, which names, what its lead says."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from services.enrich.wordlist import words

Pair = tuple[str, str]

LEAD: Final = 3
"""Sentences that make the lead."""
_TOP: Final = 10
_STARS: Final = 3
_WORD: Final = re.compile(r"\w+")
_NAME: Final = re.compile(r"(?<=[\w,;:'\u2019] )[A-Z][\w-]+")
_PLURAL: Final = 4
_SMALL: Final = words("""
the a an of to in on at for and or but by with from as is are was were be been being it its he she they his
her their that this these those who which whom whose has have had will would can could may not no said says
say s t after before also than more most into over about out up down there here when where what how why if
so all one i you we my your our me him them us just very do did does done
""")


def tokens(text: str) -> list[str]:
    """Returns the words, folded and without the s of a plural."""
    return [_singular(word) for word in map(str.casefold, _WORD.findall(text))]


def _singular(word: str) -> str:
    return word[:-1] if len(word) >= _PLURAL and word[-1] == "s" and word[-2] != "s" else word


def content(tokens: Iterable[str]) -> frozenset[str]:
    """Returns those words that say what a text is about."""
    return frozenset(word for word in tokens if len(word) > 1 and word not in _SMALL)


def names(text: str) -> list[str]:
    """Returns the capitalised words that do not begin a sentence."""
    return _NAME.findall(text)


@dataclass(frozen=True, slots=True)
class Outline:
    """Counts over the sentences of one story: in how many each word and each pair of words stands.

    `norm` is the length of `spread` as a vector, for cosines.
    """

    sentences: int
    norm: float
    spread: Counter[str]
    pairs: Counter[Pair]
    lead: Counter[str]
    top: frozenset[str]
    stars: frozenset[str]

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Outline":
        """Returns the outline of a story with these sentences."""
        spread: Counter[str] = Counter()
        pairs: Counter[Pair] = Counter()
        lead: Counter[str] = Counter()
        named: Counter[str] = Counter()
        for place, text in enumerate(texts):
            said = tokens(text)
            bag = content(said)
            spread.update(bag)
            pairs.update(set(pairwise(said)))
            named.update(content(map(_singular, map(str.casefold, names(text)))))
            if place < LEAD:
                lead.update(bag)
        norm = math.sqrt(sum(times * times for times in spread.values())) or 1.0
        return cls(len(texts), norm, spread, pairs, lead, _foremost(spread, _TOP), _foremost(named, _STARS))


def _foremost(counts: Counter[str], number: int) -> frozenset[str]:
    """Returns the most frequent that stand in two sentences or more; of equals, the first by alphabet."""
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return frozenset(word for word, times in ordered[:number] if times > 1)
