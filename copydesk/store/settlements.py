"""Settlements: what came of attempts, stored once, by whoever still has the lease."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, bindparam, text

from copydesk.model import Attempt, DeliveryState, Exchange, new_id
from copydesk.store import notices, statements
from copydesk.store.claims import Claim
from copydesk.store.events import IDS


@dataclass(frozen=True, slots=True)
class Settlement:
    """What follows from an attempt: `delivered`, `exhausted`, or `due` again after `retry_seconds`."""

    state: DeliveryState
    attempt: Attempt
    retry_seconds: float | None = None


def settle(
    connection: Connection, finished: Sequence[tuple[Claim, Settlement]], dispatcher: str
) -> dict[UUID, bool]:
    """Stores attempts and what follows from them, but for those whose lease was lost.

    Args:
        connection: an open transaction.
        finished: what was claimed, with what came of it.
        dispatcher: who made the attempts.

    Returns:
        The deliveries whose attempt was stored; of each, whether its subscription has more that is due.
    """
    # Locked in one order, and before what is due is looked at: a claim under way is seen.
    statements.rows(connection, _LOCK, {"ids": sorted({claimed.subscription_id for claimed, _ in finished})})
    given = orjson.dumps([_settled(*each) for each in finished]).decode()
    stored = statements.rows(connection, _SETTLE, {"given": given, "dispatcher": dispatcher})
    kept = {row.id: row.more for row in stored}
    exhausted = [
        claimed.delivery_id
        for claimed, outcome in finished
        if outcome.state is DeliveryState.EXHAUSTED and claimed.delivery_id in kept
    ]
    if exhausted:
        notices.tell_exhausted(connection, exhausted)
    return kept


def _settled(claimed: Claim, outcome: Settlement) -> dict[str, Any]:
    return {
        "attempt_id": new_id(),
        "id": claimed.delivery_id,
        "token": claimed.token,
        "state": outcome.state,
        "pause": outcome.retry_seconds or 0,
        **{name: getattr(outcome.attempt, name) for name in _OF_ATTEMPT},
        **{name: getattr(outcome.attempt.exchange, name) for name in _OF_EXCHANGE},
    }


# `asdict` would copy every header.
_OF_ATTEMPT = ("started_at", "duration_ms", "status", "error_class", "detail", "response")
_OF_EXCHANGE = tuple(field.name for field in fields(Exchange))


_LOCK = text("""
    SELECT id FROM subscriptions WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE
""").bindparams(bindparam("ids", type_=IDS))
# What would be tried again is discarded where the subscription was deleted meanwhile.
_SETTLE = text("""
    WITH settled AS (
        UPDATE deliveries d SET
            state = CASE WHEN g.state = 'due' AND s.deleted_at IS NOT NULL THEN 'discarded' ELSE g.state END,
            attempts = d.attempts + 1, lease_token = NULL, lease_until = NULL,
            due_at = CASE WHEN g.state = 'due' THEN clock_timestamp() + make_interval(secs => g.pause)
                     ELSE d.due_at END,
            settled_at = CASE WHEN g.state = 'due' AND s.deleted_at IS NULL THEN NULL
                         ELSE clock_timestamp() END,
            status = g.status, error_class = g.error_class
        FROM json_to_recordset(CAST(:given AS json)) AS g(
                 attempt_id uuid, id uuid, token uuid, state text, pause double precision,
                 started_at timestamptz, duration_ms double precision, status integer, error_class text,
                 detail text, response text, sent json, received json, dns_ms real, connect_ms real,
                 tls_ms real, first_byte_ms real),
             subscriptions s
        WHERE d.id = g.id AND d.state = 'sending' AND d.lease_token = g.token AND s.id = d.subscription_id
        RETURNING d.id, d.subscription_id, d.state, d.due_at, d.attempts, g.attempt_id, g.started_at,
                  g.duration_ms, g.status, g.error_class, g.detail, g.response, g.sent, g.received, g.dns_ms,
                  g.connect_ms, g.tls_ms, g.first_byte_ms
    ), noted AS (
        INSERT INTO attempts (id, started_at, delivery_id, subscription_id, number, duration_ms, status,
                              error_class, detail, response, dispatcher, sent, received, dns_ms, connect_ms,
                              tls_ms, first_byte_ms)
        SELECT attempt_id, started_at, id, subscription_id, attempts, duration_ms, status, error_class,
               detail, response, :dispatcher, sent, received, dns_ms, connect_ms, tls_ms, first_byte_ms
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
    SELECT d.id, coalesce(w.next_due <= clock_timestamp(), false) AS more
    FROM settled d LEFT JOIN waiting w ON w.id = d.subscription_id
""")
