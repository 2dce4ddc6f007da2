"""From scores to names."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from services.enrich.actors.decode import best_path, log_probabilities, names
from services.enrich.actors.labels import LABELS

SCORES = arrays(
    np.float32, st.tuples(st.integers(0, 4), st.just(len(LABELS))), elements=st.floats(-9, 0, width=16)
)


def is_sequence(path: list[int]) -> bool:
    steps = itertools.pairwise([0, *path])
    return all(LABELS[label][0] != "I" or LABELS[before][2:] == LABELS[label][2:] for before, label in steps)


@pytest.mark.no_cover
@given(SCORES)
def test_the_path_is_a_sequence_of_names(scores: np.ndarray) -> None:
    path = best_path(scores)
    assert len(path) == len(scores)
    assert is_sequence(path)


@pytest.mark.no_cover
@given(arrays(np.float32, (3, len(LABELS)), elements=st.floats(-9, 0, width=16)))
def test_no_sequence_scores_higher(scores: np.ndarray) -> None:
    best = sum(scores[at, label] for at, label in enumerate(best_path(scores)))
    every = (path for path in itertools.product(range(len(LABELS)), repeat=3) if is_sequence(list(path)))
    assert best >= max(sum(scores[at, label] for at, label in enumerate(path)) for path in every) - 1e-4


def test_names_are_spans_of_words() -> None:
    path = [LABELS.index(label) for label in ("B-PER", "I-PER", "B-PER", "O", "B-ORG")]
    assert list(names(path)) == [(0, 2, 0), (2, 3, 0), (4, 5, 1)]
    assert list(names([])) == []


def test_probabilities_add_up_to_one() -> None:
    logits = np.array([[1000.0, 0.0, -1000.0]], np.float32)
    assert np.exp(log_probabilities(logits)).sum() == 1
