import asyncio
import threading
import time
from collections.abc import Sequence
from uuid import UUID

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from copydesk.model import Lane, RevisionState, new_id
from copydesk.queue import Message
from copydesk.store.stories import Accepted
from services.ingest import nudge
from services.ingest.nudge import Nudge


class FakeProducer:
    """A broker that takes ids, refuses them, or hangs until released."""

    def __init__(self, *, takes: bool = True, hangs: bool = False) -> None:
        self.sent: list[list[tuple[Lane, list[UUID]]]] = []
        self.released = threading.Event()
        self._takes = takes
        self._hangs = hangs

    def enqueue_all(self, messages: Sequence[Message]) -> bool:
        if self._hangs:
            self.released.wait(10)
        self.sent.append([(lane, list(ids)) for lane, ids in messages])
        return self._takes

    def check(self) -> None:
        """It is there."""

    def close(self) -> None:
        """Nothing is open."""


def accepted(lane: Lane = Lane.NORMAL, message: int = 0) -> Accepted:
    return Accepted(new_id(), new_id(), 1, lane, RevisionState.ACCEPTED, created=True, message=message)


def left() -> float:
    return REGISTRY.get_sample_value("copydesk_enqueue_failures_total", {"lane": "normal"}) or 0


def test_what_shares_a_number_is_one_message_and_all_go_together() -> None:
    producer = FakeProducer()
    stories = [accepted(), accepted(Lane.BREAKING, 1), accepted(), accepted(message=2)]

    async def run() -> None:
        sender = Nudge(producer)
        sender.send(stories)
        await sender.close()

    asyncio.run(run())
    first, breaking, second, last = (each.revision_id for each in stories)
    assert producer.sent == [
        [(Lane.NORMAL, [first, second]), (Lane.BREAKING, [breaking]), (Lane.NORMAL, [last])]
    ]


def test_where_nothing_is_new_nothing_is_sent() -> None:
    producer = FakeProducer()

    async def run() -> None:
        sender = Nudge(producer)
        sender.send([])
        await sender.close()

    asyncio.run(run())
    assert producer.sent == []


def test_what_the_broker_refuses_is_left_to_the_sweep() -> None:
    before = left()

    async def run() -> None:
        sender = Nudge(FakeProducer(takes=False))
        sender.send([accepted(), accepted()])
        await sender.close()

    asyncio.run(run())
    assert left() == before + 2


def test_what_fails_in_a_way_nobody_expects_is_logged_and_left_to_the_sweep() -> None:
    class Failing(FakeProducer):
        def enqueue_all(self, messages: Sequence[Message]) -> bool:
            raise KeyError(messages)

    before = left()

    async def run() -> None:
        sender = Nudge(Failing())
        sender.send([accepted(), accepted()])
        await sender.close()

    with capture_logs() as lines:
        asyncio.run(run())
    assert [line["event"] for line in lines] == ["enqueue.failed", *["story.left_to_sweep"] * 2]
    assert left() == before + 2


def test_where_no_thread_can_be_had_ids_are_left_to_the_sweep() -> None:
    before = left()

    async def run() -> None:
        sender = Nudge(FakeProducer())
        await sender.close()  # after which its threads take nothing
        sender.send([accepted(), accepted(message=1)])

    with capture_logs() as lines:
        asyncio.run(run())
    assert [line["event"] for line in lines] == ["enqueue.failed", *["story.left_to_sweep"] * 2]
    assert left() == before + 2


def test_a_broker_that_hangs_keeps_nobody_waiting_and_holds_no_more_than_it_may(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(nudge, "MOST_WAITING", 10)
    producer = FakeProducer(hangs=True)
    before = left()

    async def run() -> float:
        sender = Nudge(producer)
        started = time.monotonic()
        for _ in range(50):
            sender.send([accepted()])
        elapsed = time.monotonic() - started
        producer.released.set()
        await sender.close()
        return elapsed

    assert asyncio.run(run()) < 1
    assert len(producer.sent) == 10
    assert left() == before + 40
