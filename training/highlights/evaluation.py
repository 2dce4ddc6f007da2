"""ROUGE of chosen highlights as `rouge-score` has it, beside Lead-3 and Oracle-3, with intervals."""

import random
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rouge_score.rouge_scorer import RougeScorer

from services.enrich.highlights import choice
from training.highlights.examples import Example

METRICS = ("rouge1", "rouge2", "rougeLsum")
_BOUNDARY = re.compile(r"(?<=[.!?])[\"'\u201d\u2019)]*\s+(?=[\"'\u201c\u2018(]?[A-Z0-9])")
_LEAD = 3
_RESAMPLED = 1000
_SCORER = RougeScorer(METRICS, use_stemmer=True)

Figures = tuple[float, ...]
"""ROUGE-1, ROUGE-2 and ROUGE-Lsum, 0 to 100."""


class Outcome(NamedTuple):
    """What one story gave; `buried` is whether its best sentence stands behind the first three."""

    chosen: Figures
    lead: Figures
    oracle: Figures
    words: int
    buried: bool


def judge(example: Example, weights: Mapping[str, float], count: int) -> Outcome:
    """Returns the figures of one story, with these weights."""
    picked = choice.pick(example.entries, weights, count)
    lines = [example.article[example.entries[at].start : example.entries[at].end] for at in picked]
    sentences = _BOUNDARY.split(example.article)
    worth = [sum(_score(example, [each])[:2]) for each in sentences]
    return Outcome(
        _score(example, lines),
        _score(example, sentences[:_LEAD]),
        _score(example, _oracle(example, sentences)),
        sum(len(line.split()) for line in lines),
        worth.index(max(worth)) >= _LEAD,
    )


def _score(example: Example, lines: Sequence[str]) -> Figures:
    found = _SCORER.score("\n".join(example.bullets), "\n".join(lines))
    return tuple(100 * found[metric].fmeasure for metric in METRICS)


def _oracle(example: Example, sentences: Sequence[str]) -> list[str]:
    """Returns up to three sentences, each the one that raises ROUGE-1 and ROUGE-2 most."""
    best: list[str] = []
    reached = 0.0
    for _ in range(_LEAD):
        worth = {each: sum(_score(example, [*best, each])[:2]) for each in sentences if each not in best}
        pick = max(worth, key=worth.__getitem__, default="")
        if not pick or worth[pick] <= reached:
            break
        best.append(pick)
        reached = worth[pick]
    return best


def report(outcomes: Sequence[Outcome]) -> str:
    """Returns the table of figures and the gains, in all and by where the best sentence stands."""
    rows = [f"{len(outcomes)} stories, {_mean([each.words for each in outcomes]):.0f} words a story"]
    for name in ("chosen", "lead", "oracle"):
        table = [getattr(each, name) for each in outcomes]
        means = [_mean(column) for column in zip(*table, strict=True)]
        rows.append(f"  {name:7} " + "  ".join(f"{m} {v:5.2f}" for m, v in zip(METRICS, means, strict=True)))
    for name, some in (
        ("all", outcomes),
        ("best sentence in the lead", [each for each in outcomes if not each.buried]),
        ("best sentence behind it", [each for each in outcomes if each.buried]),
    ):
        rows.append(f"  gain over Lead-3, {name} ({len(some)}): " + "  ".join(_gains(some)))
    return "\n".join(rows)


def _gains(outcomes: Sequence[Outcome]) -> list[str]:
    """Returns the mean gain of each metric with its 95 % bootstrap interval."""
    texts = []
    for at, metric in enumerate(METRICS):
        gains = [each.chosen[at] - each.lead[at] for each in outcomes]
        rng = random.Random(7)
        means = sorted(_mean(rng.choices(gains, k=len(gains))) for _ in range(_RESAMPLED))
        texts.append(f"{metric} {_mean(gains):+.2f} [{means[25]:+.2f}, {means[975]:+.2f}]")
    return texts


def _mean(values: Sequence[float]) -> float:
    return sum(values) / max(len(values), 1)
