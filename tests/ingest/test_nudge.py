import threading
import time
from uuid import UUID

import anyio

from copydesk.model import Lane, new_id
from services.ingest import nudge
from services.ingest.nudge import Nudge


class FakeProducer:
    """A broker that takes ids, refuses them, or hangs until released."""

    def __init__(self, *, takes: bool = True, hangs: bool = False) -> None:
        self.sent: list[tuple[Lane, UUID]] = []
        self.released = threading.Event()
        self._takes = takes
        self._hangs = hangs

    def enqueue(self, lane: Lane, revision_id: UUID) -> bool:
        if self._hangs:
            self.released.wait(10)
        self.sent.append((lane, revision_id))
        return self._takes

    def check(self) -> None:
        """It is there."""

    def close(self) -> None:
        """Nothing is open."""


def send(
    producer: FakeProducer, times: int = 1, seconds: float = 1, late: float = 0
) -> tuple[list[bool], float]:
    async def run() -> tuple[list[bool], float]:
        sender = Nudge(producer, seconds)
        results: list[bool] = []
        deadline = sender.deadline() - late
        started = time.monotonic()

        async def one() -> None:
            results.append(await sender.send(Lane.NORMAL, new_id(), deadline))

        async with anyio.create_task_group() as group:
            for _ in range(times):
                group.start_soon(one)
        elapsed = time.monotonic() - started
        producer.released.set()
        return results, elapsed

    return anyio.run(run)


def test_an_id_is_put_on_its_lane() -> None:
    producer = FakeProducer()
    assert send(producer)[0] == [True]
    assert [lane for lane, _ in producer.sent] == [Lane.NORMAL]


def test_a_commit_that_took_long_is_no_reason_not_to_try() -> None:
    assert send(FakeProducer(), late=60)[0] == [True]


def test_an_id_that_the_broker_refuses_is_left_to_the_sweep() -> None:
    assert send(FakeProducer(takes=False))[0] == [False]


def test_a_broker_that_hangs_is_not_waited_for_however_many_ids_there_are() -> None:
    results, seconds = send(FakeProducer(hangs=True), times=50, seconds=0.1)
    assert results == [False] * 50
    assert seconds < 0.1 + nudge.GRACE_SECONDS + 1
