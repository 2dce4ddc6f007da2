"""The broker: carries ids of revisions to the workers of enrich, and nothing else."""

import threading
import time
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

import structlog
from celery import Celery
from kombu.entity import Exchange, Queue
from kombu.exceptions import BatchPublishError, OperationalError
from orjson import dumps

from copydesk.model import Lane

TASK = "copydesk.enrich"
QUEUES = {lane: f"enrich.{lane}" for lane in Lane}

# What a message says of its task. Source: Celery's documentation, "Message Protocol", version 2. Nobody
# awaits a result, and nobody reads the arguments from its headers: no `reply_to`, and no text of them.
_HEADERS: dict[str, Any] = {
    "lang": "py",
    "task": TASK,
    "shadow": None,
    "eta": None,
    "expires": None,
    "group": None,
    "group_index": None,
    "retries": 0,
    "timelimit": [None, None],
    "parent_id": None,
    "argsrepr": "",
    "kwargsrepr": "",
    "origin": "copydesk",
    "ignore_result": True,
    "replaced_task_nesting": 0,
    "stamped_headers": None,
    "stamps": {},
}
_CALLS = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}

MOST_TOGETHER: Final = 100
"""Messages that a broker which takes several at once is given in one go."""

log = structlog.get_logger(__name__)


class Message(NamedTuple):
    """Revisions that one worker takes, one after the other: `MESSAGE_IDS` at the most."""

    lane: Lane
    revision_ids: Sequence[UUID]


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
        transport = self._app.connection_for_write()  # of which nothing is asked
        self._errors = (
            *transport.connection_errors,
            *transport.channel_errors,
            BatchPublishError,
            OperationalError,
            OSError,
        )
        self._queues = dict(zip(Lane, queues(), strict=True))
        self._quiet_until = 0.0
        self._lock = threading.Lock()

    def enqueue(self, lane: Lane, revision_ids: Sequence[UUID]) -> bool:
        """Sends ids as one message; see `enqueue_all`."""
        return self.enqueue_all([Message(lane, revision_ids)])

    def enqueue_all(self, messages: Sequence[Message]) -> bool:
        """Sends messages, in one go where the broker takes several at once, which costs little more than one.

        Returns whether the broker took all of them; the sweep sends again what it did not.
        """
        if time.monotonic() < self._quiet_until:
            return False
        try:
            self._send(messages)
        except self._errors as error:
            self._fall_silent(error)
            return False
        return True

    def _send(self, messages: Sequence[Message]) -> None:
        """Sends what `send_task` would, past all that it does for tasks of any kind: a third of its cost."""
        with self._app.producer_pool.acquire(block=True) as producer, producer.batch(max_size=MOST_TOGETHER):
            for lane in {message.lane for message in messages}:
                producer.maybe_declare(self._queues[lane])
            for lane, revision_ids in messages:
                task_id = str(uuid4())
                producer.publish(
                    dumps([[str(each) for each in revision_ids], {}, _CALLS]).decode(),
                    routing_key=QUEUES[lane],
                    headers={**_HEADERS, "id": task_id, "root_id": task_id},
                    content_type="application/json",
                    content_encoding="utf-8",
                    correlation_id=task_id,
                    retry=False,
                )

    def depth(self, lane: Lane) -> int | None:
        """Counts the messages of a lane that nobody has taken; `None` where the broker is away."""
        with self._app.pool.acquire(block=True) as connection:
            try:
                queue = Queue(QUEUES[lane], channel=connection.default_channel, durable=True)
                return int(queue.queue_declare(passive=False).message_count)
            except self._errors as error:
                connection.collect(socket_timeout=0.1)  # what is broken is not kept for the next
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
            cause = type(error.__cause__ or error).__name__
            log.warning("queue.away", error=cause, pause_seconds=self._pause_seconds)
