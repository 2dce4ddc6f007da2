"""Placed events: read in their one order, by position.

Positions are given in the order of commits, one fan-out at a time: whoever has seen a position has seen, or
can see, every lower one. So a position is a cursor; what was removed since leaves a gap, and the counter says
how far.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, bindparam, text

from copydesk.model import EventType, Listener, Unplaced
from copydesk.store import telling
from copydesk.store.events import IDS
from copydesk.store.keys import ADMINS


class Bounds(NamedTuple):
    """The position of the newest event, and the highest one whose event was ever removed; 0 for none."""

    newest: int
    removed: int


def bounds(connection: Connection) -> Bounds:
    """Returns how far the positions have come, and how far events were removed."""
    return Bounds(*connection.execute(_BOUNDS).one())


_BOUNDS = text("SELECT position, removed_position FROM event_counter")


class Wanted(NamedTuple):
    """What a reader wants: it listens as a subscription does, to these types.

    `shape` is how it is told, as in a claim.
    """

    listener: Listener
    types: Sequence[EventType]
    shape: dict[str, Any] | None = None


def wanted(
    connection: Connection, subscription_id: UUID, source: str | None, *, hold: bool = False
) -> Wanted | None:
    """Returns what a subscription is told, if `source` may see it.

    Args:
        connection: an open transaction.
        subscription_id: the subscription.
        source: whose subscriptions may be seen; `None` for everyone's.
        hold: whether nobody may owe or send it anything until the transaction ends.
    """
    query = _HELD if hold else _WANTED
    row = connection.execute(query, {"id": subscription_id, "source": source}).one_or_none()
    if row is None:
        return None
    types = [EventType(each) for each in row.event_types]
    return Wanted(Listener(row.id, row.source, row.filter, row.is_admin), types, row.shape)


_QUESTION = f"""
    SELECT event_types, id, source, filter, source IN ({ADMINS}) AS is_admin, {telling.shape("s")} AS shape
    FROM subscriptions s
    WHERE id = :id AND deleted_at IS NULL AND (CAST(:source AS text) IS NULL OR source = :source)
"""  # noqa: S608 - the columns are ours
_WANTED, _HELD = text(_QUESTION), text(f"{_QUESTION} FOR NO KEY UPDATE")


class Candidate(NamedTuple):
    """An event with its position, as filters look at it."""

    position: int
    event: Unplaced


class Stretch(NamedTuple):
    """Events of a stretch of positions, and the last of these: nothing that was asked for is left before."""

    found: list[Candidate]
    position: int


def candidates(  # noqa: PLR0913 - the bounds of a page
    connection: Connection,
    *,
    after: int,
    until: int,
    types: Sequence[EventType],
    limit: int,
    record: bool,
    words: bool,
    since: datetime | None = None,
    before: datetime | None = None,
) -> Stretch:
    """Returns the next events of some types, in the order of their positions, without what was erased.

    Args:
        connection: an open transaction.
        after: the position before the first.
        until: the last position.
        types: the types wanted.
        limit: events at the most.
        record: whether filters will look at what enrichment found; without, it is not read.
        words: whether they will look at title and body; without, they are not read.
        since: only what happened then or later.
        before: only what happened before then.
    """
    values = {
        "after": after,
        "until": until,
        "types": [str(kind) for kind in types],
        "limit": limit,
        "record": record,
        "words": words,
        "since": since,
        "before": before,
    }
    found = [
        Candidate(position, Unplaced(event_id, EventType(kind), *rest))
        for position, event_id, kind, *rest in connection.execute(_CANDIDATES, values)
    ]
    return Stretch(found, found[-1].position if len(found) == limit else until)


_CANDIDATES = text("""
    SELECT e.position, e.id, e.type, e.source, r.document->>'language', n.enrichment, e.subscription_id,
           CASE WHEN :words AND r.id IS NOT NULL THEN r.document->>'title' ELSE '' END,
           CASE WHEN :words AND r.id IS NOT NULL THEN r.document->>'body' ELSE '' END
    FROM events e LEFT JOIN revisions r ON r.id = e.revision_id
         LEFT JOIN enrichments n
             ON :record AND n.revision_id = e.revision_id AND n.generation = e.generation
    WHERE e.position > :after AND e.position <= :until AND e.type = ANY(CAST(:types AS text[]))
      AND r.erased_at IS NULL
      AND (CAST(:since AS timestamptz) IS NULL OR e.created_at >= :since)
      AND (CAST(:before AS timestamptz) IS NULL OR e.created_at < :before)
    ORDER BY e.position LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class Told:
    """An event with all that its body is made of: `data`, or what is of a story."""

    position: int
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


def told(connection: Connection, ids: Sequence[UUID]) -> list[Told]:
    """Returns events with their content, in the order of their positions; without what is gone, or erased."""
    return [Told(*row) for row in connection.execute(_TOLD, {"ids": list(ids)})]


_TOLD = text("""
    SELECT e.position, e.id, e.type, e.created_at, s.id, e.source, s.uri, r.version, e.data,
           r.document, n.enrichment
    FROM events e LEFT JOIN stories s ON s.id = e.story_id LEFT JOIN revisions r ON r.id = e.revision_id
         LEFT JOIN enrichments n ON n.revision_id = e.revision_id AND n.generation = e.generation
    WHERE e.id = ANY(:ids) AND e.position IS NOT NULL AND r.erased_at IS NULL ORDER BY e.position
""").bindparams(bindparam("ids", type_=IDS))
