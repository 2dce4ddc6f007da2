"""Pace: how much may be sent to a subscription now, and when it may be more.

Pure. A token bucket holds what a rate has earned: each delivery that is leased takes a token, and waiting for
one costs no try. All dispatchers share the bucket, which lies in the subscription's row.
"""

from dataclasses import dataclass
from datetime import datetime

from copydesk import health

BURST_SECONDS = 1.0
"""A bucket keeps what its rate earns in so long, besides one whole token: who comes late misses nothing."""
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Pace:
    """What bounds the pace of one subscription.

    Args:
        now: the moment it is looked at.
        in_flight: deliveries under way at once.
        rate_per_second: deliveries in a second; `None` for as many as there are.
        tokens: what was in the bucket at `tokens_at`.
        tokens_at: when it was looked into.
        failures: attempts that failed since the last success.
        slowness: how often the pace was halved.
        slowed_at: when last.
        held_until: nothing is sent before.
    """

    now: datetime
    in_flight: int
    rate_per_second: float | None
    tokens: float
    tokens_at: datetime
    failures: int
    slowness: int
    slowed_at: datetime | None
    held_until: datetime | None


@dataclass(frozen=True, slots=True)
class Allowance:
    """What may be sent: `in_flight` at once, of which `more` may be leased now.

    `rate_per_second` is how fast `tokens` are earned, `held_seconds` for how long nothing may be leased.
    """

    in_flight: int
    more: int
    rate_per_second: float | None
    tokens: float
    held_seconds: float = 0.0


def allow(pace: Pace) -> Allowance:
    """Returns what may be sent now. A slow endpoint gets half of both bounds, or a quarter, and so on."""
    halvings = 0
    if pace.slowed_at:
        halvings = health.halvings(pace.slowness, (pace.now - pace.slowed_at).total_seconds())
    in_flight = 1 if health.is_probed(pace.failures) else max(pace.in_flight >> halvings, 1)
    rate, tokens, more = pace.rate_per_second, pace.tokens, in_flight
    if rate is not None:
        rate /= 1 << halvings
        earned = rate * max((pace.now - pace.tokens_at).total_seconds(), 0)
        tokens = min(tokens + earned, 1 + rate * BURST_SECONDS)
        more = min(more, int(tokens + _ROUNDING))
    held = (pace.held_until - pace.now).total_seconds() if pace.held_until else 0.0
    return Allowance(in_flight, more if held <= 0 else 0, rate, tokens, max(held, 0.0))


def tokens_left(allowance: Allowance, leased: int) -> float:
    """Returns what is in the bucket after so many were leased."""
    return allowance.tokens if allowance.rate_per_second is None else max(allowance.tokens - leased, 0.0)


def pause_seconds(allowance: Allowance, leased: int) -> float:
    """Returns how long nothing more may be leased, after so many were."""
    if allowance.rate_per_second is None:
        return allowance.held_seconds
    missing = max(1 - _ROUNDING - tokens_left(allowance, leased), 0.0)
    return max(allowance.held_seconds, missing / allowance.rate_per_second)
