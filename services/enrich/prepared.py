"""py3langid's model in a form that is read in a quarter of the time; `training/languages.py` writes it.

py3langid keeps its tables written out, and packs them as tightly as can be: to unpack them takes half a
second. Here is kept what differs from the usual, and numpy writes it out:

- of a table [features, languages], most of which is each language's least: the least, and where and what the
  rest is;
- of an automaton in the manner of Aho and Corasick (1975), with a row of 256 next states for each state:
  which row of a shorter text it goes on as, and the few next states of its own.
"""

import hashlib
from array import array
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

FILE: Final = Path(__file__).parent / "model" / "languages.npz"
LETTERS: Final = 256
_BLOCK: Final = 1024
"""Rows that are written at a time: large tables beside the large tables would stay in memory."""


class Model(NamedTuple):
    """What py3langid's own reader returns, in its order."""

    chances: NDArray[np.float16]
    """[features, languages], as logarithms; so are `priors`, of each language."""
    priors: NDArray[np.float32]
    languages: list[str]
    next_states: "array[int]"
    """256 for each row, one row after the other."""
    row: "array[int]"
    """Of each state its row; in `features` the feature that it stands for, or -1."""
    features: list[int]


def read(source: Path, file: Path = FILE) -> Model | None:
    """Returns the model that was prepared from `source`; None where `source` is another one by now.

    Raises:
        OSError: one of the files cannot be read.
    """
    with np.load(file, allow_pickle=False) as kept:
        if kept["source"].tobytes() != digest(source):
            return None
        return Model(
            chances=_chances(kept),
            priors=kept["priors"],
            languages=kept["languages"].tolist(),
            next_states=_next_states(kept),
            row=array("H", kept["row"].tobytes()),
            features=kept["features"].tolist(),
        )


def digest(source: Path) -> bytes:
    """Returns the SHA-256 of a file."""
    with source.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _chances(kept: Any) -> NDArray[np.float16]:  # noqa: ANN401 - arrays by name
    least, is_more, more = kept["least"], kept["is_more"], kept["more"]  # is_more: a bit each, rows of bytes
    result = np.empty((len(is_more), len(least)), np.float16)
    result[:] = least
    first = 0
    for at in range(0, len(result), _BLOCK):
        where = np.unpackbits(is_more[at : at + _BLOCK], axis=1, count=len(least)).view(bool)
        last = first + int(np.count_nonzero(where))
        result[at : at + _BLOCK][where] = more[first:last]
        first = last
    return result


def _next_states(kept: Any) -> "array[int]":  # noqa: ANN401 - arrays by name
    base, level, letter, state = (kept[name] for name in ("base", "level", "letter", "state"))
    result = array("I", [0]) * (LETTERS * len(base))
    rows = np.frombuffer(result, np.uint32).reshape(-1, LETTERS)
    owner = np.repeat(np.arange(len(base)), kept["own"])
    for depth in range(int(level.max()) + 1):
        here = np.flatnonzero(level == depth)
        for block in np.split(here, range(_BLOCK, len(here), _BLOCK)):
            rows[block] = rows[base[block]]  # of the level before; the first is its own, and still all zeros
        own = level[owner] == depth
        rows[owner[own], letter[own]] = state[own]
    return result
