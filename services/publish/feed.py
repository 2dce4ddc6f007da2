"""Who waits for events: any number of readers, woken by one question that is asked for all of them."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, NoReturn, TypeVar

import structlog
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from copydesk.errors import OutageError
from copydesk.store import placed
from copydesk.store.database import Database
from copydesk.web.problems import ProblemError

LOOK_SECONDS: Final = 0.2
OUTAGE_SECONDS: Final = 2.0
READINGS: Final = 4  # at once: no number of readers takes the connections of everyone else

log = structlog.get_logger(__name__)
Answer = TypeVar("Answer")


class Feed:
    """Readers that wait hold neither a thread nor a connection.

    Args:
        database: where events are.
        most: readers that wait at once, half of them of one source.
    """

    def __init__(self, database: Database, most: int) -> None:
        self._database = database
        self._most = most
        self._most_of_one = max(1, most // 2)
        self._waiting = 0
        self._waiting_of: Counter[str] = Counter()
        self._newest = 0
        self._stopping = False
        self._moved = asyncio.Event()
        self._readings = asyncio.Semaphore(READINGS)
        self._looking: asyncio.Task[None] | None = None

    def stop(self) -> None:
        """Lets nobody wait any longer."""
        self._stopping = True
        self._wake()

    async def close(self) -> None:
        """Ends the question that is asked for all: the database may be closed afterwards."""
        self.stop()
        if self._looking is not None:
            await asyncio.gather(self._looking, return_exceptions=True)

    @property
    def is_stopping(self) -> bool:
        """Whether readers should end."""
        return self._stopping

    @contextmanager
    def place(self, source: str) -> Iterator[None]:
        """Takes the place of one who waits, until the block ends.

        Args:
            source: the caller's; no source takes the places of all others.

        Raises:
            ProblemError: `too_many_waiting`: all are taken, or all that one source may take.
        """
        if self._waiting >= self._most:
            _refuse(f"{self._most} readers")
        if self._waiting_of[source] >= self._most_of_one:
            _refuse(f"{self._most_of_one} readers of your source")
        self._waiting += 1
        self._waiting_of[source] += 1
        try:
            yield
        finally:
            self._waiting -= 1
            self._waiting_of[source] -= 1

    async def read(self, question: Callable[[Connection], Answer]) -> Answer:
        """Asks the database in a transaction, off the event loop; a few at once, the others queue up.

        Raises:
            OutageError: the database is away.
        """

        def ask() -> Answer:
            with self._database.transaction() as connection:
                return question(connection)

        async with self._readings:
            return await run_in_threadpool(ask)

    async def beyond(self, position: int, seconds: float) -> bool:
        """Waits until there are events beyond a position, `seconds` at the most; returns whether there are.

        Needs a `place`.
        """
        try:
            async with asyncio.timeout(seconds):
                while self._newest <= position and not self._stopping:
                    if self._looking is None or self._looking.done():
                        self._looking = asyncio.create_task(self._look())
                    await self._moved.wait()
        except TimeoutError:
            pass
        return self._newest > position

    async def _look(self) -> None:
        """Asks how far events have come, while somebody waits."""
        while self._waiting and not self._stopping:
            try:
                newest = (await self.read(placed.bounds)).newest
            except OutageError as error:
                log.warning("feed.outage", error=str(error))
                await asyncio.sleep(OUTAGE_SECONDS)
                continue
            if newest != self._newest:
                self._newest = newest
                self._wake()
            await asyncio.sleep(LOOK_SECONDS)

    def _wake(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()


def _refuse(who: str) -> NoReturn:
    detail = f"{who} wait already: ask again in a few seconds, or without `wait`."
    raise ProblemError("too_many_waiting", detail)
