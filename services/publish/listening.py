"""Notifications of PostgreSQL, heard as they come and without looking for them."""

import asyncio
from collections.abc import Callable

import psycopg
from psycopg import AsyncConnection, Notify

from copydesk.pauses import wait

ALIVE_SECONDS = 10.0  # between two questions whether the connection lives: a host that is gone says nothing


async def hear(connection: AsyncConnection, tell: Callable[[Notify], None], stopping: asyncio.Event) -> None:
    """Tells of each notification until it is told to stop.

    psycopg's own way wakes up ten times a second to see whether there are any.

    Args:
        connection: one that listens, in autocommit; it is used for nothing else meanwhile.
        tell: is called in the event loop.
        stopping: ends it, within ten seconds.

    Raises:
        psycopg.OperationalError: the connection is gone.
    """
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    connection.add_notify_handler(tell)  # of what comes while it is asked something

    def read() -> None:
        try:
            connection.pgconn.consume_input()
        except psycopg.OperationalError:
            ended.set()  # the question below says what it is
            loop.remove_reader(connection.fileno())
            return
        while found := connection.pgconn.notifies():
            tell(Notify(found.relname.decode(), found.extra.decode(), found.be_pid))

    while not stopping.is_set():
        loop.add_reader(connection.fileno(), read)
        try:
            await wait(ended, ALIVE_SECONDS)
        finally:
            loop.remove_reader(connection.fileno())
        await connection.execute("SELECT 1")
