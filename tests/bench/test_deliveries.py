"""What the figures about deliveries say of what was found, and a tiny one from start to end."""

import tempfile
from pathlib import Path

import pytest

from bench import deliveries, delivery_cost, fairness, hanging
from bench.arrivals import Reconciled
from bench.crowd import Drive
from bench.deliveries import Posts
from bench.figures import QUICK, Figure, Scale
from bench.hanging import Watch

SCALE = Scale(rounds=2)
TINY = Scale(rounds=1, seconds=0.2, sustained=0.5, endpoints=3)


def _drive(*, seconds: float = 10.0, owed: int = 20_000, lost: int = 0, dispatcher: float = 0.3) -> Drive:
    milliseconds = [float(number) for number in range(100)]
    cpu = {"dispatcher": dispatcher, "postgresql": 0.2, "redis": 0.0, "receiver": 0.1}
    return Drive(seconds, Reconciled(owed, lost), milliseconds, cpu)


def _reached(figure: Figure) -> dict[str, bool]:
    return {goal.wanted: goal.reached for goal in figure.goals}


def test_a_fast_dispatcher_reaches_goal_and_aim() -> None:
    figure = deliveries.figure(SCALE, [_drive(), _drive()], [Posts(3_000, 0.1)] * 2, 7_000)
    assert all(_reached(figure).values())
    assert [row.spread.median for row in figure.rows[:3]] == [2_000, 3_000, pytest.approx(2 / 3)]
    assert "7,000 bytes" in figure.how


def test_a_slow_dispatcher_is_said_to_miss_what_it_misses() -> None:
    slow = _drive(seconds=16.0)
    reached = _reached(deliveries.figure(SCALE, [slow, slow], [Posts(3_000, 0.1)] * 2, 7_000))
    assert [wanted for wanted, is_so in reached.items() if not is_so] == [
        "deliveries/s, aim ≥ 2000",
        "dispatcher ÷ bare aiohttp client, aim ≥ 0.5",
    ]


def test_one_lost_delivery_misses_the_goal() -> None:
    figure = deliveries.figure(SCALE, [_drive(), _drive(lost=1)], [Posts(3_000, 0.1)] * 2, 7_000)
    assert [(goal.found, goal.reached) for goal in figure.goals if "lost" in goal.wanted] == [
        ("1 of 40,000 lost", False)
    ]


def test_cost_that_grows_with_what_is_stored_misses_the_goal() -> None:
    found = {rows: [_drive(), _drive()] for rows in SCALE.delivered}
    assert all(_reached(delivery_cost.figure(SCALE, found)).values())
    found[SCALE.delivered[-1]] = [_drive(dispatcher=0.5)] * 2
    grown, lost = delivery_cost.figure(SCALE, found).goals
    assert (grown.found, grown.reached, lost.reached) == ("1.40", False, True)


def test_memory_that_grows_with_hanging_endpoints_misses_the_goal() -> None:
    small = Watch(70.0, [75.0, 80.0], [256, 256], [20.0])
    assert all(_reached(hanging.figure(SCALE, small)).values())
    figure = hanging.figure(SCALE, Watch(70.0, [75.0, 280.0], [900, 1_000]))
    assert [(goal.found, goal.reached) for goal in figure.goals] == [("280 MB", False)]
    assert [row.spread.median for row in figure.rows] == [70, 280, 1_000]


@pytest.mark.system
def test_tiny_figures_are_measured_and_nothing_is_lost(
    monkeypatch: pytest.MonkeyPatch, server_directory: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(server_directory))  # PostgreSQL's user may enter it
    figure = deliveries.measure(TINY, lambda _step: None)
    assert _reached(figure)["every id arrives everywhere, 0 lost"]
    assert figure.rows[0].spread.median > 0
    assert list(server_directory.glob("copydesk-bench-*")) == []


def test_quick_measures_less() -> None:
    assert QUICK.sustained < SCALE.sustained
    assert len(QUICK.delivered) < len(SCALE.delivered)


def test_the_others_may_wait_half_as_long_again_and_20_ms() -> None:
    hangs, busy = fairness.BESIDE.values()
    found = {fairness.ALONE: [40.0, 60.0], hangs: [80.0, 110.0], busy: [81.0, 111.0]}
    reached = list(_reached(fairness.figure(SCALE, found)).values())
    assert reached == [True, False]
