"""What a reader gets who asks for events: those that its filter wants, in order, within bounds."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import Connection

from copydesk.store import placed
from copydesk.store.placed import Wanted
from copydesk.web.problems import ProblemError
from services.publish import filters, message
from services.publish.cursors import Cursor
from services.publish.shape import Shape

LOOKED_AT: Final = 200  # events that one reading holds against a filter
WINDOW: Final = 20_000  # positions that one reading goes on at the most, however few are of its types
FETCHED: Final = 10  # events whose content is read at once: each may be a few MiB
MOST_BYTES: Final = 4 << 20  # after these a page ends, unless it is told to end sooner


class Item(NamedTuple):
    """One event for a reader: where it stands, its type, and the JSON that tells it."""

    cursor: Cursor
    type: str
    json: bytes


class Page(NamedTuple):
    """Events in order, where to go on, and whether there is more to look at now."""

    items: list[Item]
    next: Cursor
    more: bool


def beginning(connection: Connection) -> Cursor:
    """Returns the cursor from which everything is read that is still there."""
    return Cursor(0, placed.bounds(connection).removed)


def end(connection: Connection) -> Cursor:
    """Returns the cursor from which only what comes is read."""
    return Cursor(placed.bounds(connection).newest)


def read(
    connection: Connection, wanted: Wanted, cursor: Cursor, limit: int, most_bytes: int | None = None
) -> Page:
    """Returns the events after a cursor; it may have none and more, where a filter wants little.

    Args:
        connection: an open transaction.
        wanted: who reads, and what.
        cursor: where its reader stands.
        limit: events at the most.
        most_bytes: after which the page ends.

    Raises:
        ProblemError: `cursor_gone`: something after the cursor was removed, or it is ahead of everything.
    """
    newest = placed.bounds(connection).newest
    condition = filters.condition(wanted.listener.filter)
    stretch = placed.candidates(
        connection,
        after=cursor.position,
        until=min(newest, cursor.position + WINDOW),
        types=wanted.types,
        limit=LOOKED_AT,
        record=filters.reads_record(condition),
        words=filters.reads_text(condition),
    )
    chosen = [each for each in stretch.found if filters.wants(each.event, wanted.listener)]
    ids = [each.event.id for each in chosen[:limit]]
    shape = Shape.of(wanted.shape)
    items = list(_items(connection, ids, cursor, shape, MOST_BYTES if most_bytes is None else most_bytes))
    # Asked last: what was removed while this was read is known by now.
    _check(cursor, placed.Bounds(newest, placed.bounds(connection).removed))
    if len(items) < len(chosen):
        position = items[-1].cursor.position if items else cursor.position
    else:
        position = stretch.position
    return Page(items, cursor.at(position), position < newest)


def _items(
    connection: Connection, ids: Sequence[UUID], cursor: Cursor, shape: Shape, most_bytes: int
) -> Iterator[Item]:
    size = 0
    for start in range(0, len(ids), FETCHED):
        for told in placed.told(connection, ids[start : start + FETCHED]):
            item = _item(told, cursor.at(told.position), shape)
            yield item
            size += len(item.json)
            if size > most_bytes:
                return


def _item(told: placed.Told, cursor: Cursor, shape: Shape) -> Item:
    document = {
        "id": str(told.event_id),
        "cursor": str(cursor),
        "event": orjson.Fragment(message.body(told, shape)),
    }
    return Item(cursor, told.event_type, orjson.dumps(document))


def _check(cursor: Cursor, bounds: placed.Bounds) -> None:
    if cursor.position > bounds.newest:
        raise ProblemError(
            "cursor_gone",
            "This cursor is ahead of every event, as after a restore from a backup. `next` goes on from the"
            " newest event; what came before it is read without `after`.",
            next=str(Cursor(bounds.newest)),
        )
    if cursor.misses(bounds.removed):
        raise ProblemError(
            "cursor_gone",
            "Events after this cursor were removed because of their age. `next` goes on with those that are"
            " still there.",
            next=str(Cursor(cursor.position, bounds.removed)),
        )
