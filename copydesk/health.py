"""How an endpoint fares: what its replies say of it, when it is slowed down, probed, and given up.

Pure: a health and the replies since go in, the next health comes out.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

GONE = 410
BUSY = frozenset({429, 502, 503, 504})
"""Replies of one that has too much to do: they slow it down."""
SLOWED_SECONDS = 60.0
SLOWER_SECONDS = 5.0
SLOWEST = 6
PROBED_AFTER = 10
PROBE_SECONDS, LONGEST_PROBE_SECONDS = 1.0, 30.0
FAILING_SECONDS = 5 * 86_400.0
FAILING_DELIVERIES = 20
WARNED_PERCENT = (50, 70, 90)


class Reply(NamedTuple):
    """What one attempt came to: whether it succeeded, was the first of its delivery, and how long it took."""

    status: int | None
    succeeded: bool
    is_first: bool
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Health:
    """How an endpoint fares.

    Args:
        enabled: whether it is sent to at all.
        failing_since: the first failure since it last answered; `None` where that is the newest.
        failures: attempts that failed since; once it is probed, only probes are counted.
        failed_deliveries: deliveries whose first attempt did.
        warned_percent: how much of the way to being disabled was told.
        slowness: how often its pace was halved.
        slowed_at: when last.
        held_until: nothing is sent before.
        disabled_at: since when it is not sent to.
        disabled_reason: `requested` by its owner, `gone` by its own word, or `failing` for too long.
    """

    enabled: bool
    failing_since: datetime | None = None
    failures: int = 0
    failed_deliveries: int = 0
    warned_percent: int = 0
    slowness: int = 0
    slowed_at: datetime | None = None
    held_until: datetime | None = None
    disabled_at: datetime | None = None
    disabled_reason: str | None = None


class Seen(NamedTuple):
    """What a health comes to at a moment, for its owner to see.

    Args:
        failures: attempts that failed since the last success; once it is probed, only probes are counted.
        failed_deliveries: deliveries whose first attempt did.
        warned_percent: how much of the way to being disabled was told.
        halvings: how often its pace is halved.
        probed: whether one delivery at a time finds out if it answers again.
        held_until: when the next one does; `None` where nothing is held back.
    """

    failures: int
    failed_deliveries: int
    warned_percent: int
    halvings: int
    probed: bool
    held_until: datetime | None


class News(NamedTuple):
    """What became of a subscription that its owner should hear: `failing`, `recovered` or `disabled`."""

    what: str
    percent: int = 0
    reason: str | None = None


def after(health: Health, replies: Iterable[Reply], now: datetime) -> Health:
    """Returns the health after some more replies, in their order."""
    for reply in replies:
        health = _after_success(health) if reply.succeeded else _after_failure(health, reply, now)
    if not health.enabled or not health.failures:
        return health
    percent = int(100 * progress(_seconds(health.failing_since, now), health.failed_deliveries))
    if percent >= 100:  # noqa: PLR2004 - all of it
        return _disabled(replace(health, warned_percent=100), "failing", now)
    warned = max((each for each in WARNED_PERCENT if each <= percent), default=0)
    return replace(health, warned_percent=max(warned, health.warned_percent))


def _after_success(health: Health) -> Health:
    if not any((health.failing_since, health.failures, health.failed_deliveries, health.warned_percent)):
        return health  # as it is nearly always
    return replace(
        health, failing_since=None, failures=0, failed_deliveries=0, warned_percent=0, held_until=None
    )


def _after_failure(health: Health, reply: Reply, now: datetime) -> Health:
    failed = replace(
        health,
        failing_since=health.failing_since or now,
        failed_deliveries=health.failed_deliveries + reply.is_first,
    )
    if not _is_late(health, reply, now):
        failed = _counted(failed, now)
    since = _seconds(failed.slowed_at, now)
    if reply.status in BUSY and (failed.slowed_at is None or since >= SLOWER_SECONDS):
        slowness = min(halvings(failed.slowness, since) + 1, SLOWEST)
        failed = replace(failed, slowness=slowness, slowed_at=now)
    return _disabled(failed, "gone", now) if reply.status == GONE and failed.enabled else failed


def _is_late(health: Health, reply: Reply, now: datetime) -> bool:
    """Whether an attempt was under way already when probing began: it is no probe, and lengthens no pause.

    Nothing is leased before `held_until`, so what began earlier is of before. Reckoned back from now, so that
    the clock of who made the attempt counts for nothing.
    """
    began = now - timedelta(seconds=reply.seconds)
    return is_probed(health.failures) and health.held_until is not None and began < health.held_until


def _counted(health: Health, now: datetime) -> Health:
    failures = health.failures + 1
    probed = health.enabled and is_probed(failures)
    held = now + timedelta(seconds=probe_seconds(failures)) if probed else None
    return replace(health, failures=failures, held_until=held)


def _disabled(health: Health, reason: str, now: datetime) -> Health:
    return replace(health, enabled=False, disabled_at=now, disabled_reason=reason, held_until=None)


def _seconds(since: datetime | None, now: datetime) -> float:
    return max((now - since).total_seconds(), 0) if since else 0.0


def progress(seconds: float, deliveries: int) -> float:
    """Returns how far an endpoint is from being disabled, from 0 to 1.

    Args:
        seconds: for how long everything has failed.
        deliveries: how many have.
    """
    return min(seconds / FAILING_SECONDS, deliveries / FAILING_DELIVERIES, 1.0)


def halvings(slowness: int, seconds: float) -> int:
    """Returns how often a pace is halved, so long after it last was: one fewer each minute."""
    return max(slowness - int(seconds / SLOWED_SECONDS), 0)


def seen(health: Health, now: datetime) -> Seen:
    """Returns what a health comes to now: halvings are taken back and pauses end by themselves."""
    return Seen(
        health.failures,
        health.failed_deliveries,
        health.warned_percent,
        halvings(health.slowness, _seconds(health.slowed_at, now)),
        is_probed(health.failures),
        health.held_until if health.held_until and health.held_until > now else None,
    )


def is_probed(failures: int) -> bool:
    """Whether one delivery at a time finds out if an endpoint answers again."""
    return failures >= PROBED_AFTER


def probe_seconds(failures: int) -> float:
    """Returns the pause between two probes: 1 s at first, doubling to 30 s."""
    return min(PROBE_SECONDS * 2.0 ** min(failures - PROBED_AFTER, 10), LONGEST_PROBE_SECONDS)


def news(before: Health, now: Health) -> News | None:
    """Returns what there is to tell of a change, if anything."""
    if before.enabled and not now.enabled:
        return News("disabled", reason=now.disabled_reason)
    if now.warned_percent > before.warned_percent:
        return News("failing", now.warned_percent)
    return News("recovered") if before.warned_percent and not now.failures else None
