"""Deliveries as a person sees them: found, listed, sent again; and where their attempts lie."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from copydesk.model import DeliveryState
from copydesk.store.editions import overtaken
from copydesk.store.events import DELIVERIES_CHANNEL


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
    SELECT id, number, started_at, duration_ms, dns_ms, connect_ms, tls_ms, first_byte_ms, status,
           error_class, detail, sent, received, response, dispatcher
    FROM attempts WHERE delivery_id = :id ORDER BY number LIMIT 100
""")


def retry(connection: Connection, delivery_id: UUID) -> bool:
    """Makes a delivery due now. Returns whether it did.

    Not while it is being sent, nor once its subscription is gone, a newer version of its story was sent or is
    to be, or it is older than its subscription wants.

    One that was settled starts its schedule anew. One that waits is sent besides: its schedule goes on where
    and when it would have.
    """
    # As everyone who makes something due: its subscription first, so that two never wait for each other, and
    # one that is being deleted is seen to be.
    connection.execute(_LOCK, {"id": delivery_id})
    row = connection.execute(_RETRY, {"id": delivery_id}).first()
    if row is None:
        return False
    connection.execute(_AWAKEN, {"id": row.subscription_id})
    connection.execute(text(f"NOTIFY {DELIVERIES_CHANNEL}"))
    return True


_LOCK = text("""
    SELECT FROM subscriptions
    WHERE id = (SELECT subscription_id FROM deliveries WHERE id = :id) FOR NO KEY UPDATE
""")
_RETRY = text(f"""
    UPDATE deliveries d SET
        state = 'due', settled_at = NULL,
        due_at = CASE WHEN state = 'due' THEN least(due_at, clock_timestamp()) ELSE clock_timestamp() END,
        resume_at = CASE WHEN state = 'due' AND due_at > clock_timestamp() THEN coalesce(resume_at, due_at)
                    WHEN state = 'due' THEN resume_at END,
        schedule_start = CASE WHEN state = 'due' THEN schedule_start ELSE attempts END
    WHERE id = :id AND state <> 'sending'
      AND EXISTS (
          SELECT FROM subscriptions s WHERE s.id = d.subscription_id AND s.deleted_at IS NULL
            AND (s.expires_after_seconds IS NULL
                 OR d.created_at + make_interval(secs => s.expires_after_seconds) > clock_timestamp()))
      AND NOT {overtaken("d")}
    RETURNING subscription_id
""")  # noqa: S608 - the condition is ours
_AWAKEN = text("""
    UPDATE subscriptions s SET next_due = least(
        next_due, (SELECT min(due_at) FROM deliveries WHERE subscription_id = s.id AND state = 'due'))
    WHERE id = :id AND deleted_at IS NULL
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
