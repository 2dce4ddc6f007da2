"""Tells the workers of a new revision, and waits for no broker."""

from typing import Final, Protocol
from uuid import UUID

import anyio
import structlog
from anyio import CapacityLimiter, to_thread

from copydesk import metrics
from copydesk.model import Lane

GRACE_SECONDS: Final = 0.5
MIN_SECONDS: Final = 0.2
_MAX_THREADS: Final = 10  # a frozen broker holds these and none of those that commit stories

log = structlog.get_logger()


class Producer(Protocol):
    """What puts ids on the broker: `copydesk.queue.Producer`."""

    def enqueue(self, lane: Lane, revision_id: UUID) -> bool:
        """Sends one id; returns whether the broker took it."""

    def check(self) -> None:
        """Raises where the broker is away."""

    def close(self) -> None:
        """Closes every connection."""


class Nudge:
    """Enqueues ids while the caller can wait, and leaves the rest to the sweep.

    Args:
        producer: the broker.
        timeout_seconds: how long it may take to answer.
    """

    def __init__(self, producer: Producer, timeout_seconds: float) -> None:
        self._producer = producer
        self._seconds = timeout_seconds + GRACE_SECONDS
        self._threads = CapacityLimiter(_MAX_THREADS)

    def deadline(self) -> float:
        """Returns until when a request that is at hand now can wait, on the event loop's clock."""
        return anyio.current_time() + self._seconds

    async def send(self, lane: Lane, revision_id: UUID, deadline: float) -> bool:
        """Returns whether the broker took the id by the deadline; never raises for a broker.

        A deadline that is near or past still leaves `MIN_SECONDS`: a slow commit is no fault of the broker.
        """
        taken = False
        with anyio.CancelScope(deadline=max(deadline, anyio.current_time() + MIN_SECONDS)):
            taken = await to_thread.run_sync(
                self._producer.enqueue, lane, revision_id, limiter=self._threads, abandon_on_cancel=True
            )
        if not taken:
            metrics.ENQUEUE_FAILURES.labels(lane).inc()
            log.info("story.left_to_sweep", revision_id=str(revision_id), lane=lane)
        return taken
