"""Deliveries: claimed by subscription, sent under a lease, settled once."""

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from copydesk.model import Attempt, DeliveryState, new_id
from copydesk.store.events import DELIVERIES_CHANNEL

_IDS = ARRAY(PG_UUID(as_uuid=True))


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery leased to one dispatcher, with all that its request is made of.

    `tries` counts this try within the retry schedule, from 1. `secrets` are all that it is signed with, the
    newest first.
    """

    token: UUID
    delivery_id: UUID
    tries: int
    subscription_id: UUID
    url: str
    secrets: list[bytes]
    event_id: UUID
    event_type: str
    event_at: datetime
    data: dict[str, Any] | None
    story_id: UUID
    source: str
    uri: str
    version: int
    document: dict[str, Any]
    enrichment: dict[str, Any] | None


def claim(connection: Connection, *, cap: int, limit: int, lease_seconds: float) -> list[Claim]:
    """Leases due deliveries, subscription by subscription; several dispatchers never take the same.

    Args:
        connection: an open transaction.
        cap: deliveries in flight to one subscription, by all dispatchers together.
        limit: deliveries claimed at the most.
        lease_seconds: how long they are held.
    """
    chosen = connection.execute(_LOCK_SUBSCRIPTIONS, {"limit": limit}).scalars().all()
    if not chosen:
        return []
    # A statement of its own each: what other dispatchers committed before the lock is seen.
    connection.execute(_RECLAIM, {"ids": chosen})
    claimed = connection.execute(
        _LEASE,
        {"ids": chosen, "cap": cap, "limit": limit, "token": new_id(), "seconds": lease_seconds},
    )
    ids = [row.id for row in claimed]
    connection.execute(_NEXT_DUE, {"ids": chosen, "cap": cap})
    if not ids:
        return []
    return [Claim(*row) for row in connection.execute(_CLAIMED, {"ids": ids})]


_LOCK_SUBSCRIPTIONS = text("""
    SELECT id FROM subscriptions
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
""").bindparams(bindparam("ids", type_=_IDS))
_LEASE = text("""
    UPDATE deliveries SET
        state = 'sending', lease_token = :token,
        lease_until = clock_timestamp() + make_interval(secs => :seconds)
    WHERE id IN (
        SELECT d.id
        FROM unnest(:ids) AS s(id),
             LATERAL (SELECT count(*) AS busy FROM deliveries
                      WHERE subscription_id = s.id AND state = 'sending') AS f,
             LATERAL (SELECT id FROM deliveries
                      WHERE subscription_id = s.id AND state = 'due' AND due_at <= statement_timestamp()
                      ORDER BY due_at, id LIMIT greatest(:cap - f.busy, 0)
                      FOR UPDATE SKIP LOCKED) AS d
        LIMIT :limit
    )
    RETURNING id
""").bindparams(bindparam("ids", type_=_IDS))
# At its cap a subscription waits for a delivery to be settled, or for a lease to run out.
_NEXT_DUE = text("""
    UPDATE subscriptions s SET next_due = CASE
        WHEN (SELECT count(*) FROM deliveries WHERE subscription_id = s.id AND state = 'sending') >= :cap
        THEN (SELECT min(lease_until) FROM deliveries WHERE subscription_id = s.id AND state = 'sending')
        ELSE least(
            (SELECT min(due_at) FROM deliveries WHERE subscription_id = s.id AND state = 'due'),
            (SELECT min(lease_until) FROM deliveries WHERE subscription_id = s.id AND state = 'sending'))
        END
    WHERE s.id = ANY(:ids)
""").bindparams(bindparam("ids", type_=_IDS))
_CLAIMED = text("""
    SELECT d.lease_token, d.id, d.attempts - d.schedule_start + 1, b.id, b.url,
           array_prepend(b.secret, ARRAY(
               SELECT secret FROM former_secrets
               WHERE subscription_id = b.id AND expires_at > statement_timestamp() ORDER BY expires_at DESC)),
           e.id, e.type, e.created_at, e.data,
           s.id, s.source, s.uri, r.version, r.document, n.enrichment
    FROM deliveries d JOIN subscriptions b ON b.id = d.subscription_id JOIN events e ON e.id = d.event_id
         JOIN stories s ON s.id = e.story_id JOIN revisions r ON r.id = e.revision_id
         LEFT JOIN enrichments n ON n.revision_id = e.revision_id AND n.generation = e.generation
    WHERE d.id = ANY(:ids) ORDER BY d.due_at, d.id
""").bindparams(bindparam("ids", type_=_IDS))


def seconds_to_next(connection: Connection) -> float | None:
    """Returns the seconds until the next subscription has something due, below 0 where it is overdue.

    `None` where nothing is owed.
    """
    seconds: float | None = connection.execute(_SECONDS).scalar()
    return seconds


_SECONDS = text("""
    SELECT extract(epoch FROM min(next_due) - clock_timestamp())::double precision
    FROM subscriptions WHERE next_due IS NOT NULL AND enabled AND deleted_at IS NULL
""")


@dataclass(frozen=True, slots=True)
class Settlement:
    """What follows from an attempt: `delivered`, `exhausted`, or `due` again after `retry_seconds`."""

    state: DeliveryState
    attempt: Attempt
    retry_seconds: float | None = None


class Settled(NamedTuple):
    """Whether an attempt was stored, and whether its subscription has more that is due."""

    kept: bool
    more: bool


def settle(connection: Connection, claimed: Claim, outcome: Settlement, dispatcher: str) -> Settled:
    """Stores the attempt and what follows from it, unless the lease was lost."""
    values = {
        "id": claimed.delivery_id,
        "token": claimed.token,
        "state": outcome.state,
        "pause": outcome.retry_seconds or 0,
        "status": outcome.attempt.status,
        "error_class": outcome.attempt.error_class,
    }
    number = connection.execute(_SETTLE, values).scalar()
    if number is None:
        return Settled(kept=False, more=False)
    connection.execute(
        _NOTE,
        {
            "id": new_id(),
            **asdict(outcome.attempt),
            "delivery_id": claimed.delivery_id,
            "number": number,
            "dispatcher": dispatcher,
        },
    )
    more = connection.execute(_AWAKEN, {"id": claimed.subscription_id}).scalar()
    return Settled(kept=True, more=bool(more))


# What would be tried again is discarded where the subscription was deleted meanwhile.
_SETTLE = text("""
    UPDATE deliveries SET
        state = CASE WHEN :state = 'due' AND EXISTS (
            SELECT 1 FROM subscriptions s WHERE s.id = subscription_id AND s.deleted_at IS NOT NULL
        ) THEN 'discarded' ELSE :state END, attempts = attempts + 1, lease_token = NULL, lease_until = NULL,
        due_at = CASE WHEN :state = 'due' THEN clock_timestamp() + make_interval(secs => :pause)
                 ELSE due_at END,
        settled_at = CASE WHEN :state = 'due' THEN NULL ELSE clock_timestamp() END,
        status = :status, error_class = :error_class
    WHERE id = :id AND state = 'sending' AND lease_token = :token
    RETURNING attempts
""")
_NOTE = text("""
    INSERT INTO attempts (id, started_at, delivery_id, number, duration_ms, status, error_class, detail,
                          response, dispatcher)
    VALUES (:id, :started_at, :delivery_id, :number, :duration_ms, :status, :error_class, :detail,
            :response, :dispatcher)
""")
_AWAKEN = text("""
    UPDATE subscriptions s SET next_due = least(
        next_due, (SELECT min(due_at) FROM deliveries WHERE subscription_id = s.id AND state = 'due'))
    WHERE id = :id AND deleted_at IS NULL
    RETURNING next_due <= statement_timestamp()
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
    d.id, d.subscription_id, d.event_id, e.type AS event_type, e.story_id, d.state,
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
