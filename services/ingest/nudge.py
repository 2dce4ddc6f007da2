"""Tells the workers of new revisions; nobody waits for the broker."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, Protocol
from uuid import UUID

import structlog

from copydesk import metrics
from copydesk.model import Lane
from copydesk.store.stories import Accepted

MOST_WAITING: Final = 1_000
"""Messages that wait for a broker that hangs; beyond that ids are left to the sweep at once."""
_THREADS: Final = 4

log = structlog.get_logger(__name__)


class Producer(Protocol):
    """What puts ids on the broker: `copydesk.queue.Producer`."""

    def enqueue(self, lane: Lane, revision_ids: Sequence[UUID]) -> bool:
        """Sends ids as one message; returns whether the broker took it."""

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
        """Sends what was created in one go, message by message, soon; returns at once and never raises."""
        messages: dict[tuple[Lane, int], list[Accepted]] = {}
        for each in accepted:
            messages.setdefault((each.lane, each.message), []).append(each)
        for (lane, _), together in messages.items():
            if len(self._sending) >= MOST_WAITING:
                _leave(together)
                continue
            try:
                sending = self._threads.submit(self._enqueue, lane, together)
            except RuntimeError:  # there is no room for another thread
                log.exception("enqueue.failed")
                _leave(together)
                continue
            self._sending.add(sending)
            sending.add_done_callback(self._sending.discard)

    async def close(self) -> None:
        """Finishes what is on its way: a broker that is away takes a moment to say so, once."""
        await asyncio.to_thread(self._threads.shutdown)

    def _enqueue(self, lane: Lane, together: Sequence[Accepted]) -> None:
        try:
            taken = self._producer.enqueue(lane, [each.revision_id for each in together])
        except Exception:
            log.exception("enqueue.failed")
            taken = False
        if not taken:
            _leave(together)


def _leave(accepted: Sequence[Accepted]) -> None:
    for each in accepted:
        metrics.ENQUEUE_FAILURES.labels(each.lane).inc()
        log.info(
            "story.left_to_sweep",
            story_id=str(each.story_id),
            revision_id=str(each.revision_id),
            lane=each.lane,
        )
