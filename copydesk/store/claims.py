"""Claims: what is due is leased, subscription by subscription."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, bindparam, text

from copydesk.model import new_id
from copydesk.store import statements
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
    locked = statements.rows(connection, _LOCK_SUBSCRIPTIONS, {"limit": limit})
    if not locked:
        return Claimed([], statements.value(connection, _SECONDS))
    # A statement of its own each: what other dispatchers committed before the lock is seen.
    if expired := [row.id for row in locked if row.expired]:
        statements.rows(connection, _RECLAIM, {"ids": expired})
    values = {"ids": [row.id for row in locked], "cap": cap}
    leased = statements.rows(
        connection, _LEASE, {**values, "limit": limit, "token": new_id(), "seconds": lease_seconds}
    )
    return Claimed(_claims(leased), statements.value(connection, _NEXT_DUE, values))


def _claims(leased: Sequence[Any]) -> list[Claim]:
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
