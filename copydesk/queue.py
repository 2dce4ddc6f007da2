"""The broker: carries ids of revisions to the workers of enrich, and nothing else."""

import threading
import time
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import structlog
from celery import Celery
from kombu.entity import Exchange, Queue
from kombu.exceptions import OperationalError

from copydesk.model import Lane

TASK = "copydesk.enrich"
QUEUES = {lane: f"enrich.{lane}" for lane in Lane}

log = structlog.get_logger(__name__)


def queues(lanes: Iterable[Lane] = tuple(Lane)) -> list[Queue]:
    """Returns the queues of lanes, in the order in which a worker empties them."""
    exchange = Exchange("enrich", type="direct", durable=True)
    names = [QUEUES[lane] for lane in lanes]
    return [Queue(name, exchange, routing_key=name, durable=True) for name in names]


def create_celery(broker_url: str, **options: Any) -> Celery:  # noqa: ANN401 - Celery's own settings
    """Returns a Celery application that sends and takes ids as JSON and keeps no results."""
    app = Celery("copydesk", broker=broker_url, set_as_current=False)
    app.conf.update(
        task_queues=queues(),
        task_default_queue=QUEUES[Lane.NORMAL],
        task_create_missing_queues=False,
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_store_errors_even_if_ignored=False,
        enable_utc=True,
    )
    app.conf.update(options)
    return app


class Producer:
    """Sends ids to the broker, and never keeps its caller waiting for one that is away.

    Safe to share between threads.

    Args:
        broker_url: Redis or RabbitMQ.
        timeout_seconds: how long one operation on the broker may take.
        pause_seconds: how long a broker that failed is left alone.
    """

    def __init__(self, broker_url: str, *, timeout_seconds: float = 1, pause_seconds: float = 5) -> None:
        self._app = create_celery(
            broker_url,
            broker_connection_timeout=timeout_seconds,
            broker_transport_options={
                "socket_timeout": timeout_seconds,
                "socket_connect_timeout": timeout_seconds,
                "retry_on_timeout": False,
                "max_retries": 0,
            },
            task_publish_retry=False,
        )
        self._pause_seconds = pause_seconds
        self._quiet_until = 0.0
        self._lock = threading.Lock()

    def enqueue(self, lane: Lane, revision_ids: Sequence[UUID]) -> bool:
        """Sends ids as one message, `MESSAGE_IDS` at the most: one worker takes them, one after the other.

        Returns whether the broker took it; the sweep sends again what it did not.
        """
        if time.monotonic() < self._quiet_until:
            return False
        try:
            ids = [str(each) for each in revision_ids]
            self._app.send_task(TASK, args=ids, queue=QUEUES[lane], retry=False)
        except (OperationalError, OSError) as error:
            self._fall_silent(error)
            return False
        return True

    def depth(self, lane: Lane) -> int | None:
        """Counts the messages of a lane that nobody has taken; `None` where the broker is away."""
        try:
            with self._app.connection_for_read() as connection:
                queue = Queue(QUEUES[lane], channel=connection.default_channel, durable=True)
                return int(queue.queue_declare(passive=False).message_count)
        except (OperationalError, OSError) as error:
            self._fall_silent(error)
            return None

    def check(self) -> None:
        """Asks the broker whether it is there.

        Raises:
            OperationalError: it does not answer.
        """
        with self._app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=1)

    def close(self) -> None:
        """Closes every connection."""
        self._app.close()

    def _fall_silent(self, error: BaseException) -> None:
        with self._lock:
            first = time.monotonic() >= self._quiet_until
            self._quiet_until = time.monotonic() + self._pause_seconds
        if first:
            log.warning("queue.away", error=type(error).__name__, pause_seconds=self._pause_seconds)
