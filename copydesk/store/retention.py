"""Retention: lets go of what is old and owed to nobody, a little at a time.

Ids sort by time, so a page of the oldest rows is a page of the primary key: each call looks at one page and
says where the next one begins. What may not go yet is stepped over, and looked at again when the pages are
through.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.exc import OperationalError

FIRST: Final = UUID(int=0)
_LOCK_NOT_AVAILABLE: Final = "55P03"


@dataclass(frozen=True, slots=True)
class Page:
    """What became of one page: how many rows went, and after which id the next page begins."""

    removed: int
    after: UUID


def _of_ids(statement: str) -> TextClause:
    return text(statement).bindparams(bindparam("ids", type_=ARRAY(PG_UUID(as_uuid=True))))


def remove_events(connection: Connection, days: int, after: UUID, limit: int) -> Page:
    """Removes a page's events that are older than `days`, with their deliveries.

    Never one that has no position yet, that is owed to a subscription, or that has a revision which is not
    settled; and
    never the newest one, so that whoever reads by position can see how far the positions have come.

    Args:
        connection: an open transaction.
        days: the age.
        after: `Page.after` of the page before, or `FIRST`.
        limit: events looked at.
    """
    old, following = _page(connection, _EVENTS, days, after, limit)
    chosen = list(connection.execute(_LOCK_SPENT, {"ids": old}).scalars())
    owed = _lock_owed(connection, chosen)
    gone = [each for each in chosen if each not in owed]
    connection.execute(_DELETE_DELIVERIES, {"ids": gone})
    connection.execute(_DELETE_EVENTS, {"ids": gone})
    return Page(len(gone), following)


def remove_stories(connection: Connection, days: int, after: UUID, limit: int) -> Page:
    """Removes a page's stories to which nothing happened for `days`, with all that belongs to them.

    Never one with a revision that is not settled, nor one with an event that `remove_events` would keep.
    Posted again, such a story is a new one, with a new id.

    Args:
        connection: an open transaction.
        days: the age, counted from the last thing that happened to any revision.
        after: `Page.after` of the page before, or `FIRST`.
        limit: stories looked at.
    """
    old, following = _page(connection, _STORIES, days, after, limit)
    locked = list(connection.execute(_LOCK_ENDED, {"ids": old, "days": days}).scalars())
    # A statement of its own: what was posted before the lock is seen, and nothing is posted after it.
    ended = list(connection.execute(_ENDED, {"ids": locked, "days": days}).scalars())
    events = {row.id: row.story_id for row in connection.execute(_LOCK_EVENTS, {"ids": ended})}
    owed = {events[event] for event in _lock_owed(connection, list(events))}
    gone = [each for each in ended if each not in owed]
    spent = [event for event, story in events.items() if story not in owed]
    connection.execute(_DELETE_DELIVERIES, {"ids": spent})
    connection.execute(_DELETE_EVENTS, {"ids": spent})
    connection.execute(_DELETE_REVISIONS, {"ids": gone})
    connection.execute(_DELETE_STORIES, {"ids": gone})
    return Page(len(gone), following)


def _page(
    connection: Connection, query: TextClause, days: int, after: UUID, limit: int
) -> tuple[list[UUID], UUID]:
    """Returns the old ids of a page, and after which the next begins: `FIRST` after one that is all young."""
    rows = connection.execute(query, {"days": days, "after": after, "limit": limit}).all()
    old = [row.id for row in rows if row.old]
    return old, rows[-1].id if old else FIRST


_EVENTS, _STORIES = (
    text(f"""
        SELECT id, created_at < now() - make_interval(days => :days) AS old
        FROM {table} WHERE id > :after ORDER BY id LIMIT :limit
    """)  # noqa: S608 - the names are ours
    for table in ("events", "stories")
)


def _lock_owed(connection: Connection, events: Sequence[UUID]) -> set[UUID]:
    """Locks the deliveries of events, and returns the events that are owed: a person may have retried one."""
    rows = connection.execute(_LOCK_DELIVERIES, {"ids": events})
    return {row.event_id for row in rows if row.state in {"due", "sending"}}


# The position is compared with the counter, so an event without one is never chosen.
_KEPT = """
    e.position IS NULL OR e.position >= (SELECT position FROM event_counter)
    OR EXISTS (SELECT FROM deliveries d WHERE d.event_id = e.id AND d.state IN ('due', 'sending'))
"""
_SETTLED = "r.state IN ('enriched', 'discarded')"
_LOCK_SPENT = _of_ids(f"""
    SELECT e.id FROM events e LEFT JOIN revisions r ON r.id = e.revision_id
    WHERE e.id = ANY(:ids) AND (r.id IS NULL OR {_SETTLED}) AND NOT ({_KEPT})
    ORDER BY e.id FOR UPDATE OF e SKIP LOCKED
""")  # noqa: S608 - the conditions are ours
_STORY_ENDED = f"""
    SELECT s.id FROM stories s
    WHERE s.id = ANY(:ids)
      AND NOT EXISTS (
        SELECT FROM revisions r WHERE r.story_id = s.id AND NOT (
            {_SETTLED} AND greatest(r.accepted_at, r.settled_at) < now() - make_interval(days => :days)))
      AND NOT EXISTS (
        SELECT FROM events e WHERE e.story_id = s.id
           AND (e.created_at >= now() - make_interval(days => :days) OR {_KEPT}))
    ORDER BY s.id
"""  # noqa: S608 - the conditions are ours
_ENDED = _of_ids(_STORY_ENDED)
_LOCK_ENDED = _of_ids(f"{_STORY_ENDED} FOR UPDATE OF s SKIP LOCKED")
_LOCK_EVENTS = _of_ids("SELECT id, story_id FROM events WHERE story_id = ANY(:ids) ORDER BY id FOR UPDATE")
_LOCK_DELIVERIES = _of_ids(
    "SELECT event_id, state FROM deliveries WHERE event_id = ANY(:ids) ORDER BY id FOR UPDATE"
)
_DELETE_DELIVERIES = _of_ids("DELETE FROM deliveries WHERE event_id = ANY(:ids)")
# Whoever reads by position is told of what it can no longer see.
_DELETE_EVENTS = _of_ids("""
    WITH gone AS (DELETE FROM events WHERE id = ANY(:ids) RETURNING position)
    UPDATE event_counter SET removed_position = newest.position
    FROM (SELECT max(position) AS position FROM gone) AS newest
    WHERE newest.position > removed_position
""")
_DELETE_REVISIONS = _of_ids("DELETE FROM revisions WHERE story_id = ANY(:ids)")  # steps, enrichments: cascade
_DELETE_STORIES = _of_ids("DELETE FROM stories WHERE id = ANY(:ids)")


def drop_attempts(connection: Connection, days: int) -> date | None:
    """Drops the oldest day of attempts, if all of it is older than `days`.

    For a moment that needs the whole table: where others hold it for too long, nothing happens.

    Returns:
        The day that was dropped; `None` where there is none, or it was held.
    """
    name = connection.execute(_OLDEST_DAY, {"days": days}).scalar()
    if name is None:
        return None
    try:
        with connection.begin_nested():
            connection.execute(_BRIEFLY)
            connection.execute(text(f"DROP TABLE IF EXISTS {name}"))  # a name that the query below let pass
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
            raise
        return None
    return datetime.strptime(name, "attempts_%Y%m%d").date()  # noqa: DTZ007 - a day, in UTC as its table


# Whoever queues up behind this lock waits no longer than this either.
_BRIEFLY = text("SET LOCAL lock_timeout = '100ms'")
_OLDEST_DAY = text(r"""
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'attempts'::regclass AND c.relname ~ '^attempts_[0-9]{8}$'
      AND to_date(right(c.relname, 8), 'YYYYMMDD') < (now() AT TIME ZONE 'UTC')::date - CAST(:days AS integer)
    ORDER BY c.relname LIMIT 1
""")


def remove_stray_attempts(connection: Connection, days: int, limit: int) -> int:
    """Removes attempts older than `days` that no day's table holds, `limit` at the most; returns how many."""
    removed: int = connection.execute(_STRAY, {"days": days, "limit": limit}).rowcount
    return removed


_STRAY = text("""
    DELETE FROM attempts_default WHERE (started_at, id) IN (
        SELECT started_at, id FROM attempts_default
        WHERE started_at < now() - make_interval(days => :days)
        ORDER BY started_at, id LIMIT :limit FOR UPDATE SKIP LOCKED)
""")
