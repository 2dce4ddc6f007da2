"""Events: inserted with the change they tell of, placed in one gapless order, fanned out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from copydesk.model import OF_RECORDS, OPERATIONAL, EventType, Unplaced, new_id
from copydesk.store import statements
from copydesk.store.editions import EDITION, LEFT_JOIN_RECORD
from copydesk.store.keys import ADMINS
from copydesk.store.matching import Index, Matching

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


class Placed(NamedTuple):
    """How many events were given their place, and whether more waited then.

    Who asks again after it has heard of a further one misses none.
    """

    events: int
    more: bool


def fan_out(
    connection: Connection, matching: Matching, limit: int = 100, most_owed: int = 5_000
) -> Placed | None:
    """Gives the oldest unplaced events their positions and makes the deliveries they owe.

    Positions follow commit order without a gap, and so do the sequences of each subscription: one
    fan-out at a time, by advisory lock, and a rolled back one leaves the counters as they were.
    Nobody is told: who fans out claims next.

    Args:
        connection: an open transaction.
        matching: finds who wants an event; it is brought up to date.
        limit: events placed at the most.
        most_owed: once they owe so many deliveries no further event is placed; one always is.

    Returns:
        What was done; `None` where another process is at it.
    """
    turn = statements.value(connection, _TAKE_TURN, {"lock": _FAN_OUT_LOCK})
    if not turn:
        return Placed(0, more=False) if turn is None else None
    waiting = statements.rows(connection, _UNPLACED, {"limit": limit, "seen": matching.seen})
    placed: list[Unplaced] = []
    if waiting:
        if waiting[0].changed:
            matching.refresh(connection)
        admins = frozenset[str]()
        if any(row.type in OPERATIONAL for row in waiting):
            admins = frozenset(connection.execute(_ADMINS).scalars())
        owed: list[tuple[UUID, UUID]] = []
        for event in _with_contents(connection, waiting, matching.index):
            placed.append(event)
            owed += [(event.id, each) for each in matching.index.wanting(event, admins)]
            if len(owed) >= most_owed:
                break
        _place(connection, placed, owed)
    return Placed(len(placed), more=len(placed) < len(waiting) or len(waiting) == limit)


# NULL where nothing waits. What the lock's last holder placed is seen by the statement after this one.
_TAKE_TURN = text("""
    SELECT CASE WHEN EXISTS (SELECT 1 FROM events WHERE position IS NULL)
           THEN pg_try_advisory_xact_lock(:lock) END
""")
# In one look: of who subscribed before one of the events was committed it is said that something changed.
_UNPLACED = text("""
    SELECT e.id, e.type, e.source, r.document->>'language' AS language, e.subscription_id,
           EXISTS (SELECT 1 FROM subscriptions WHERE change > :seen) AS changed
    FROM events e LEFT JOIN revisions r ON r.id = e.revision_id
    WHERE e.position IS NULL ORDER BY e.created_at, e.id LIMIT :limit
""")

_ADMINS = text(ADMINS)


def _with_contents(connection: Connection, waiting: Sequence[Row[Any]], index: Index) -> Iterable[Unplaced]:
    """Returns events with what filters look at, which is read only where one does."""
    contents: dict[UUID, Row[Any]] = {}
    if index.reads_record or index.reads_text:
        wanted = {"record": index.reads_record, "text": index.reads_text, "ids": [row.id for row in waiting]}
        contents = {row.id: row for row in connection.execute(_CONTENTS, wanted)}
    for row in waiting:
        event = Unplaced(row.id, EventType(row.type), row.source, row.language, None, row.subscription_id)
        if found := contents.get(row.id):
            event = replace(event, enrichment=found.enrichment, title=found.title, body=found.body)
        yield event


_CONTENTS = text("""
    SELECT e.id, CASE WHEN :record THEN n.enrichment END AS enrichment,
           CASE WHEN :text THEN r.document->>'title' ELSE '' END AS title,
           CASE WHEN :text THEN r.document->>'body' ELSE '' END AS body
    FROM events e JOIN revisions r ON r.id = e.revision_id
         LEFT JOIN enrichments n ON n.revision_id = e.revision_id AND n.generation = e.generation
    WHERE e.id = ANY(:ids)
""").bindparams(bindparam("ids", type_=IDS))


def _place(connection: Connection, placing: Sequence[Unplaced], owed: Sequence[tuple[UUID, UUID]]) -> None:
    ids = [new_id() for _ in owed]
    rows = {
        "placed": [event.id for event in placing],
        "count": len(placing),
        "ids": ids,
        "events": [event_id for event_id, _ in owed],
        "subscriptions": [subscription for _, subscription in owed],
        "of_records": sorted(OF_RECORDS),
    }
    statements.rows(connection, _PLACE, rows)
    further = {event.id for event in placing if event.type in OF_RECORDS - {EventType.PUBLISHED}}
    newer = [each for each, (event, _) in zip(ids, owed, strict=True) if event in further]
    if newer:
        connection.execute(_SUPERSEDE, {"newer": newer})


_PLACE = text(f"""
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
           {EDITION}
    FROM owed o JOIN numbered n ON n.id = o.subscription_id JOIN events e ON e.id = o.event_id
         {LEFT_JOIN_RECORD}
""").bindparams(  # noqa: S608 - the columns are ours
    *(bindparam(name, type_=IDS) for name in ("placed", "ids", "events", "subscriptions"))
)
# A statement after the one that held the subscriptions: what was settled meanwhile is seen.
_SUPERSEDE = text("""
    UPDATE deliveries d SET state = 'superseded', settled_at = clock_timestamp()
    FROM deliveries n JOIN events e ON e.story_id = n.story_id
    WHERE n.id = ANY(:newer) AND d.event_id = e.id AND d.subscription_id = n.subscription_id
      AND d.edition < n.edition AND d.state = 'due'
""").bindparams(bindparam("newer", type_=IDS))
