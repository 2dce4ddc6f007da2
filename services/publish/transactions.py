"""Transactions of a synchronous store, made from an event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import Connection

from copydesk.settings import DispatcherSettings
from copydesk.store.database import Database

Answer = TypeVar("Answer")


class Transactions:
    """Connections, and as many threads to wait for them."""

    def __init__(self, settings: DispatcherSettings) -> None:
        size = settings.database_pool_size
        self._database = Database(
            settings.database_url, pool_size=size, application_name="copydesk-dispatcher"
        )
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="store")

    async def make(self, change: Callable[[Connection], Answer]) -> Answer:
        """Makes one change in a transaction of its own, off the event loop.

        Raises:
            OutageError: see `Database.transaction`.
        """

        def transact() -> Answer:
            with self._database.transaction() as connection:
                return change(connection)

        return await asyncio.get_running_loop().run_in_executor(self._threads, transact)

    def close(self) -> None:
        """Waits for what is under way and closes every connection."""
        self._threads.shutdown()
        self._database.close()
