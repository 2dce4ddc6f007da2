"""Articles with their editors' bullets, read and made ready for the choice."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import Pool
from pathlib import Path

from services.enrich import sentences
from services.enrich.highlights import entries
from services.enrich.highlights.entries import Entry
from training.highlights.reward import Reward

_REACH = 45
"""Sentences of an article that are chosen from here; a bullet from behind them is rare."""


@dataclass(frozen=True, slots=True)
class Example:
    """One article, its editors' bullets, what may be chosen from it, and what a choice is worth."""

    article: str
    bullets: list[str]
    entries: list[Entry]
    reward: Reward


def load(path: Path, processes: int) -> list[Example]:
    """Returns the examples of a file that holds `{"article", "highlights"}` a line; titles are never used."""
    with path.open(encoding="utf-8") as lines, Pool(processes) as pool:
        rows = [(row["article"], row["highlights"]) for row in map(json.loads, lines)]
        return pool.starmap(_example, rows, chunksize=25)


def folds(number: int, count: int, seed: int) -> Iterator[tuple[list[int], list[int]]]:
    """Yields which of `number` examples train and which test, for each of `count` folds."""
    order = list(range(number))
    random.Random(seed).shuffle(order)
    for fold in range(count):
        test = order[fold::count]
        yield sorted(set(order) - set(test)), test


def _example(article: str, bullets: list[str]) -> Example:
    found = [each for each in entries.read(article, "", sentences.split(article)) if each.place < _REACH]
    texts = [article[each.start : each.end] for each in found]
    return Example(article, bullets, found, Reward(bullets, texts))
