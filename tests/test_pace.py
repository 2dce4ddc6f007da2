import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from copydesk import pace
from copydesk.pace import Allowance, Pace

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
FREE = Pace(
    now=NOW,
    in_flight=8,
    rate_per_second=None,
    tokens=1,
    tokens_at=NOW,
    failures=0,
    slowness=0,
    slowed_at=None,
    held_until=None,
)


def _ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("given", "in_flight", "more"),
    [
        ({}, 8, 8),
        ({"in_flight": 100}, 100, 100),
        ({"failures": 9}, 8, 8),
        ({"failures": 10}, 1, 1),  # probed
        ({"slowness": 1, "slowed_at": NOW}, 4, 4),
        ({"slowness": 3, "slowed_at": NOW}, 1, 1),
        ({"slowness": 6, "slowed_at": NOW}, 1, 1),  # never nothing
        ({"slowness": 2, "slowed_at": _ago(60)}, 4, 4),
        ({"slowness": 2, "slowed_at": _ago(120)}, 8, 8),
        ({"held_until": NOW + timedelta(seconds=3)}, 8, 0),
        ({"held_until": _ago(1)}, 8, 8),
        ({"rate_per_second": 2.0, "tokens": 0.5}, 8, 0),
        ({"rate_per_second": 2.0, "tokens": 1.0}, 8, 1),
        ({"rate_per_second": 2.0, "tokens": 0.0, "tokens_at": _ago(1)}, 8, 2),
        ({"rate_per_second": 2.0, "tokens": 0.0, "tokens_at": _ago(3_600)}, 8, 3),  # a second, and a token
        ({"rate_per_second": 500.0, "tokens": 9.0}, 8, 8),
        ({"rate_per_second": 2.0, "tokens": 0.0, "tokens_at": NOW + timedelta(seconds=9)}, 8, 0),
        (
            {"rate_per_second": 2.0, "tokens": 0.0, "tokens_at": _ago(1), "slowness": 1, "slowed_at": NOW},
            4,
            1,
        ),
    ],
)
def test_what_may_be_leased_follows_from_bounds_rate_and_health(
    given: dict[str, object], in_flight: int, more: int
) -> None:
    found = pace.allow(replace(FREE, **given))  # type: ignore[arg-type] # fields of Pace
    assert (found.in_flight, found.more) == (in_flight, more)


@pytest.mark.parametrize(
    ("rate", "tokens", "held", "leased", "seconds"),
    [
        (None, 1.0, 0.0, 8, 0),
        (None, 1.0, 3.0, 0, 3),
        (2.0, 1.0, 0.0, 1, 0.5),
        (2.0, 3.0, 0.0, 1, 0),
        (2.0, 0.5, 0.0, 0, 0.25),
        (2.0, 0.5, 9.0, 0, 9),
        (0.01, 0.0, 0.0, 0, 100),
    ],
)
def test_nothing_more_is_leased_before_there_is_a_token(
    rate: float | None, tokens: float, held: float, leased: int, seconds: float
) -> None:
    allowance = Allowance(8, 8, rate, tokens, held)
    assert pace.pause_seconds(allowance, leased) == pytest.approx(seconds, abs=1e-3)


@pytest.mark.parametrize("rate", [0.5, 1.0, 3.0, 10.0, 33.3, 100.0])
@pytest.mark.parametrize("seed", range(3))
def test_over_60_s_the_rate_is_kept_within_5_percent_whoever_looks_and_when(rate: float, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test
    now, row, sent = NOW, replace(FREE, in_flight=1_000, rate_per_second=rate), 0
    while (now - NOW).total_seconds() < 60:
        allowance = pace.allow(replace(row, now=now))
        share = chance.choice([1, 1_000])  # a dispatcher with little room, or with much
        leased = min(allowance.more, share)
        sent += leased
        row = replace(row, tokens=pace.tokens_left(allowance, leased), tokens_at=now)
        late = chance.uniform(0, 0.2)
        now += timedelta(seconds=pace.pause_seconds(allowance, leased) + (late if leased < share else 0))
    assert sent == pytest.approx(60 * rate, rel=0.05)
