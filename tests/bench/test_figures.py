import pytest

from bench.figures import Spread, at_least, at_most, number, percentile


def test_spread_shows_median_and_extremes() -> None:
    spread = Spread.of([3.0, 1.0, 2.0, 9.0, 5.0])
    assert (spread.median, spread.low, spread.high) == (3.0, 1.0, 9.0)


def test_spreads_are_divided_round_by_round() -> None:
    assert (Spread.of([10.0, 20.0]) / Spread.of([100.0, 50.0])).values == (0.1, 0.4)


@pytest.mark.parametrize(("percent", "expected"), [(50, 50), (99, 99), (100, 100), (1, 1), (0, 1)])
def test_percentile_is_the_nearest_rank(percent: float, expected: float) -> None:
    assert percentile([float(value) for value in range(100, 0, -1)], percent) == expected


def test_the_99th_of_a_few_is_the_largest() -> None:
    assert percentile([1.0, 7.0, 3.0], 99) == 7.0


def test_goals_look_at_the_median() -> None:
    spread = Spread.of([0.1, 0.2, 0.9])
    assert at_least("ratio", spread, 0.2).reached
    assert not at_least("ratio", spread, 0.3).reached
    assert at_most("cost", spread, 0.2, "ms").reached
    assert not at_most("cost", spread, 0.1, "ms").reached


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.123, "0.12"), (12.34, "12.3"), (999.4, "999"), (1234567.8, "1,234,568"), (0.0, "0.00")],
)
def test_a_value_has_three_digits(value: float, shown: str) -> None:
    assert number(value) == shown
