"""`python -m services.publish.dispatcher`: fans events out and sends the deliveries that are due.

Any number of dispatchers may run beside each other. Each waits for news from PostgreSQL, looks for itself
now and then in case it missed some, and sends signed webhooks. Settings: `copydesk settings`. SIGTERM lets
it finish the requests in hand.
"""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import aiohttp
import psycopg
import structlog
import uvloop
from psycopg import Notify
from sqlalchemy import Connection

from copydesk import metrics, process
from copydesk.errors import OutageError
from copydesk.pauses import wait
from copydesk.settings import DispatcherSettings
from copydesk.store import backlog, claims, deliveries, erasure, events
from copydesk.store.claims import Claim, Claimed
from copydesk.store.events import Placed
from copydesk.store.matching import Matching
from services.publish import carried, endpoints, listening, message, replaying, schedule, sealing, sender
from services.publish.matching import Index
from services.publish.places import Places
from services.publish.settling import OUTAGE_SECONDS, Settling, tell_failure
from services.publish.shape import Shape
from services.publish.transactions import Transactions
from services.publish.vault import Vault

log = structlog.get_logger(__name__)
PARTITION_SECONDS = 3_600.0
PARTITION_DAYS = 7
BACKLOG_SECONDS = 60.0
FAN_OUT = 100  # events a turn at the most
AT_ONCE = 32  # requests that are begun before replies are looked at
OWED = 5_000  # deliveries after which a turn places no further event: one statement makes them all
# Turns of a loop begin no closer than this: what comes meanwhile shares the next one's transaction.
FAN_OUT_SECONDS, DELIVER_SECONDS = 0.05, 0.05
# What an attempt came to waits this long for company, or for half of a subscription's cap.
GATHER_SECONDS = 0.05
# A transaction's thread asks for the interpreter back after each answer of the database, some ten times.
# While much is sent it would wait 5 ms each time.
SWITCH_SECONDS = 0.0005
CROWDED_SECONDS = 60.0  # between two warnings that too much is slow
OTHER_FILES = 256  # besides a socket for each attempt, and one that its endpoint's reply left open
Bodies = dict[tuple[UUID, Shape], bytes]  # each event's is made once in a shape


class Dispatcher:
    """Fans out, claims, sends and settles until it is told to stop."""

    def __init__(self, settings: DispatcherSettings) -> None:
        self._settings = settings
        self._vault = Vault(settings.secrets_key)
        self._transactions = Transactions(settings)
        self._matching = Matching(Index())
        self._name = process.identity()
        self._settling = Settling(self._transactions, self._name, settings.delivery_lease_seconds)
        self._news = asyncio.Event()  # an event waits for its place
        self._work = asyncio.Event()  # there is something to settle or to claim
        self._stopping = asyncio.Event()
        self._turn = asyncio.Lock()  # two transactions at once would wait for each other's rows
        self._look_at = 0.0  # when a delivery may be due, by the event loop's clock
        self._places: Places[asyncio.Task[None]] = Places(settings.in_flight, settings.slow_in_flight)
        self._crowded_at = -CROWDED_SECONDS  # when it was said that too much is slow

    def stop(self) -> None:
        """Lets `run` finish what is in flight and return."""
        self._stopping.set()
        self._news.set()
        self._work.set()

    async def run(self) -> None:
        """Works until `stop`; an outage of the database is waited out."""
        session_of = sender.create_session(
            self._settings.send_timeout_seconds,
            endpoints.policy(self._settings),
            proxy=self._settings.proxy,
        )
        async with session_of as session:
            listening = asyncio.create_task(self._supervise("listen", self._listen))
            turning = (
                self._supervise("partitions", self._keep_partitions),
                self._supervise("backlog", self._keep_backlog),
                self._supervise("fan_out", lambda: self._fan_out(session)),
                self._supervise("deliver", lambda: self._deliver(session)),
                self._supervise("replay", partial(replaying.carry_out, self._transactions, self._stopping)),
            )
            log.info("dispatcher.started", name=self._name, in_flight=self._settings.in_flight)
            await asyncio.gather(*turning)  # each ends after the turn in which it was stopped
            listening.cancel()
            await asyncio.gather(listening, *self._places, return_exceptions=True)
            while self._settling:
                await self._settling.settle()
        self._transactions.close()
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
            await wait(self._stopping, OUTAGE_SECONDS)

    async def _keep_partitions(self) -> None:
        while not self._stopping.is_set():
            today = datetime.now(UTC).date()
            for day in (today + timedelta(days=n) for n in range(PARTITION_DAYS)):
                if await self._transactions.make(partial(deliveries.make_partition, day=day)):
                    log.info("attempts.partitioned", day=day.isoformat())
            await wait(self._stopping, PARTITION_SECONDS)

    async def _keep_backlog(self) -> None:
        """Closes what waits and became too old, or is of a deleted subscription.

        What is due is looked at before it is sent besides.
        """
        expire = partial(backlog.expire, days=self._settings.backlog_days)
        while not self._stopping.is_set():
            expired = await self._transactions.make(expire)
            if expired:
                log.info("deliveries.expired", count=expired)
            discarded = await self._transactions.make(backlog.discard_deleted)
            if discarded:
                log.info("deliveries.discarded", count=discarded)
            await wait(self._stopping, BACKLOG_SECONDS if max(expired, discarded) < backlog.PAGE else 0)

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
            self._look_by(0)
            await listening.hear(connection, self._hear, self._stopping)

    def _hear(self, heard: Notify) -> None:
        if heard.channel == events.EVENTS_CHANNEL:
            self._news.set()
        elif heard.payload != self._name:  # its own it has not waited for
            self._look_by(0)

    async def _fan_out(self, session: aiohttp.ClientSession) -> None:
        """Places events, and claims at once what they made due."""
        while not self._stopping.is_set():
            began = _now()
            self._news.clear()
            async with self._turn:
                self._room()  # what has become slow makes room for what is placed
                until = self._held_until()
                placed, claimed = await self._transactions.make(self._fan_out_some)
                self._send_all(session, claimed, until)
            metrics.FANNED_OUT.inc(placed.events if placed else 0)
            await _rest(began + FAN_OUT_SECONDS)
            if placed is None:  # another dispatcher is at it
                await wait(self._news, FAN_OUT_SECONDS)
            elif not placed.more:
                await wait(self._news, self._settings.poll_seconds)

    def _fan_out_some(self, connection: Connection) -> tuple[Placed | None, Claimed]:
        placed = events.fan_out(connection, self._matching, FAN_OUT, OWED)
        if placed is None or not placed.events:
            return placed, Claimed([], self._settings.poll_seconds)
        # As it is now: what was sent meanwhile made room.
        room = self._places.free
        claimed = self._claim_some(connection, room) if room else Claimed([], 0)
        if len(claimed.deliveries) == room:
            claims.call_others(connection, self._name)
        return placed, claimed

    async def _deliver(self, session: aiohttp.ClientSession) -> None:
        """Settles what was sent, and claims what is due."""
        while not self._stopping.is_set():
            began = _now()
            self._work.clear()
            async with self._turn:
                if self._settling and (seconds := await self._settling.settle()) is not None:
                    self._look_by(seconds)
                if self._look_at <= _now() and (room := self._room()):
                    until = self._held_until()
                    self._send_all(session, await self._claim(room), until)
            await _rest(began + DELIVER_SECONDS)
            await wait(self._work, self._pause())

    async def _claim(self, room: int) -> Claimed:
        self._look_at = _now() + self._settings.poll_seconds
        try:
            return await self._transactions.make(partial(self._claim_some, room=room))
        except Exception:
            self._look_by(0)
            raise

    def _claim_some(self, connection: Connection, room: int) -> Claimed:
        claimed = claims.claim(
            connection,
            cap=self._settings.in_flight_per_subscription,
            limit=room,
            lease_seconds=self._settings.delivery_lease_seconds,
            most=self._places.share,
        )
        erased = [each for each in claimed.deliveries if erasure.is_erased(each)]
        if not erased:
            return claimed
        erasure.discard(connection, erased)
        return Claimed([each for each in claimed.deliveries if not erasure.is_erased(each)], 0)

    def _pause(self) -> float:
        if self._settling:  # an outage kept it
            return GATHER_SECONDS
        if self._room():
            return self._look_at - _now()
        free_at = self._places.free_at()
        return self._settings.poll_seconds if free_at is None else free_at - _now()

    def _room(self) -> int:
        room = self._places.room(_now())
        metrics.SLOW.set(self._places.slow)
        if self._places.is_crowded and _now() >= self._crowded_at + CROWDED_SECONDS:
            self._crowded_at = _now()
            log.warning("dispatcher.crowded", slow=self._places.slow, room=room)
        return room

    def _look_by(self, seconds: float) -> None:
        """Looks for what is due after so many seconds at the latest."""
        at = _now() + seconds
        if at < self._look_at:
            self._look_at = at
            self._work.set()

    def _held_until(self) -> float:
        """When what is claimed from now on may be another's, by the event loop's clock, at the earliest."""
        return _now() + self._settings.delivery_lease_seconds

    def _send_all(self, session: aiohttp.ClientSession, claimed: Claimed, until: float) -> None:
        bodies: Bodies = {}
        for number, each in enumerate(claimed.deliveries):
            task = asyncio.create_task(self._send(session, each, bodies, until, turn=number // AT_ONCE))
            self._places.take(task, each.subscription_id, _now())
            task.add_done_callback(partial(self._sent, each))
        metrics.IN_FLIGHT.set(len(self._places))
        if claimed.seconds is not None:
            self._look_by(claimed.seconds)

    async def _send(
        self, session: aiohttp.ClientSession, claimed: Claim, bodies: Bodies, until: float, *, turn: int
    ) -> None:
        for _ in range(turn):  # what the turns before have sent is answered, and settled, meanwhile
            await asyncio.sleep(0)
        # We were frozen: another may have it, and send a newer version of its story, while this one is sent.
        if _now() + self._settings.send_timeout_seconds > until:
            raise TimeoutError("its lease may run out while it is sent")
        key = claimed.event_id, Shape.of(claimed.shape)
        body = bodies.get(key) or bodies.setdefault(key, message.body(claimed, key[1]))
        webhook_id = str(claimed.event_id)
        # What cannot be opened ends this try before it is one: the delivery is due again after its lease.
        secret, *former = self._vault.signing(claimed.subscription_id, claimed.secrets)
        attempt = await sender.attempt(
            session,
            claimed.url,
            secret,
            webhook_id,
            body,
            former=former,
            sequence=claimed.sequence,
            carried=carried.opened(self._vault, claimed.subscription_id, claimed.carried),
        )
        own, default = claimed.retry_schedule_seconds, self._settings.retry_schedule_seconds
        pauses = default if own is None else own
        outcome = schedule.settlement(claimed.tries, attempt, pauses, is_extra=claimed.is_extra)
        self._settling.add(claimed, outcome)
        if 2 * len(self._settling) >= self._settings.in_flight_per_subscription:
            self._work.set()
        elif len(self._settling) == 1:
            asyncio.get_running_loop().call_later(GATHER_SECONDS, self._work.set)

    def _sent(self, claimed: Claim, task: asyncio.Task[None]) -> None:
        if not self._places.free:
            self._work.set()  # there was no room for more
        self._places.leave(task, _now())
        metrics.IN_FLIGHT.set(len(self._places))
        if not task.cancelled() and (error := task.exception()) is not None:
            tell_failure(claimed, error)


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _rest(until: float) -> None:
    if (left := until - _now()) > 0:
        await asyncio.sleep(left)


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
    process.settle_in()
    sys.setswitchinterval(SWITCH_SECONDS)
    wanted = 2 * (settings.in_flight + settings.slow_in_flight) + OTHER_FILES
    if (files := process.open_files(wanted)) < wanted:
        log.warning("dispatcher.few_files", files=files, wanted=wanted)
    stop_metrics = process.serve_metrics(settings, "dispatcher_metrics_port")
    uvloop.run(_run(settings))
    stop_metrics()
    return 0


if __name__ == "__main__":
    sys.exit(main())
