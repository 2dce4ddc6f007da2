"""Tells the workers of new revisions; nobody waits for the broker."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, Protocol
from uuid import UUID

import structlog

from copydesk import metrics
from copydesk.model import Lane
from copydesk.queue import Message
from copydesk.store.stories import Accepted

MOST_WAITING: Final = 1_000
"""Sendings that wait for a broker that hangs; beyond that ids are left to the sweep at once."""
_THREADS: Final = 4

log = structlog.get_logger(__name__)


class Producer(Protocol):
    """What puts ids on the broker: `copydesk.queue.Producer`."""

    def enqueue_all(self, messages: Sequence[Message]) -> bool:
        """Sends messages; returns whether the broker took all of them."""

    def check(self) -> None:
        """Raises where the broker is away."""

    def close(self) -> None:
        """Closes every connection."""


class Nudge:
    """Enqueues ids beside the requests, and leaves to the sweep what the broker does not take.

    Args:
        producer: the broker.
    """

    def __init__(self, producer: Producer) -> None:
        self._producer = producer
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="enqueue")
        self._sending: set[Future[None]] = set()

    def send(self, accepted: Sequence[Accepted]) -> None:
        """Sends what was created in one go, its messages together, soon; returns at once and never raises."""
        if not accepted:
            return
        if len(self._sending) >= MOST_WAITING:
            _leave(accepted)
            return
        try:
            sending = self._threads.submit(self._enqueue, accepted)
        except RuntimeError:  # there is no room for another thread
            log.exception("enqueue.failed")
            _leave(accepted)
            return
        self._sending.add(sending)
        sending.add_done_callback(self._sending.discard)

    async def close(self) -> None:
        """Finishes what is on its way: a broker that is away takes a moment to say so, once."""
        await asyncio.to_thread(self._threads.shutdown)

    def _enqueue(self, accepted: Sequence[Accepted]) -> None:
        try:
            taken = self._producer.enqueue_all(_messages(accepted))
        except Exception:
            log.exception("enqueue.failed")
            taken = False
        if not taken:
            _leave(accepted)


def _messages(accepted: Sequence[Accepted]) -> list[Message]:
    """Returns what shares a number as one message each."""
    shared: dict[tuple[Lane, int], list[UUID]] = {}
    for each in accepted:
        shared.setdefault((each.lane, each.message), []).append(each.revision_id)
    return [Message(lane, ids) for (lane, _), ids in shared.items()]


def _leave(accepted: Sequence[Accepted]) -> None:
    for each in accepted:
        metrics.ENQUEUE_FAILURES.labels(each.lane).inc()
        log.info(
            "story.left_to_sweep",
            story_id=str(each.story_id),
            revision_id=str(each.revision_id),
            lane=each.lane,
        )
