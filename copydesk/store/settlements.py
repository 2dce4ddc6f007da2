"""Settlements: what came of attempts, stored once, by whoever still has the lease."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import fields
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import Connection, text

from copydesk.health import News, Reply
from copydesk.model import Attempt, DeliveryState, Exchange, Settlement, new_id
from copydesk.store import health, notices, statements
from copydesk.store.claims import Claim
from copydesk.store.editions import overtaken


class Kept(NamedTuple):
    """What became of a delivery whose attempt was stored; whether its subscription has more that is due."""

    state: DeliveryState
    more: bool


class Settled(NamedTuple):
    """The deliveries whose attempt was stored. `news` are what became of subscriptions by it."""

    kept: dict[UUID, Kept]
    news: list[tuple[UUID, News]]


def settle(connection: Connection, finished: Sequence[tuple[Claim, Settlement]], dispatcher: str) -> Settled:
    """Stores attempts and what follows from them, but for those whose lease was lost.

    One statement, but where an endpoint begins to fail, goes on failing, or answers again.

    Args:
        connection: an open transaction.
        finished: what was claimed, with what came of it.
        dispatcher: who made the attempts.
    """
    # Locked in one order, and before what is due is looked at: a claim under way is seen.
    checked = health.lock(connection, list({claimed.subscription_id for claimed, _ in finished}))
    given = orjson.dumps([_settled(*each) for each in finished]).decode()
    rows = statements.rows(connection, _SETTLE, {"given": given, "dispatcher": dispatcher})
    if exhausted := [row.id for row in rows if row.state == DeliveryState.EXHAUSTED]:
        notices.tell_exhausted(connection, exhausted)
    numbers = {row.id: row.number for row in rows}
    replies: dict[UUID, list[Reply]] = defaultdict(list)
    last: dict[UUID, Attempt] = {}
    for claimed, outcome in finished:
        if number := numbers.get(claimed.delivery_id):
            attempt = last[claimed.subscription_id] = outcome.attempt
            succeeded, seconds = attempt.error_class is None, attempt.duration_ms / 1000
            reply = Reply(attempt.status, succeeded, number == 1, seconds)
            replies[claimed.subscription_id].append(reply)
    kept = {row.id: Kept(DeliveryState(row.state), row.more) for row in rows}
    return Settled(kept, health.heed(connection, checked, replies, last))


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


# What would be tried again is closed where its subscription was deleted, a newer version of its story waits,
# or it will be too old by then. A try between two of the schedule takes no place in it: the next is where it
# was planned, or later where the endpoint asked so.
_SETTLE = text(f"""
    WITH settled AS (
        UPDATE deliveries d SET
            state = j.state,
            attempts = d.attempts + 1, lease_token = NULL, lease_until = NULL, resume_at = NULL,
            schedule_start = d.schedule_start + CAST(d.resume_at IS NOT NULL AS integer),
            due_at = CASE WHEN j.state = 'due' THEN j.next_at ELSE d.due_at END,
            settled_at = CASE WHEN j.state <> 'due' THEN clock_timestamp() END,
            status = g.status, error_class = g.error_class
        FROM json_to_recordset(CAST(:given AS json)) AS g(
                 attempt_id uuid, id uuid, token uuid, state text, pause double precision,
                 started_at timestamptz, duration_ms double precision, status integer, error_class text,
                 detail text, response text, sent json, received json, dns_ms real, connect_ms real,
                 tls_ms real, first_byte_ms real)
             JOIN deliveries o ON o.id = g.id
             JOIN subscriptions s ON s.id = o.subscription_id
             CROSS JOIN LATERAL (
                 SELECT greatest(o.resume_at, clock_timestamp() + make_interval(secs => g.pause)) AS next_at
             ) AS t
             CROSS JOIN LATERAL (
                 SELECT t.next_at, CASE
                     WHEN g.state <> 'due' THEN g.state
                     WHEN s.deleted_at IS NOT NULL THEN 'discarded'
                     WHEN {overtaken("o")}
                     THEN 'superseded'
                     WHEN o.created_at + make_interval(secs => s.expires_after_seconds) < t.next_at
                     THEN 'expired' ELSE 'due' END AS state
             ) AS j
        WHERE d.id = g.id AND d.state = 'sending' AND d.lease_token = g.token
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
            s.next_due,
            (SELECT greatest(due_at, clock_timestamp()) FROM deliveries
             WHERE subscription_id = s.id AND state = 'due' ORDER BY due_at, id LIMIT 1),
            (SELECT min(due_at) FROM settled WHERE subscription_id = s.id AND state = 'due')) AS next_due
        FROM subscriptions s
        WHERE s.id IN (SELECT subscription_id FROM settled) AND s.deleted_at IS NULL
    ), awakened AS (
        UPDATE subscriptions s SET next_due = w.next_due FROM waiting w
        WHERE s.id = w.id AND s.next_due IS DISTINCT FROM w.next_due
    )
    SELECT d.id, d.state, d.attempts AS number, coalesce(w.next_due <= clock_timestamp(), false) AS more
    FROM settled d LEFT JOIN waiting w ON w.id = d.subscription_id
""")  # noqa: S608 - the condition is ours
