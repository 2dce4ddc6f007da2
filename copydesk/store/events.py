"""Events: inserted with the change they tell of, placed in one gapless order, fanned out."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from copydesk.model import OF_RECORDS, EventType, Listener, Unplaced, new_id

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


def fan_out(connection: Connection, wants: Wants, limit: int = 100) -> int | None:
    """Gives the oldest unplaced events their positions and makes the deliveries they owe.

    Positions follow commit order without a gap, and so do the sequences of each subscription: one
    fan-out at a time, by advisory lock, and a rolled back one leaves the counters as they were.
    Nobody is told: who fans out claims next.

    Args:
        connection: an open transaction.
        wants: whether a listener wants an event; pure.
        limit: events placed at the most.

    Returns:
        How many events were placed; `None` where another process is at it.
    """
    turn = connection.execute(_TAKE_TURN, {"lock": _FAN_OUT_LOCK}).scalar()
    if not turn:
        return 0 if turn is None else None
    rows = connection.execute(_UNPLACED, {"limit": limit})
    waiting = [Unplaced(row[0], EventType(row[1]), *row[2:]) for row in rows]
    if waiting:
        listeners = connection.execute(_LISTENERS, {"types": sorted({event.type for event in waiting})})
        _place(connection, waiting, _owed(waiting, listeners, wants))
    return len(waiting)


# NULL where nothing waits. What the lock's last holder placed is seen by the statement after this one.
_TAKE_TURN = text("""
    SELECT CASE WHEN EXISTS (SELECT 1 FROM events WHERE position IS NULL)
           THEN pg_try_advisory_xact_lock(:lock) END
""")
# Only filters look at the enrichment: where no subscription has one, it is not read.
_UNPLACED = text("""
    SELECT e.id, e.type, e.source, r.document->>'language',
           CASE WHEN EXISTS (SELECT 1 FROM subscriptions WHERE filter IS NOT NULL AND deleted_at IS NULL)
           THEN n.enrichment END, e.subscription_id
    FROM events e LEFT JOIN revisions r ON r.id = e.revision_id
         LEFT JOIN enrichments n ON n.revision_id = e.revision_id AND n.generation = e.generation
    WHERE e.position IS NULL ORDER BY e.created_at, e.id LIMIT :limit
""")
# A statement after the one that read the events: who subscribed before an event was committed is seen.
# A disabled subscription is owed its deliveries all the same: enabling it sends them.
_LISTENERS = text("""
    SELECT event_types, id, source, filter, source IN (
        SELECT source FROM api_keys WHERE 'admin' = ANY(scopes) AND revoked_at IS NULL
    ) AS is_admin FROM subscriptions
    WHERE deleted_at IS NULL AND event_types && CAST(:types AS text[]) ORDER BY id
""")


def _owed(
    waiting: Sequence[Unplaced], listeners: Iterable[Row[Any]], wants: Wants
) -> list[tuple[UUID, UUID]]:
    """Returns the pairs of event and subscription, in the order of the subscriptions."""
    return [
        (event.id, listener.id)
        for row in listeners
        for listener in (Listener(row.id, row.source, row.filter, row.is_admin),)
        for event in waiting
        if event.type in row.event_types and wants(event, listener)
    ]


def _place(connection: Connection, waiting: Sequence[Unplaced], owed: Sequence[tuple[UUID, UUID]]) -> None:
    ids = [new_id() for _ in owed]
    rows = {
        "placed": [event.id for event in waiting],
        "count": len(waiting),
        "ids": ids,
        "events": [event for event, _ in owed],
        "subscriptions": [subscription for _, subscription in owed],
        "of_records": sorted(OF_RECORDS),
    }
    connection.execute(_PLACE, rows)
    further = {event.id for event in waiting if event.type in OF_RECORDS - {EventType.PUBLISHED}}
    if any(event in further for event, _ in owed):
        newer = [each for each, (event, _) in zip(ids, owed, strict=True) if event in further]
        connection.execute(_SUPERSEDE, {"newer": newer})


_PLACE = text("""
    WITH counted AS (
        UPDATE event_counter SET position = position + :count RETURNING position - :count AS before
    ), placed AS (
        UPDATE events e SET position = counted.before + given.number
        FROM counted, unnest(:placed) WITH ORDINALITY AS given(id, number)
        WHERE e.id = given.id
    ), owed AS (
        SELECT id, event_id, subscription_id,
               row_number() OVER (PARTITION BY subscription_id ORDER BY nth) AS number
        FROM unnest(:ids, :events, :subscriptions)
             WITH ORDINALITY AS given(id, event_id, subscription_id, nth)
    ), locked AS MATERIALIZED (
        SELECT id FROM subscriptions WHERE id = ANY(:subscriptions) AND deleted_at IS NULL
        ORDER BY id FOR NO KEY UPDATE
    ), numbered AS (
        UPDATE subscriptions s SET
            next_due = least(s.next_due, now()), last_sequence = s.last_sequence + o.count
        FROM locked, (SELECT subscription_id, count(*) AS count FROM owed GROUP BY subscription_id) AS o
        WHERE s.id = locked.id AND o.subscription_id = locked.id
        RETURNING s.id, s.last_sequence - o.count AS before
    )
    INSERT INTO deliveries (id, event_id, subscription_id, sequence, state, story_id, edition)
    SELECT o.id, o.event_id, o.subscription_id, n.before + o.number, 'due', r.story_id,
           CAST(r.version AS bigint) << 32 | e.generation
    FROM owed o JOIN numbered n ON n.id = o.subscription_id JOIN events e ON e.id = o.event_id
         LEFT JOIN revisions r ON r.id = e.revision_id AND e.type = ANY(:of_records)
""").bindparams(*(bindparam(name, type_=IDS) for name in ("placed", "ids", "events", "subscriptions")))
# A statement after the one that held the subscriptions: what was settled meanwhile is seen.
_SUPERSEDE = text("""
    UPDATE deliveries d SET state = 'superseded', settled_at = clock_timestamp()
    FROM deliveries n JOIN events e ON e.story_id = n.story_id
    WHERE n.id = ANY(:newer) AND d.event_id = e.id AND d.subscription_id = n.subscription_id
      AND d.edition < n.edition AND d.state = 'due'
""").bindparams(bindparam("newer", type_=IDS))
