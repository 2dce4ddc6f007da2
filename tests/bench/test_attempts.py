from bench import attempts, plans
from bench.figures import Scale

SCALE = Scale(rounds=2, attempts=1_000)
NO_SCAN = plans.shown("any", ["->  Index Scan using x on attempts_20261110"])


def _goals(milliseconds: float, shown: plans.Shown = NO_SCAN) -> list[bool]:
    taken = {"any": [[1.0, 2.0], [1.0, 3.0]], "failed": [[1.0, milliseconds], [1.0, milliseconds]]}
    return [goal.reached for goal in attempts.figure(SCALE, taken, (shown,)).goals]


def test_the_slowest_kind_of_page_is_what_counts() -> None:
    assert _goals(99.0) == [True, True]
    assert _goals(101.0) == [False, True]


def test_a_day_that_is_read_from_end_to_end_is_named() -> None:
    assert _goals(1.0, plans.shown("any", ["->  Seq Scan on attempts_20261110"])) == [True, False]
