"""Events: inserted with the change they tell of, placed in one gapless order, fanned out."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from copydesk.model import EventType, Listener, Unplaced, new_id

# A dispatcher listens on both: an event waits for its place, a delivery is due.
EVENTS_CHANNEL = "copydesk_events"
DELIVERIES_CHANNEL = "copydesk_deliveries"
_FAN_OUT_LOCK = 7_203_650_002
IDS = ARRAY(PG_UUID(as_uuid=True))
"""The type of a parameter that takes a list of ids."""


def announce(connection: Connection, events: Sequence[Mapping[str, Any]]) -> None:
    """Inserts events without a place yet, each once a (revision, generation, type), and wakes a dispatcher.

    Args:
        connection: an open transaction.
        events: rows without id and position.
    """
    connection.execute(_ANNOUNCE, [{"id": new_id(), "channel": EVENTS_CHANNEL, **each} for each in events])


_ANNOUNCE = text("""
    WITH made AS (
        INSERT INTO events (id, type, story_id, revision_id, generation, source, data)
        VALUES (:id, :type, :story_id, :revision_id, :generation, :source, :data)
        ON CONFLICT DO NOTHING RETURNING id
    )
    SELECT pg_notify(:channel, '') FROM made
""").bindparams(bindparam("data", type_=JSONB(none_as_null=True)))


Wants = Callable[[Unplaced, Listener], bool]


def fan_out(connection: Connection, wants: Wants, limit: int = 100, *, origin: str = "") -> int | None:
    """Gives the oldest unplaced events their positions and makes the deliveries they owe.

    Positions follow commit order without a gap: one fan-out at a time, by advisory lock, and a
    rolled back one leaves the counter as it was.

    Args:
        connection: an open transaction.
        wants: whether a listener wants an event; pure.
        limit: events placed at the most.
        origin: who fans out; told with the notification, so that it need not heed its own.

    Returns:
        How many events were placed; `None` where another process is at it.
    """
    if not connection.execute(_TRY_LOCK, {"lock": _FAN_OUT_LOCK}).scalar():
        return None
    rows = connection.execute(_UNPLACED, {"limit": limit})
    waiting = [Unplaced(row[0], EventType(row[1]), *row[2:]) for row in rows]
    if not waiting:
        return 0
    _place(connection, [event.id for event in waiting])
    owed = [
        (event.id, listener.id)
        for event_type in sorted({event.type for event in waiting})
        for listener in _listeners(connection, event_type)
        for event in waiting
        if event.type == event_type and wants(event, listener)
    ]
    _owe(connection, owed, origin)
    return len(waiting)


_TRY_LOCK = text("SELECT pg_try_advisory_xact_lock(:lock)")
_UNPLACED = text("""
    SELECT e.id, e.type, e.source, r.document->>'language', n.enrichment
    FROM events e JOIN revisions r ON r.id = e.revision_id
         LEFT JOIN enrichments n ON n.revision_id = e.revision_id AND n.generation = e.generation
    WHERE e.position IS NULL ORDER BY e.created_at, e.id LIMIT :limit
""")


def _place(connection: Connection, ids: Sequence[UUID]) -> None:
    last = connection.execute(_COUNT, {"count": len(ids)}).scalar_one()
    first = last - len(ids) + 1
    connection.execute(_PLACE, {"ids": list(ids), "before": first - 1})


_COUNT = text("UPDATE event_counter SET position = position + :count RETURNING position")
_PLACE = text("""
    UPDATE events e SET position = :before + placed.number
    FROM unnest(:ids) WITH ORDINALITY AS placed(id, number)
    WHERE e.id = placed.id AND e.position IS NULL
""").bindparams(bindparam("ids", type_=IDS))


def _listeners(connection: Connection, event_type: str) -> list[Listener]:
    return [Listener(*row) for row in connection.execute(_LISTENERS, {"type": event_type})]


# A disabled subscription is owed its deliveries all the same: enabling it sends them.
_LISTENERS = text("""
    SELECT id, source, filter FROM subscriptions
    WHERE deleted_at IS NULL AND event_types @> ARRAY[CAST(:type AS text)] ORDER BY id
""")


def _owe(connection: Connection, owed: Sequence[tuple[UUID, UUID]], origin: str) -> None:
    if not owed:
        return
    rows = {
        "ids": [new_id() for _ in owed],
        "events": [event for event, _ in owed],
        "subscriptions": [subscription for _, subscription in owed],
    }
    connection.execute(_OWE, rows)
    connection.execute(_AWAKEN, {"ids": sorted({subscription for _, subscription in owed})})
    connection.execute(_NOTIFY, {"channel": DELIVERIES_CHANNEL, "origin": origin})


_OWE = text("""
    INSERT INTO deliveries (id, event_id, subscription_id, state)
    SELECT *, 'due' FROM unnest(:ids, :events, :subscriptions)
""").bindparams(*(bindparam(name, type_=IDS) for name in ("ids", "events", "subscriptions")))
_NOTIFY = text("SELECT pg_notify(:channel, :origin)")
_AWAKEN = text("""
    UPDATE subscriptions SET next_due = least(coalesce(next_due, now()), now())
    WHERE id IN (SELECT id FROM subscriptions WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE)
""").bindparams(bindparam("ids", type_=IDS))
