"""Writes services/enrich/model/languages.npz, the language model of py3langid as enrich reads it.

Run it, without arguments, when py3langid comes with another model: a test says so. Until then enrich reads
the library's own file.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from py3langid.langid import MODEL_DIR, MODEL_FILE
from py3langid.modelio import load_model

from services.enrich.prepared import FILE, LETTERS, digest

Numbers = NDArray[np.int64]


def prepared(chances: NDArray[np.float16], next_states: Any, row: Any) -> dict[str, NDArray[Any]]:
    """Returns the two large tables as what differs from the usual; see `services.enrich.prepared`.

    Args:
        chances: [features, languages].
        next_states: the rows of the automaton, 256 states each, one after the other.
        row: the number of each state's row.
    """
    is_more = chances != chances.min(0)
    rows, row = np.asarray(next_states).reshape(-1, LETTERS), np.asarray(row, np.int64)
    base, level = _bases(rows, row)
    usual = np.where((level == 0)[:, None], 0, rows[base])
    owner, letter = np.nonzero(rows != usual)
    return {
        "least": chances.min(0),
        "is_more": np.packbits(is_more, axis=1),
        "more": chances[is_more],
        "base": base.astype(np.uint16),
        "level": level.astype(np.uint8),
        "own": np.bincount(owner, minlength=len(rows)).astype(np.uint16),
        "letter": letter.astype(np.uint8),
        "state": rows[owner, letter].astype(np.uint32),
    }


def _bases(rows: NDArray[np.uint32], row: Numbers) -> tuple[Numbers, Numbers]:
    """Returns for each row the one that it goes on as, and how many times that is so up to the first."""
    depth, shorter = _texts(rows, row)
    order = np.argsort(depth, kind="stable")
    order = order[row[shorter[order]] != row[order]]  # the others have no next states of their own
    mine, first = np.unique(row[order], return_index=True)
    itself = np.arange(len(rows))
    base = itself.copy()
    base[mine] = row[shorter[order[first]]]
    level, before = np.zeros_like(base), base
    while (level != before).any():
        level, before = np.where(base == itself, 0, level[base] + 1), level
    return base, level


def _texts(rows: NDArray[np.uint32], row: Numbers) -> tuple[Numbers, Numbers]:
    """Returns of the text that leads to each state its length, and the state of its longest known ending."""
    depth, shorter = np.full(len(row), -1), np.zeros(len(row), np.int64)
    front, length = np.zeros(1, np.int64), 0
    while len(front):
        depth[front] = length
        reached = rows[row[front]].astype(np.int64)
        at, letter = np.nonzero(depth[reached] < 0)
        following, which = np.unique(reached[at, letter], return_index=True)
        if length:
            shorter[following] = rows[row[shorter[front[at[which]]]], letter[which]]
        front, length = following, length + 1
    return depth, shorter


def main() -> None:
    source = MODEL_DIR / MODEL_FILE
    chances, priors, languages, next_states, row, features = load_model(source)
    np.savez_compressed(
        FILE,
        source=np.frombuffer(digest(source), np.uint8),
        priors=priors,
        languages=np.array(languages),
        features=np.array(features, np.int32),
        row=np.array(row, np.uint16),
        **prepared(chances, next_states, row),
    )
    print(f"{FILE}: {FILE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
