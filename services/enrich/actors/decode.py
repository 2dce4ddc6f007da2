"""Turns the model's logits into names: the most probable sequence of labels that is one."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.enrich.actors.labels import KINDS, LABELS

Logits = NDArray[np.float32]

_NEVER: Final = -1e9


def _moves() -> Logits:
    """Returns [from, to]: 0, or what no path can make up for where I- follows what is not its own kind."""
    moves = np.zeros((len(LABELS), len(LABELS)), np.float32)
    for at, label in enumerate(LABELS):
        if label[0] == "I":
            moves[:, at] = _NEVER
            moves[[at - 1, at], at] = 0
    return moves


_MOVES: Final = _moves()
_INSIDE: Final = np.array([label[0] == "I" for label in LABELS])


def log_probabilities(logits: Logits) -> Logits:
    """Returns the logarithm of the softmax over the last axis."""
    shifted = logits - logits.max(-1, keepdims=True)
    result: Logits = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    return result


def best_path(scores: Logits) -> list[int]:
    """Returns the labels [words] of the highest sum of scores [words, labels] that make names."""
    if not len(scores):
        return []
    greedy = scores.argmax(-1)
    if not _breaks(greedy):
        path: list[int] = greedy.tolist()
        return path
    total = np.where(_INSIDE, _NEVER, scores[0])
    back = np.empty(scores.shape, np.int64)
    for at in range(1, len(scores)):
        paths = total[:, None] + _MOVES
        back[at] = paths.argmax(0)
        total = paths.max(0) + scores[at]
    path = [int(total.argmax())]
    for at in range(len(scores) - 1, 0, -1):
        path.append(int(back[at, path[-1]]))
    return path[::-1]


def _breaks(path: NDArray[np.int64]) -> bool:
    """Whether an I- stands where no name of its kind is open."""
    before = np.append(0, path[:-1])
    return bool((_INSIDE[path] & (before != path) & (before != path - 1)).any())


def names(path: list[int]) -> Iterator[tuple[int, int, int]]:
    """Yields each name of a path as [first, last) in words and the number of its kind in `KINDS`."""
    first = 0
    for at, label in enumerate([*path, 0]):
        if at and path[at - 1] and not (label and _INSIDE[label]):
            yield first, at, (path[first] - 1) // 2
        if not (label and _INSIDE[label]):
            first = at


assert len(LABELS) == 1 + 2 * len(KINDS)  # noqa: S101 - names() counts on it
