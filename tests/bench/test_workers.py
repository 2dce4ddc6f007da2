import pytest

from bench.workers import rate


def test_stories_are_counted_while_all_workers_are_at_work() -> None:
    early = [("early", second, second + 0.9) for second in range(10)]
    late = [("late", second + 0.5, second + 1.4) for second in range(5, 12)]
    # Both are at work from 5.5 to 9.9: five of the early one's stories and four of the late one's end then.
    assert rate([*early, *late], workers=2) == pytest.approx(9 / 4.4)


def test_one_worker_is_counted_from_its_first_story_to_its_last() -> None:
    assert rate([("only", 0.0, 1.0), ("only", 1.0, 2.0)], workers=1) == pytest.approx(1.0)


def test_a_worker_that_took_no_part_is_not_hidden() -> None:
    with pytest.raises(ValueError, match="1 of 2"):
        rate([("only", 0.0, 1.0)], workers=2)
