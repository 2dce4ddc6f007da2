"""Events as a stream: server-sent events, as the WHATWG's HTML standard says.

An event without data changes nothing for a reader but the id that it comes back with: so a heartbeat takes
it along, past all that its filter does not want.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from copydesk.errors import CallerError, OutageError
from services.publish.cursors import Cursor
from services.publish.feed import Feed
from services.publish.pulling import Item, Page
from services.publish.reader import Reader

HEARTBEAT_SECONDS: Final = 15.0
RETRY_MS: Final = 3_000  # before a reader comes back whose stream has ended
AT_ONCE: Final = 100
MOST_BYTES: Final = 256 << 10  # kept for one reader, and one event more
_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Stream(StreamingResponse):
    """Sends what a reader reads until it goes, or has to.

    Args:
        feed: where it takes a place.
        source: the caller's.
        reader: who stands behind the first page.
        first: the page.
        check: raises where the reader may not go on; asked after each page and heartbeat.
    """

    def __init__(
        self, feed: Feed, source: str, reader: Reader, first: Page, check: Callable[[], Awaitable[object]]
    ) -> None:
        self._feed = feed
        self._source = source
        self._reader = reader
        self._check = check
        super().__init__(self._parts(first), headers=_HEADERS, media_type="text/event-stream")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers, in a place of the feed.

        Raises:
            ProblemError: `too_many_waiting`.
        """
        with self._feed.place(self._source):
            await super().__call__(scope, receive, send)

    async def _parts(self, page: Page) -> AsyncIterator[bytes]:
        yield b"retry: %d\n\n" % RETRY_MS
        try:
            while True:
                for item in page.items:
                    yield _event(item)
                if not page.items:
                    yield _heartbeat(page.next)
                if self._feed.is_stopping:
                    return
                await self._check()
                page = await self._reader.page(AT_ONCE, HEARTBEAT_SECONDS, MOST_BYTES)
        except (CallerError, OutageError):
            return  # whoever comes back is told


def _event(item: Item) -> bytes:
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (str(item.cursor).encode(), item.type.encode(), item.json)


def _heartbeat(cursor: Cursor) -> bytes:
    return b": heartbeat\nid: %b\n\n" % str(cursor).encode()
