"""What a story is about, counted: which words come back, which names, what its lead says."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Final, NamedTuple

from services.enrich.wordlist import words

Pair = tuple[str, str]

LEAD: Final = 3
"""Sentences that make the lead."""
_TOP: Final = 10
_STARS: Final = 3
_WORD: Final = re.compile(r"\w+")
_NAME: Final = re.compile(r"[A-Z](?<=[\w,;:'\u2019] .)[\w-]+")
_PLURAL: Final = 4
_SMALL: Final = words("""
the a an of to in on at for and or but by with from as is are was were be been being it its he she they his
her their that this these those who which whom whose has have had will would can could may not no said says
say s t after before also than more most into over about out up down there here when where what how why if
so all one i you we my your our me him them us just very do did does done
""")


class Said(NamedTuple):
    """What a text says: its words of content, all pairs of words that follow each other, and its names.

    `words` counts them all, each once; `opening` is the first of them.
    """

    words: int
    opening: str
    bag: frozenset[str]
    pairs: frozenset[Pair]
    names: list[str]

    @classmethod
    def of(cls, text: str) -> "Said":
        """Returns what a text says; its names are the capitalised words that do not begin a sentence."""
        tokens = _folded(_WORD.findall(text))
        opening = tokens[0] if tokens else ""
        pairs = frozenset(pairwise(tokens))
        return cls(len(set(tokens)), opening, _content(tokens), pairs, _NAME.findall(text))


def content(text: str) -> frozenset[str]:
    """Returns those words that say what a text is about."""
    return _content(_folded(_WORD.findall(text)))


def _folded(found: Iterable[str]) -> list[str]:
    """Returns words folded and without the s of a plural."""
    return [
        word[:-1] if word[-1] == "s" and len(word) >= _PLURAL and word[-2] != "s" else word
        for word in map(str.casefold, found)
    ]


def _content(tokens: Iterable[str]) -> frozenset[str]:
    return frozenset([word for word in tokens if len(word) > 1 and word not in _SMALL])


@dataclass(frozen=True, slots=True)
class Outline:
    """Counts over the sentences of one story: in how many each word stands, and which pairs come again.

    `norm` is the length of `spread` as a vector, for cosines. `echo` says how much a word comes back, `first`
    in which sentence it stands first, `openings` how the sentences begin.
    """

    sentences: int
    norm: float
    spread: Counter[str]
    echo: dict[str, float]
    first: dict[str, int]
    openings: list[str]
    again: frozenset[Pair]
    lead: Counter[str]
    top: frozenset[str]
    stars: frozenset[str]

    @classmethod
    def of(cls, sentences: Sequence[Said]) -> "Outline":
        """Returns the outline of a story with these sentences."""
        spread = Counter(chain.from_iterable(said.bag for said in sentences))
        lead = Counter(chain.from_iterable(said.bag for said in sentences[:LEAD]))
        named = Counter(chain.from_iterable(_content(_folded(said.names)) for said in sentences))
        echo = {word: math.log1p(times - 1) for word, times in spread.items()}
        first = {word: at for at in reversed(range(len(sentences))) for word in sentences[at].bag}
        openings = [said.opening for said in sentences]
        pairs: set[Pair] = set()
        again: set[Pair] = set()
        for said in sentences:
            again |= said.pairs & pairs
            pairs |= said.pairs
        norm = math.sqrt(sum([times * times for times in spread.values()])) or 1.0
        top, stars = _foremost(spread, _TOP), _foremost(named, _STARS)
        return cls(len(sentences), norm, spread, echo, first, openings, frozenset(again), lead, top, stars)


def _foremost(counts: Counter[str], number: int) -> frozenset[str]:
    """Returns the most frequent that stand in two sentences or more; of equals, the first by alphabet."""
    ordered = sorted((-times, word) for word, times in counts.items() if times > 1)
    return frozenset(word for _, word in ordered[:number])
