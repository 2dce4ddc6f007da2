"""Learning to choose: a conditional logit over the next highlight, weighed by what the whole choice becomes.

For each story and each place in its list the candidates are valued by the reward of the finished list when
that candidate comes next and the current weights choose the rest (Chang et al. 2015, "Learning to search
better than your teacher"). The weights are then fitted so that softmax(weights x features) comes near
softmax(reward / TEMPERATURE), with an L2 penalty on standardised features.
"""

import functools
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from multiprocessing.pool import Pool
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import minimize

from services.enrich.highlights import choice, weights
from services.enrich.highlights.entries import Entry
from services.enrich.highlights.features import Features
from training.highlights.examples import Example

COUNT = 3
ROUNDS = 2
_LISTS = 4
"""Lists that are played of each story in a round: one alone leaves to chance which turns are seen."""
TEMPERATURE = 0.1
PENALTY = 0.01
_WIDTH = 12
"""How many of the best candidates are tried at each place."""
_EXPLORED = 0.3
"""How often the list goes on with another of the best few, so that weights see lists they would not make."""
_FEW = 4
_RARE = 30
"""Candidates that must have a feature for it to get a weight."""


class Turn(NamedTuple):
    """The candidates for the next place of one list: their features, and what each makes of the list."""

    features: list[Features]
    rewards: list[float]


def learn(examples: Sequence[Example], pool: Pool, seed: int) -> dict[str, float]:
    """Returns weights by name of feature. The same examples and seed give the same weights."""
    first = pool.map(greedy_turns, examples, chunksize=25)
    known = [turn for turns in first for turn in turns]
    learned = fit(known)
    played: list[Turn] = []
    for number in range(ROUNDS):
        jobs = [(each, learned, seed + number * len(examples) + at) for at, each in enumerate(examples)]
        now = pool.starmap(played_turns, jobs, chunksize=10)
        played = [turn for turns in now for turn in turns] + played
        learned = fit(played, learned)
    return learned


def greedy_turns(example: Example) -> list[Turn]:
    """Returns the turns of a list that takes what raises the reward most, for weights to begin with."""
    chosen: list[int] = []
    turns = []
    for _ in range(COUNT):
        left = _open(example, chosen)
        if not left:
            break
        rewards = [example.reward([*chosen, at]) for at in left]
        turns.append(Turn(_features(example, left, chosen), rewards))
        chosen.append(left[rewards.index(max(rewards))])
    return turns


def played_turns(example: Example, learned: dict[str, float], seed: int) -> list[Turn]:
    """Returns the turns of lists that the weights make, with a step aside now and then."""
    rng = random.Random(seed)
    valued = functools.cache(functools.partial(_valued, example, *_slim(example, weights.settled(learned))))
    turns = []
    for _ in range(_LISTS):
        chosen: tuple[int, ...] = ()
        while len(chosen) < COUNT and (told := valued(chosen)):
            best, turn = told
            turns.append(turn)
            aside = rng.randrange(_FEW) if rng.random() < _EXPLORED else 0
            chosen = (*chosen, best[min(aside, len(best) - 1)])
    return turns


def _valued(
    example: Example, settled: Mapping[str, float], slim: Sequence[Entry], chosen: tuple[int, ...]
) -> tuple[list[int], Turn] | None:
    """Returns the best candidates beside those chosen and the turn that they make, if any is open."""
    left = _open(example, chosen)
    if not left:
        return None
    before = [slim[at] for at in chosen]
    best = sorted(left, key=lambda at: -choice.score(slim[at], before, settled))[:_WIDTH]
    rewards = [example.reward(choice.pick(slim, settled, COUNT, [*chosen, at])) for at in best]
    return best, Turn(_features(example, best, chosen), rewards)


def _open(example: Example, chosen: Sequence[int]) -> list[int]:
    return choice.open_to(example.entries, [example.entries[at] for at in chosen])


def _slim(example: Example, settled: Mapping[str, float]) -> tuple[dict[str, float], list[Entry]]:
    """Returns weights and entries that score the same, with one feature for all that never changes."""
    kept = [
        replace(
            each,
            features={
                "alone": choice.weigh(each.features, settled),
                **{name: each.features.get(name, 0.0) for name in choice.LATER},
            },
        )
        for each in example.entries
    ]
    return {**settled, **dict.fromkeys(choice.LATER, 0.0), "alone": 1.0}, kept


def _features(example: Example, left: Sequence[int], chosen: Sequence[int]) -> list[Features]:
    before = [example.entries[at] for at in chosen]
    return [{**example.entries[at].features, **choice.beside(example.entries[at], before)} for at in left]


def fit(turns: Sequence[Turn], start: dict[str, float] | None = None) -> dict[str, float]:
    """Returns the weights that come nearest to the rewards of the turns."""
    seen = Counter(name for turn in turns for each in turn.features for name, value in each.items() if value)
    names = sorted(name for name, times in seen.items() if times >= _RARE)
    table, rewards, there = _arrays(turns, names)
    scale = table[there].std(0) + 1e-3
    table /= scale
    wanted = _softmax(np.where(there, rewards / TEMPERATURE, -1e9))

    def loss(vector: Any) -> tuple[float, Any]:
        chance = _softmax(np.where(there, table @ vector.astype(np.float32), -1e9))
        slope = np.einsum("nm,nmd->d", (chance - wanted).astype(np.float32), table) / len(turns)
        missed = -(wanted * np.log(chance + 1e-12)).sum() / len(turns)
        return missed + PENALTY * (vector @ vector) / 2, slope.astype(float) + PENALTY * vector

    begin = np.array([(start or {}).get(name, 0.0) for name in names]) * scale
    found = minimize(loss, begin, jac=True, method="L-BFGS-B", options={"maxiter": 150})
    return dict(zip(names, (found.x / scale).tolist(), strict=True))


def _arrays(turns: Sequence[Turn], names: Sequence[str]) -> tuple[Any, Any, Any]:
    """Returns features, rewards and which of them are there; turns are filled up to one width."""
    at = {name: number for number, name in enumerate(names)}
    shape = len(turns), max(len(turn.rewards) for turn in turns)
    table = np.zeros((*shape, len(names)), np.float32)
    rewards = np.zeros(shape)
    there = np.zeros(shape, dtype=bool)
    for row, turn in enumerate(turns):
        rewards[row, : len(turn.rewards)] = turn.rewards
        there[row, : len(turn.rewards)] = True
        for column, each in enumerate(turn.features):
            for name, value in each.items():
                if name in at:
                    table[row, column, at[name]] = value
    return table, rewards, there


def _softmax(values: Any) -> Any:
    risen = np.exp(values - values.max(1, keepdims=True))
    return risen / risen.sum(1, keepdims=True)
