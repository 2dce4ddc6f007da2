"""Statistics: how many attempts were made, how many failed and how, and how long they took.

What is added up is bounded: by the number of buckets, and by that of the rows that are looked at.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, bindparam, text

from copydesk.errors import CallerError
from copydesk.model import first_id
from copydesk.store.events import IDS

MOST_BUCKETS: Final = 1_500
MOST_ROWS: Final = 1_000_000
OK: Final = "ok"
"""The class of what did not fail."""


class Bucket(StrEnum):
    """How long a stretch of time is added up; each begins where one does in UTC."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"

    @property
    def width(self) -> timedelta:
        """From the beginning of one to that of the next."""
        return _WIDTHS[self]


_WIDTHS: Final = {
    Bucket.MINUTE: timedelta(minutes=1),
    Bucket.HOUR: timedelta(hours=1),
    Bucket.DAY: timedelta(days=1),
}


def subscriptions_of(connection: Connection, source: str | None) -> list[UUID]:
    """Returns the subscriptions of a source, or of all, those that were deleted too."""
    return list(connection.execute(_SUBSCRIPTIONS, {"source": source}).scalars())


_SUBSCRIPTIONS = text("""
    SELECT id FROM subscriptions WHERE CAST(:source AS text) IS NULL OR source = :source
""")


def of_attempts(
    connection: Connection, subscriptions: Sequence[UUID], since: datetime, until: datetime, bucket: Bucket
) -> dict[str, Any]:
    """Adds up the attempts that began in a stretch of time, as a whole and in buckets.

    Args:
        connection: an open transaction.
        subscriptions: whose.
        since: the first moment.
        until: the moment after the last.
        bucket: of which a stretch that has attempts is shown.

    Returns:
        `attempts`, `failed`, `error_rate`, `latency_ms` and the same by class in `classes`; `buckets` has the
        same for each, with the moment `at` which it begins.

    Raises:
        CallerError: `bad_parameter`: there are more than `MOST_ROWS`.
    """
    values = {"ids": list(subscriptions), "since": since, "until": until, "width": bucket.width}
    rows = connection.execute(_ATTEMPTS, {**values, "most": MOST_ROWS + 1}).all()
    whole = {row.class_: row for row in rows if row.at is None}
    _refuse_more(whole[None].number)
    parts: dict[datetime, dict[str | None, Any]] = {}
    for row in rows:
        if row.at is not None:
            parts.setdefault(row.at, {})[row.class_] = row
    buckets = [{"at": at, **_summary(parts[at])} for at in sorted(parts)]
    return {**_summary(whole), "buckets": buckets}


def _summary(found: Mapping[str | None, Any]) -> dict[str, Any]:
    """Returns what attempts came to, of rows by class; that of `None` is of all together."""
    count = found[None].number
    failed = count - (found[OK].number if OK in found else 0)
    classes = {name: _numbers(found[name]) for name in sorted(filter(None, found))}
    return {
        **_numbers(found[None]),
        "failed": failed,
        "error_rate": round(failed / count, 6) if count else None,
        "classes": classes,
    }


def _numbers(row: Any) -> dict[str, Any]:  # noqa: ANN401 - a row
    return {"attempts": row.number, "latency_ms": _latency(row.latency)}


def _latency(ranks: Sequence[float] | None) -> dict[str, float] | None:
    return dict(zip(("p50", "p95", "p99"), ranks, strict=True)) if ranks else None


def _refuse_more(count: int) -> None:
    if count > MOST_ROWS:
        raise CallerError(
            "bad_parameter",
            f"from, to: more than {MOST_ROWS:,} were made in that time: ask for a shorter one.",
        )


# Ranks rather than means between two: what is shown is what one of them took.
_ATTEMPTS = text("""
    WITH found AS MATERIALIZED (
        SELECT date_bin(:width, started_at, 'epoch') AS at, duration_ms, coalesce(error_class, 'ok') AS class_
        FROM attempts
        WHERE subscription_id = ANY(:ids) AND started_at >= :since AND started_at < :until
        LIMIT :most
    )
    SELECT at, class_, count(*) AS number,
           percentile_disc(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY duration_ms) AS latency
    FROM found GROUP BY GROUPING SETS ((), (at), (class_), (at, class_))
""").bindparams(bindparam("ids", type_=IDS))


def of_deliveries(
    connection: Connection, subscriptions: Sequence[UUID], since: datetime, until: datetime
) -> dict[str, Any]:
    """Counts the deliveries that became owed in a stretch of time by the state in which they are now.

    Args:
        connection: an open transaction.
        subscriptions: to whom.
        since: the first moment.
        until: the moment after the last.

    Returns:
        `states`, each with how many; `latency_ms` from when a delivery was owed until it had arrived.

    Raises:
        CallerError: `bad_parameter`: there are more than `MOST_ROWS`.
    """
    values = {"ids": list(subscriptions), "first": first_id(since), "end": first_id(until)}
    rows = connection.execute(_DELIVERIES, {**values, "most": MOST_ROWS + 1}).all()
    _refuse_more(sum(row.number for row in rows))
    delivered = next((row.latency for row in rows if row.state == "delivered"), None)
    states = dict(sorted((row.state, row.number) for row in rows))
    return {"states": states, "latency_ms": _latency(delivered)}


_DELIVERIES = text("""
    WITH found AS MATERIALIZED (
        SELECT state, extract(epoch FROM settled_at - created_at)::double precision * 1000 AS taken
        FROM deliveries
        WHERE subscription_id = ANY(:ids) AND id >= :first AND id < :end
        LIMIT :most
    )
    SELECT state, count(*) AS number,
           percentile_disc(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY taken) AS latency
    FROM found GROUP BY state
""").bindparams(bindparam("ids", type_=IDS))
