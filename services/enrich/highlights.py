"""Highlights: whole sentences of the body, by place, centrality and low overlap. Nothing is written anew."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from services.enrich.sentences import Span
from services.enrich.wordlist import words

MAX_WORDS: Final = 75
"""How many words all highlights together should have at the most; a single one may be longer."""
_MAX_CANDIDATES: Final = 400
_FEWEST_WORDS: Final = 5
_WORD: Final = re.compile(r"\w+")
_SMALL: Final = words("""
the a an of to in on at for and or but by with from as is are was were be been being it its he she
they his her their that this these those who which has have had will would not said says s t after
also than more
""")

Weights = dict[str, float]


def choose(body: str, title: str, sentences: Sequence[Span], count: int) -> list[dict[str, Any]]:
    """Returns at most `count` highlights in the shape of the record, best first.

    Args:
        body: the text, untouched.
        title: the headline; sentences that share its words are preferred.
        sentences: of the body.
        count: how many are wanted.
    """
    candidates = list(sentences[:_MAX_CANDIDATES])
    bags = [_counts(body, span) for span in candidates]
    scores = _scores(bags, _counts(title, Span(0, len(title))))
    vectors = [_unit(counts) for counts in bags]
    picked = _pick(scores, vectors, [len(body[a:b].split()) for a, b in candidates], count)
    return [
        {"text": body[a:b], "start": a, "end": b, "rank": rank, "score": round(scores[at], 3)}
        for rank, at, (a, b) in ((rank, at, candidates[at]) for rank, at in enumerate(picked, 1))
    ]


def _counts(text: str, span: Span) -> Counter[str]:
    return Counter(word for word in map(str.casefold, _WORD.findall(text, *span)) if word not in _SMALL)


def _scores(bags: Sequence[Counter[str]], title: Counter[str]) -> list[float]:
    """Returns 0 to 1 for each sentence: half its place, half what it shares with story and title."""
    whole: Counter[str] = Counter()
    for counts in bags:
        whole.update(counts.keys())
    centre = _unit(whole)
    head = _unit(title)
    return [
        min(
            1.0,
            0.5 * _place(at) + 0.35 * _cosine(_unit(counts), centre) + 0.15 * _cosine(_unit(counts), head),
        )
        * min(1.0, sum(counts.values()) / _FEWEST_WORDS)
        for at, counts in enumerate(bags)
    ]


def _place(at: int) -> float:
    return 1 / (1 + 0.25 * at)


def _unit(counts: Counter[str]) -> Weights:
    weights = {word: 1 + math.log(number) for word, number in counts.items()}
    length = math.sqrt(sum(weight * weight for weight in weights.values()))
    return {word: weight / length for word, weight in weights.items()}


def _cosine(one: Weights, other: Weights) -> float:
    return sum(weight * other.get(word, 0.0) for word, weight in one.items())


def _pick(
    scores: Sequence[float], vectors: Sequence[Weights], lengths: Sequence[int], count: int
) -> list[int]:
    """Picks by maximal marginal relevance (Carbonell and Goldstein 1998), within MAX_WORDS where it can."""
    left = set(range(len(scores)))
    overlap = [0.0] * len(scores)
    picked: list[int] = []
    room = MAX_WORDS
    while left and len(picked) < count:
        fitting = [at for at in left if lengths[at] <= room] or left
        best = max(fitting, key=lambda at: (scores[at] - 0.5 * overlap[at], -at))
        if picked and lengths[best] > room + MAX_WORDS:
            break
        picked.append(best)
        left.discard(best)
        room -= lengths[best]
        for at in left:
            overlap[at] = max(overlap[at], _cosine(vectors[at], vectors[best]))
    return sorted(picked, key=lambda at: (-scores[at], at))
