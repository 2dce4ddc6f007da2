"""`python -m bench.catalogue`: what a larger catalogue costs each story.

It makes catalogues of 1, 2 and 10 times the built-in size, with made-up actors whose names begin as real
ones do, and measures looking names up and the whole enrichment with each in turn, in seconds of CPU.
Nothing is started.
"""

import dataclasses
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

import orjson

from services.enrich.actors.forms import Forms
from services.enrich.actors.tokens import tokenize
from services.enrich.catalogue import Catalogue, Entry, load
from services.enrich.pipeline import Pipeline, Story

FACTORS = (1, 2, 10)
ROUNDS = 5
REPEATED = 20
_STORY = Path(__file__).with_name("story.json")
_FIRST = ("Bank of", "Ministry of", "United", "National", "Front for", "Al", "The", "President", "Union of")
_SYLLABLES = ("ka", "ro", "min", "tel", "su", "va", "dor", "il", "pen", "qua")


class Cost(NamedTuple):
    """What one catalogue costs: how many actors it has, and microseconds of CPU a word."""

    actors: int
    lookup: float
    enrichment: float


def grown(catalogue: Catalogue, factor: int, seed: int = 1) -> Catalogue:
    """Returns a catalogue of so many times the actors; the same each time."""
    dice = random.Random(seed)  # noqa: S311 - names, no secrets
    wanted = len(catalogue.entries) * (factor - 1)
    made = tuple(_actor(dice, number) for number in range(wanted))
    return dataclasses.replace(catalogue, entries=(*catalogue.entries, *made))


def _actor(dice: random.Random, number: int) -> Entry:
    words = ["".join(dice.choices(_SYLLABLES, k=3)).title() for _ in range(2)]
    name = f"{dice.choice(_FIRST)} {' '.join(words)}"
    return Entry(f"made-{number}", name, "organization", "KEN", ("BUS",), aliases=(" ".join(words),))


def measure(factors: Sequence[int] = FACTORS, rounds: int = ROUNDS, repeated: int = REPEATED) -> list[Cost]:
    """Returns the cost with each size, the median of interleaved rounds."""
    document = orjson.loads(_STORY.read_bytes())
    story = Story(document["title"], document["body"])
    tokens = tokenize(" ".join([story.body] * repeated))
    words = sum(bool(token.folded) for token in tokens)
    known = load()
    sizes = [grown(known, factor) for factor in factors]
    ready = [(Forms(catalogue), Pipeline(catalogue)) for catalogue in sizes]
    taken: list[list[tuple[float, float]]] = [[] for _ in sizes]
    for _ in range(rounds):
        for at, (forms, pipeline) in enumerate(ready):
            lookup = _spent(lambda forms=forms: forms.find(tokens, 0, len(tokens)), 1)  # type: ignore[misc]
            whole = _spent(lambda pipeline=pipeline: pipeline.enrich(story), repeated)  # type: ignore[misc]
            taken[at].append((lookup, whole))
    return [
        Cost(len(size.entries), *(1e6 * median(column) / words for column in zip(*spent, strict=True)))
        for size, spent in zip(sizes, taken, strict=True)
    ]


def _spent(work: Callable[[], object], times: int) -> float:
    began = time.process_time()
    for _ in range(times):
        work()
    return time.process_time() - began


def main() -> int:
    """Prints the costs as a table."""
    costs = measure()
    base = costs[0]
    sys.stdout.write(
        "| actors | look-up, µs a word | all, µs a word | beside the first |\n|---|---|---|---|\n"
    )
    for cost in costs:
        ratios = f"{cost.lookup / base.lookup:.2f}, {cost.enrichment / base.enrichment:.2f}"
        sys.stdout.write(f"| {cost.actors} | {cost.lookup:.2f} | {cost.enrichment:.1f} | {ratios} |\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
