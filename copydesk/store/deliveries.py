"""Deliveries: claimed by subscription, sent under a lease, settled once."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import Connection, Row, bindparam, text

from copydesk.model import Attempt, DeliveryState, new_id
from copydesk.store import notices
from copydesk.store.events import DELIVERIES_CHANNEL, IDS


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery leased to one dispatcher, with all that its request is made of.

    What is of a story is `None` where the event is of a subscription; such an event has `data`.

    `tries` counts this try within the retry schedule, from 1. `sequence` counts what its subscription is
    owed, from 1; `None` for what was owed before it was counted. `secrets` are all
    that it is signed with, the newest first.
    """

    token: UUID
    delivery_id: UUID
    tries: int
    sequence: int | None
    subscription_id: UUID
    url: str
    secrets: list[bytes]
    event_id: UUID
    event_type: str
    event_at: datetime
    story_id: UUID | None
    source: str
    uri: str | None
    version: int | None
    data: dict[str, Any] | None
    document: dict[str, Any] | None
    enrichment: dict[str, Any] | None


class Claimed(NamedTuple):
    """What was leased, and the seconds until more may be due; `None` where nothing is owed."""

    deliveries: list[Claim]
    seconds: float | None


def claim(connection: Connection, *, cap: int, limit: int, lease_seconds: float) -> Claimed:
    """Leases due deliveries, subscription by subscription; several dispatchers never take the same.

    Args:
        connection: an open transaction.
        cap: deliveries in flight to one subscription, by all dispatchers together.
        limit: deliveries claimed at the most.
        lease_seconds: how long they are held.
    """
    locked = connection.execute(_LOCK_SUBSCRIPTIONS, {"limit": limit}).all()
    if not locked:
        return Claimed([], connection.execute(_SECONDS).scalar())
    # A statement of its own each: what other dispatchers committed before the lock is seen.
    if expired := [row.id for row in locked if row.expired]:
        connection.execute(_RECLAIM, {"ids": expired})
    values = {"ids": [row.id for row in locked], "cap": cap}
    leased = connection.execute(
        _LEASE, {**values, "limit": limit, "token": new_id(), "seconds": lease_seconds}
    ).all()
    return Claimed(_claims(leased), connection.execute(_NEXT_DUE, values).scalar())


def _claims(leased: Sequence[Row[Any]]) -> list[Claim]:
    """An event's content is in the first of its rows, and shared by all."""
    contents: dict[UUID, tuple[Any, ...]] = {}
    return [Claim(*row[:-_CONTENT], *contents.setdefault(row.event_id, row[-_CONTENT:])) for row in leased]


_LOCK_SUBSCRIPTIONS = text("""
    SELECT id, EXISTS (
        SELECT 1 FROM deliveries
        WHERE subscription_id = s.id AND state = 'sending' AND lease_until < statement_timestamp()
    ) AS expired
    FROM subscriptions s
    WHERE next_due <= statement_timestamp() AND enabled AND deleted_at IS NULL
    ORDER BY next_due LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
""")
_RECLAIM = text("""
    UPDATE deliveries SET state = 'due', due_at = clock_timestamp(), lease_token = NULL, lease_until = NULL
    WHERE id IN (
        SELECT id FROM deliveries
        WHERE subscription_id = ANY(:ids) AND state = 'sending' AND lease_until < statement_timestamp()
        FOR UPDATE SKIP LOCKED
    )
""").bindparams(bindparam("ids", type_=IDS))
_CONTENT = 3  # columns: the last ones of a claim
_LEASE = text("""
    WITH picked AS MATERIALIZED (
        SELECT d.id
        FROM unnest(:ids) AS s(id),
             LATERAL (SELECT count(*) AS busy FROM deliveries
                      WHERE subscription_id = s.id AND state = 'sending') AS f,
             LATERAL (SELECT id FROM deliveries
                      WHERE subscription_id = s.id AND state = 'due' AND due_at <= statement_timestamp()
                      ORDER BY due_at, id LIMIT greatest(:cap - f.busy, 0)
                      FOR UPDATE SKIP LOCKED) AS d
        LIMIT :limit
    ), leased AS (
        UPDATE deliveries SET
            state = 'sending', lease_token = :token,
            lease_until = clock_timestamp() + make_interval(secs => :seconds)
        WHERE id IN (SELECT id FROM picked)
        RETURNING *
    ), numbered AS (
        SELECT *, row_number() OVER (PARTITION BY event_id ORDER BY due_at, id) = 1 AS first FROM leased
    )
    SELECT d.lease_token, d.id, d.attempts - d.schedule_start + 1, d.sequence, b.id, b.url,
           array_prepend(b.secret, ARRAY(
               SELECT secret FROM former_secrets
               WHERE subscription_id = b.id AND expires_at > statement_timestamp() ORDER BY expires_at DESC)),
           e.id AS event_id, e.type, e.created_at, s.id, e.source, s.uri, r.version,
           CASE WHEN d.first THEN e.data END, CASE WHEN d.first THEN r.document END,
           CASE WHEN d.first THEN n.enrichment END
    FROM numbered d JOIN subscriptions b ON b.id = d.subscription_id JOIN events e ON e.id = d.event_id
         LEFT JOIN stories s ON s.id = e.story_id LEFT JOIN revisions r ON r.id = e.revision_id
         LEFT JOIN enrichments n ON n.revision_id = e.revision_id AND n.generation = e.generation
    ORDER BY d.due_at, d.id
""").bindparams(bindparam("ids", type_=IDS))
# At its cap a subscription waits for a delivery to be settled, or for a lease to run out.
_NEXT_DUE = text("""
    WITH renewed AS (
        UPDATE subscriptions s SET next_due = CASE
            WHEN (SELECT count(*) FROM deliveries WHERE subscription_id = s.id AND state = 'sending') >= :cap
            THEN (SELECT min(lease_until) FROM deliveries WHERE subscription_id = s.id AND state = 'sending')
            ELSE least(
                (SELECT min(due_at) FROM deliveries WHERE subscription_id = s.id AND state = 'due'),
                (SELECT min(lease_until) FROM deliveries WHERE subscription_id = s.id AND state = 'sending'))
            END
        WHERE s.id = ANY(:ids)
        RETURNING next_due
    )
    SELECT extract(epoch FROM least(
        (SELECT min(next_due) FROM renewed),
        (SELECT min(next_due) FROM subscriptions
         WHERE next_due IS NOT NULL AND enabled AND deleted_at IS NULL AND id <> ALL(:ids))
    ) - clock_timestamp())::double precision
""").bindparams(bindparam("ids", type_=IDS))
_SECONDS = text("""
    SELECT extract(epoch FROM min(next_due) - clock_timestamp())::double precision
    FROM subscriptions WHERE next_due IS NOT NULL AND enabled AND deleted_at IS NULL
""")


def call_others(connection: Connection, origin: str) -> None:
    """Tells every dispatcher that something is due.

    Args:
        connection: an open transaction; they hear when it is committed.
        origin: who tells; it need not heed itself.
    """
    connection.execute(_NOTIFY, {"channel": DELIVERIES_CHANNEL, "origin": origin})


_NOTIFY = text("SELECT pg_notify(:channel, :origin)")


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
    connection.execute(_LOCK, {"ids": sorted({claimed.subscription_id for claimed, _ in finished})})
    given = orjson.dumps([_settled(*each) for each in finished]).decode()
    rows = connection.execute(_SETTLE, {"given": given, "dispatcher": dispatcher})
    kept = {row.id: row.more for row in rows}
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
        **asdict(outcome.attempt),
    }


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
    SELECT d.id, coalesce(w.next_due <= clock_timestamp(), false) AS more
    FROM settled d LEFT JOIN waiting w ON w.id = d.subscription_id
""")
_AWAKEN = text("""
    UPDATE subscriptions s SET next_due = least(
        next_due, (SELECT min(due_at) FROM deliveries WHERE subscription_id = s.id AND state = 'due'))
    WHERE id = :id AND deleted_at IS NULL
""")


def find(connection: Connection, delivery_id: UUID, source: str | None) -> dict[str, Any] | None:
    """Returns a delivery with its attempts, if `source` may see its subscription."""
    row = connection.execute(_FIND, {"id": delivery_id, "source": source}).mappings().first()
    if row is None:
        return None
    tried = connection.execute(_ATTEMPTS, {"id": delivery_id}).mappings()
    return {**row, "attempts": [dict(each) for each in tried]}


def listing(  # noqa: PLR0913 - each is a filter of the API
    connection: Connection,
    *,
    source: str | None,
    subscription: UUID | None,
    state: DeliveryState | None,
    after: UUID | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Returns deliveries by id after `after`, `limit` at the most."""
    values = {"source": source, "subscription": subscription, "state": state, "after": after, "limit": limit}
    return [dict(row) for row in connection.execute(_LISTING, values).mappings()]


_COLUMNS = """
    d.id, d.subscription_id, d.sequence, d.event_id, e.type AS event_type, e.story_id, d.state,
    d.attempts AS attempt_count, d.due_at, d.created_at, d.settled_at, d.status, d.error_class
    FROM deliveries d JOIN subscriptions b ON b.id = d.subscription_id JOIN events e ON e.id = d.event_id
"""
_FIND = text(f"""
    SELECT {_COLUMNS} WHERE d.id = :id AND (CAST(:source AS text) IS NULL OR b.source = :source)
""")
_LISTING = text(f"""
    SELECT {_COLUMNS}
    WHERE (CAST(:source AS text) IS NULL OR b.source = :source)
      AND (CAST(:subscription AS uuid) IS NULL OR d.subscription_id = :subscription)
      AND (CAST(:state AS text) IS NULL OR d.state = :state)
      AND (CAST(:after AS uuid) IS NULL OR d.id > :after)
    ORDER BY d.id LIMIT :limit
""")
_ATTEMPTS = text("""
    SELECT number, started_at, duration_ms, status, error_class, detail, response, dispatcher
    FROM attempts WHERE delivery_id = :id ORDER BY number LIMIT 100
""")


def retry(connection: Connection, delivery_id: UUID) -> bool:
    """Makes a delivery due now, unless it is being sent or its subscription is gone. Returns whether it did.

    One that was settled starts its schedule anew; one that waits keeps its place in it.
    """
    row = connection.execute(_RETRY, {"id": delivery_id}).first()
    if row is None:
        return False
    connection.execute(_AWAKEN, {"id": row.subscription_id})
    connection.execute(text(f"NOTIFY {DELIVERIES_CHANNEL}"))
    return True


_RETRY = text("""
    UPDATE deliveries SET
        state = 'due', due_at = clock_timestamp(), settled_at = NULL,
        schedule_start = CASE WHEN state = 'due' THEN schedule_start ELSE attempts END
    WHERE id = :id AND state <> 'sending'
      AND EXISTS (SELECT 1 FROM subscriptions s WHERE s.id = subscription_id AND s.deleted_at IS NULL)
    RETURNING subscription_id
""")


def make_partition(connection: Connection, day: date) -> bool:
    """Makes the attempts' partition of one day, unless it is there; returns whether it made it.

    A day that has attempts in the default partition already keeps them there.
    """
    name = f"attempts_{day:%Y%m%d}"
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    end = start + timedelta(days=1)
    if connection.execute(_HAS_PARTITION, {"name": name, "start": start, "end": end}).scalar():
        return False
    # DDL takes no parameters; name and bounds are made of a date alone.
    connection.execute(
        text(
            f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF attempts"
            f" FOR VALUES FROM ('{start.isoformat()}') TO ('{end.isoformat()}')"
        )
    )
    return True


_HAS_PARTITION = text("""
    SELECT to_regclass(:name) IS NOT NULL
        OR EXISTS (SELECT 1 FROM attempts_default WHERE started_at >= :start AND started_at < :end)
""")
