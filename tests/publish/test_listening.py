import asyncio
from collections.abc import Awaitable, Callable

import psycopg
import pytest
from psycopg import AsyncConnection

from services.publish import listening

Talk = Callable[[AsyncConnection, asyncio.Event, "asyncio.Task[None]"], Awaitable[None]]


def _hear(url: str, during: Talk) -> list[str]:
    """Listens while something happens, and returns what was heard."""
    heard: list[str] = []

    async def run() -> None:
        stopping = asyncio.Event()
        async with asyncio.timeout(20):
            connect = AsyncConnection.connect
            async with (
                await connect(url, autocommit=True) as ours,
                await connect(url, autocommit=True) as other,
            ):
                await ours.execute("LISTEN news")
                hearing = asyncio.create_task(
                    listening.hear(ours, lambda each: heard.append(each.payload), stopping)
                )
                await asyncio.sleep(0)
                try:
                    await during(other, stopping, hearing)
                finally:
                    hearing.cancel()

    asyncio.run(run())
    return heard


def test_every_notification_is_told_as_it_comes_and_between_two_looks_too(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It asks now and then whether the connection lives: what comes just then is told as well."""
    monkeypatch.setattr(listening, "ALIVE_SECONDS", 0.001)
    wanted = [str(number) for number in range(200)]

    async def talk(other: AsyncConnection, stopping: asyncio.Event, hearing: "asyncio.Task[None]") -> None:
        for each in wanted:
            await other.execute("SELECT pg_notify('news', %s)", [each])
        await other.execute("SELECT pg_sleep(0.2)")
        stopping.set()
        await hearing

    assert _hear(database_url, talk) == wanted


def test_that_the_connection_is_gone_is_known_at_once(database_url: str) -> None:
    async def talk(other: AsyncConnection, _stopping: asyncio.Event, hearing: "asyncio.Task[None]") -> None:
        await other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN news'"
        )
        await asyncio.wait([hearing], timeout=listening.ALIVE_SECONDS / 2)
        with pytest.raises(psycopg.OperationalError):
            hearing.result()

    assert _hear(database_url, talk) == []
