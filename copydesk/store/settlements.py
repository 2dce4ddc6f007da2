"""Settlements: what came of attempts, stored once, by whoever still has the lease."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, NamedTuple, cast
from uuid import UUID

import orjson
from sqlalchemy import Connection, Row, bindparam, text

from copydesk import health
from copydesk.health import Health, News, Reply
from copydesk.model import Settlement, new_id
from copydesk.store.claims import Claim
from copydesk.store.events import IDS


class Settled(NamedTuple):
    """The deliveries whose attempt was stored, each with whether its subscription has more that is due.

    `news` are what became of subscriptions by it.
    """

    kept: dict[UUID, bool]
    news: list[tuple[UUID, News]]


def settle(connection: Connection, finished: Sequence[tuple[Claim, Settlement]], dispatcher: str) -> Settled:
    """Stores attempts and what follows from them, but for those whose lease was lost.

    Args:
        connection: an open transaction.
        finished: what was claimed, with what came of it.
        dispatcher: who made the attempts.
    Subscriptions whose health changes by it are slowed down, held, disabled or freed by a further statement.
    """
    # Locked in one order, and before what is due is looked at: a claim under way is seen.
    ids = sorted({claimed.subscription_id for claimed, _ in finished})
    locked = connection.execute(_LOCK, {"ids": ids}).all()
    given = orjson.dumps([_settled(*each) for each in finished]).decode()
    rows = connection.execute(_SETTLE, {"given": given, "dispatcher": dispatcher}).all()
    return Settled({row.id: row.more for row in rows}, _heed(connection, locked, finished, rows))


def _heed(
    connection: Connection,
    locked: Sequence[Row[Any]],
    finished: Sequence[tuple[Claim, Settlement]],
    stored: Sequence[Row[Any]],
) -> list[tuple[UUID, News]]:
    """Keeps what the stored attempts say of their endpoints, and returns what is to be told of it."""
    first = {row.id: row.number == 1 for row in stored}
    replies: dict[UUID, list[Reply]] = defaultdict(list)
    for claimed, outcome in finished:
        if claimed.delivery_id in first:
            status, failure = outcome.attempt.status, outcome.attempt.error_class
            reply = Reply(status, failure is None, first[claimed.delivery_id])
            replies[claimed.subscription_id].append(reply)
    changes, told = [], []
    for row in locked:
        subscription, now, *columns = cast("tuple[Any, ...]", row)
        before = Health(*columns)
        if (found := health.after(before, replies[subscription], now)) != before:
            changes.append({"id": subscription, **asdict(found)})
            if heard := health.news(before, found):
                told.append((subscription, heard))
    if changes:
        connection.execute(_CHANGE, {"given": orjson.dumps(changes).decode()})
    return told


def _settled(claimed: Claim, outcome: Settlement) -> dict[str, Any]:
    return {
        "attempt_id": new_id(),
        "id": claimed.delivery_id,
        "token": claimed.token,
        "state": outcome.state,
        "pause": outcome.retry_seconds or 0,
        **asdict(outcome.attempt),
    }


_LOCK = text("""
    SELECT id, clock_timestamp(), enabled, failing_since, failures, failed_deliveries, warned_percent,
           slowness, slowed_at, held_until, disabled_at, disabled_reason
    FROM subscriptions WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE
""").bindparams(bindparam("ids", type_=IDS))
# What would be tried again is discarded where the subscription was deleted meanwhile. A try between two of
# the schedule takes no place in it: the next is where it was planned, or later where the endpoint
# asked for that.
_SETTLE = text("""
    WITH settled AS (
        UPDATE deliveries d SET
            state = CASE WHEN g.state = 'due' AND s.deleted_at IS NOT NULL THEN 'discarded' ELSE g.state END,
            attempts = d.attempts + 1, lease_token = NULL, lease_until = NULL, resume_at = NULL,
            schedule_start = d.schedule_start + CAST(d.resume_at IS NOT NULL AS integer),
            due_at = CASE WHEN g.state = 'due'
                     THEN greatest(d.resume_at, clock_timestamp() + make_interval(secs => g.pause))
                     ELSE d.due_at END,
            settled_at = CASE WHEN g.state = 'due' AND s.deleted_at IS NULL THEN NULL
                         ELSE clock_timestamp() END,
            status = g.status, error_class = g.error_class
        FROM json_to_recordset(CAST(:given AS json)) AS g(
                 attempt_id uuid, id uuid, token uuid, state text, pause double precision,
                 started_at timestamptz, duration_ms double precision, status integer, error_class text,
                 detail text, response text),
             subscriptions s
        WHERE d.id = g.id AND d.state = 'sending' AND d.lease_token = g.token AND s.id = d.subscription_id
        RETURNING d.id, d.subscription_id, d.state, d.due_at, d.attempts, g.attempt_id, g.started_at,
                  g.duration_ms, g.status, g.error_class, g.detail, g.response
    ), noted AS (
        INSERT INTO attempts (id, started_at, delivery_id, number, duration_ms, status, error_class, detail,
                              response, dispatcher)
        SELECT attempt_id, started_at, id, attempts, duration_ms, status, error_class, detail, response,
               :dispatcher
        FROM settled
    ), waiting AS (
        SELECT s.id, least(
            s.next_due, (SELECT min(due_at) FROM deliveries WHERE subscription_id = s.id AND state = 'due'),
            (SELECT min(due_at) FROM settled WHERE subscription_id = s.id AND state = 'due')) AS next_due
        FROM subscriptions s
        WHERE s.id IN (SELECT subscription_id FROM settled) AND s.deleted_at IS NULL
    ), awakened AS (
        UPDATE subscriptions s SET next_due = w.next_due FROM waiting w
        WHERE s.id = w.id AND s.next_due IS DISTINCT FROM w.next_due
    )
    SELECT d.id, d.attempts AS number, coalesce(w.next_due <= clock_timestamp(), false) AS more
    FROM settled d LEFT JOIN waiting w ON w.id = d.subscription_id
""")
_CHANGE = text("""
    UPDATE subscriptions s SET
        enabled = g.enabled, failing_since = g.failing_since, failures = g.failures,
        failed_deliveries = g.failed_deliveries, warned_percent = g.warned_percent, slowness = g.slowness,
        slowed_at = g.slowed_at, held_until = g.held_until, disabled_at = g.disabled_at,
        disabled_reason = g.disabled_reason,
        updated_at = CASE WHEN s.enabled = g.enabled THEN s.updated_at ELSE g.disabled_at END
    FROM json_to_recordset(CAST(:given AS json)) AS g(
             id uuid, enabled boolean, failing_since timestamptz, failures integer, failed_deliveries integer,
             warned_percent integer, slowness integer, slowed_at timestamptz, held_until timestamptz,
             disabled_at timestamptz, disabled_reason text)
    WHERE s.id = g.id
""")
