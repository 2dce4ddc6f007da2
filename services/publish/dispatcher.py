"""`python -m services.publish.dispatcher`: fans events out and sends the deliveries that are due.

Any number of dispatchers may run beside each other. Each waits for news from PostgreSQL, looks for itself
now and then in case it missed some, and sends signed webhooks. Settings: `copydesk settings`. SIGTERM lets
it finish the requests in hand.
"""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import aiohttp
import psycopg
import structlog
import uvloop
from sqlalchemy import Connection

from copydesk import metrics, process
from copydesk.errors import OutageError
from copydesk.model import Attempt, DeliveryState
from copydesk.settings import DispatcherSettings
from copydesk.store import deliveries, events
from copydesk.store.database import Database
from copydesk.store.deliveries import Claim, Settlement
from services.publish import endpoints, filters, message, schedule, sealing, sender, signature
from services.publish.vault import Vault

log = structlog.get_logger(__name__)
Answer = TypeVar("Answer")
OUTAGE_SECONDS = 0.5
PARTITION_SECONDS = 3_600.0
PARTITION_DAYS = 7
LISTEN_SECONDS = 10.0
FAN_OUT = 100  # events a turn


class Dispatcher:
    """Fans out, claims, sends and settles until it is told to stop."""

    def __init__(self, settings: DispatcherSettings) -> None:
        self._settings = settings
        self._vault = Vault(settings.secrets_key)
        self._database = Database(
            settings.database_url,
            pool_size=settings.database_pool_size,
            application_name="copydesk-dispatcher",
        )
        self._threads = ThreadPoolExecutor(settings.database_pool_size, thread_name_prefix="store")
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._news = asyncio.Event()  # an event waits for its place
        self._owed = asyncio.Event()  # a delivery is due, or there is room for another
        self._stopping = asyncio.Event()
        self._sending: set[asyncio.Task[None]] = set()

    def stop(self) -> None:
        """Lets `run` finish what is in flight and return."""
        self._stopping.set()
        self._news.set()
        self._owed.set()

    async def run(self) -> None:
        """Works until `stop`; an outage of the database is waited out."""
        session_of = sender.create_session(
            self._settings.send_timeout_seconds,
            endpoints.policy(self._settings),
            proxy=self._settings.proxy,
        )
        async with session_of as session:
            loops = (
                self._supervise("partitions", self._keep_partitions),
                self._supervise("listen", self._listen),
                self._supervise("fan_out", self._fan_out),
                self._supervise("claim", lambda: self._claim(session)),
            )
            background = [asyncio.create_task(each) for each in loops]
            log.info("dispatcher.started", name=self._name, in_flight=self._settings.in_flight)
            await self._stopping.wait()
            await asyncio.wait(background, timeout=OUTAGE_SECONDS)
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)
            await asyncio.gather(*self._sending, return_exceptions=True)
        self._threads.shutdown()
        self._database.close()
        log.info("dispatcher.stopped", name=self._name)

    async def _supervise(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
        """Runs one loop, again and again: whatever ends it costs a pause, never the process."""
        while not self._stopping.is_set():
            try:
                await loop()
            except (OutageError, psycopg.Error) as error:
                log.warning("dispatcher.outage", loop=name, error=str(error).strip())
            except Exception:
                log.exception("dispatcher.failed", loop=name)
            await _wait(self._stopping, OUTAGE_SECONDS)

    async def _store(self, change: Callable[[Connection], Answer]) -> Answer:
        """Makes one change in a transaction of its own, off the event loop."""

        def transact() -> Answer:
            with self._database.transaction() as connection:
                return change(connection)

        return await asyncio.get_running_loop().run_in_executor(self._threads, transact)

    async def _keep_partitions(self) -> None:
        while not self._stopping.is_set():
            today = datetime.now(UTC).date()
            for day in (today + timedelta(days=n) for n in range(PARTITION_DAYS)):
                if await self._store(lambda connection: deliveries.make_partition(connection, day)):  # noqa: B023 - run before the next turn
                    log.info("attempts.partitioned", day=day.isoformat())
            await _wait(self._stopping, PARTITION_SECONDS)

    async def _listen(self) -> None:
        """Turns notifications into wake-ups; after a reconnection everything may have been missed."""
        connection = await psycopg.AsyncConnection.connect(
            self._settings.database_url,
            autocommit=True,
            connect_timeout=2,
            application_name="copydesk-dispatcher-listen",
        )
        async with connection:
            for channel in (events.EVENTS_CHANNEL, events.DELIVERIES_CHANNEL):
                await connection.execute(f"LISTEN {channel}")
            self._news.set()
            self._owed.set()
            while not self._stopping.is_set():
                async for heard in connection.notifies(timeout=LISTEN_SECONDS):
                    if heard.channel == events.EVENTS_CHANNEL:
                        self._news.set()
                    elif heard.payload != self._name:  # its own it has not waited for
                        self._owed.set()
                await connection.execute("SELECT 1")  # a dead connection shows itself here

    async def _fan_out(self) -> None:
        while not self._stopping.is_set():
            self._news.clear()
            placed = await self._store(
                lambda connection: events.fan_out(connection, filters.wants, FAN_OUT, origin=self._name)
            )
            if placed:
                metrics.FANNED_OUT.inc(placed)
                self._owed.set()
            if placed != FAN_OUT:  # `None`: another dispatcher is at it; look again soon
                await _wait(self._news, 0.05 if placed is None else self._settings.poll_seconds)

    async def _claim(self, session: aiohttp.ClientSession) -> None:
        while not self._stopping.is_set():
            self._owed.clear()
            room = self._settings.in_flight - len(self._sending)
            claimed, pause = await self._store(lambda connection: self._claim_some(connection, room))  # noqa: B023 - run before the next turn
            for each in claimed:
                self._send(session, each)
            await _wait(self._owed, pause)

    def _claim_some(self, connection: Connection, room: int) -> tuple[list[Claim], float]:
        """Returns what was claimed, and the seconds until there may be more."""
        claimed = deliveries.claim(
            connection,
            cap=self._settings.in_flight_per_subscription,
            limit=room,
            lease_seconds=self._settings.delivery_lease_seconds,
        )
        due = deliveries.seconds_to_next(connection) if room > len(claimed) else None
        pause = self._settings.poll_seconds if due is None else min(due, self._settings.poll_seconds)
        return claimed, max(pause, 0.005)

    def _send(self, session: aiohttp.ClientSession, claimed: Claim) -> None:
        task = asyncio.create_task(self._deliver(session, claimed))
        self._sending.add(task)
        metrics.IN_FLIGHT.set(len(self._sending))
        task.add_done_callback(lambda done: self._sent(done, claimed))

    def _sent(self, task: asyncio.Task[None], claimed: Claim) -> None:
        if len(self._sending) == self._settings.in_flight:
            self._owed.set()  # there was no room for more
        self._sending.discard(task)
        metrics.IN_FLIGHT.set(len(self._sending))
        if not task.cancelled() and task.exception() is not None:
            log.error(
                "delivery.failed",
                story_id=str(claimed.story_id),
                delivery_id=str(claimed.delivery_id),
                exc_info=task.exception(),
            )

    async def _deliver(self, session: aiohttp.ClientSession, claimed: Claim) -> None:
        # What cannot be opened ends this try before it is one: the delivery is due again after its lease.
        opened = (self._vault.open(claimed.subscription_id, each) for each in claimed.secrets)
        secret, *former = map(signature.load, opened)
        attempt = await sender.attempt(
            session, claimed.url, secret, str(claimed.event_id), message.body(claimed), former=former
        )
        outcome = settlement(claimed.tries, attempt, self._settings.retry_schedule_seconds)
        kept, more = await self._settle(claimed, outcome)
        if more:
            self._owed.set()
        metrics.DELIVERIES.labels(outcome.state if kept else "lost", attempt.error_class or "none").inc()
        if kept and outcome.state is DeliveryState.DELIVERED:
            latency = datetime.now(UTC) - claimed.event_at
            metrics.DELIVERY_LATENCY_SECONDS.observe(max(latency.total_seconds(), 0))
        metrics.ATTEMPT_SECONDS.observe(attempt.duration_ms / 1000)
        log.info(
            "delivery.attempted" if kept else "delivery.lease_lost",
            story_id=str(claimed.story_id),
            event_id=str(claimed.event_id),
            delivery_id=str(claimed.delivery_id),
            state=outcome.state,
            status=attempt.status,
            error_class=attempt.error_class,
            duration_ms=attempt.duration_ms,
        )

    async def _settle(self, claimed: Claim, outcome: Settlement) -> deliveries.Settled:
        """Stores what came of an attempt; waits out an outage for as long as the lease can hold."""
        give_up = asyncio.get_running_loop().time() + self._settings.delivery_lease_seconds
        while True:
            try:
                return await self._store(
                    lambda connection: deliveries.settle(connection, claimed, outcome, self._name)
                )
            except OutageError as error:
                if asyncio.get_running_loop().time() > give_up:
                    raise
                log.warning(
                    "delivery.unsettled",
                    story_id=str(claimed.story_id),
                    delivery_id=str(claimed.delivery_id),
                    error=str(error),
                )
            await asyncio.sleep(OUTAGE_SECONDS)


def settlement(tries: int, attempt: Attempt, pauses: tuple[float, ...]) -> Settlement:
    """Returns what follows from an attempt, the `tries`th of its schedule."""
    if attempt.error_class is None:
        return Settlement(DeliveryState.DELIVERED, attempt)
    pause = schedule.pause_seconds(tries, pauses)
    return Settlement(DeliveryState.EXHAUSTED if pause is None else DeliveryState.DUE, attempt, pause)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    """Waits for an event, `seconds` at the most."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass


async def _run(settings: DispatcherSettings) -> None:
    dispatcher = Dispatcher(settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, dispatcher.stop)
    await dispatcher.run()


def main() -> int:
    """Runs a dispatcher until SIGTERM or SIGINT."""
    settings = process.begin(
        "python -m services.publish.dispatcher", __doc__, DispatcherSettings, "dispatcher"
    )
    sealing.refuse_unknown(settings)
    stop_metrics = process.serve_metrics(settings, "dispatcher_metrics_port")
    uvloop.run(_run(settings))
    stop_metrics()
    return 0


if __name__ == "__main__":
    sys.exit(main())
