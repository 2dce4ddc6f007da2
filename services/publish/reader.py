"""One who reads events: asks, waits where there are none, and asks again."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final

from sqlalchemy import Connection

from copydesk.store.placed import Wanted
from services.publish import pulling
from services.publish.cursors import Cursor
from services.publish.feed import Feed
from services.publish.pulling import Page

LOOKING_SECONDS: Final = 2.0  # for events that a filter wants, before a page without any is answered

Select = Callable[[Connection], Wanted]
Start = Callable[[Connection], Cursor]


class Reader:
    """Reads on from wherever it stands.

    Args:
        feed: where events come from.
        select: says what is wanted, each time that something is read: a subscription may have changed.
        start: says where it begins.
    """

    def __init__(self, feed: Feed, select: Select, start: Start) -> None:
        self._feed = feed
        self._select = select
        self._start = start
        self._cursor: Cursor | None = None

    async def page(self, limit: int, seconds: float, most_bytes: int | None = None) -> Page:
        """Returns what comes next, and stands behind it.

        Args:
            limit: events at the most.
            seconds: how long it waits for an event; without a place in the feed it must be 0.
            most_bytes: after which the page ends.

        Raises:
            ProblemError: `cursor_gone`; or what it wants is not there any more.
            OutageError: the database is away.
        """
        began = asyncio.get_running_loop().time()
        while True:
            page = await self._feed.read(partial(self._read, limit, most_bytes))
            self._cursor = page.next
            spent = asyncio.get_running_loop().time() - began
            if page.items or (page.more and spent > max(seconds, LOOKING_SECONDS)):
                return page
            if page.more:
                continue
            if spent >= seconds or not await self._feed.beyond(page.next.position, seconds - spent):
                return page

    def _read(self, limit: int, most_bytes: int | None, connection: Connection) -> Page:
        cursor = self._start(connection) if self._cursor is None else self._cursor
        return pulling.read(connection, self._select(connection), cursor, limit, most_bytes)
