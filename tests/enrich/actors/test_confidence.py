"""Confidences: a curve from what the tagger says to how often it was right."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrich.actors.confidence import CURVE, of_known, of_tagged, share


@pytest.mark.parametrize(("found", "true"), [(0.0, 0.0), (0.25, 0.3), (0.5, 0.6), (0.75, 0.8), (1.0, 1.0)])
def test_between_two_points_lies_a_straight_line(found: float, true: float) -> None:
    assert share(found, ((0.0, 0.0), (0.5, 0.6), (1.0, 1.0))) == pytest.approx(true)


@given(st.floats(0, 1), st.floats(0, 1))
def test_who_is_surer_stays_so(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0 <= share(low, CURVE) <= share(high, CURVE) <= 1


def test_the_curve_spans_every_confidence_and_rises() -> None:
    assert (CURVE[0][0], CURVE[-1][0]) == (0.0, 1.0)
    assert all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(CURVE))


def test_an_actor_that_is_only_repeated_is_in_the_middle() -> None:
    assert of_tagged([]) == share(0.5, CURVE)
    assert of_known([]) == 0.9
