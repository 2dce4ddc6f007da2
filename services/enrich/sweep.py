"""`python -m services.enrich.sweep`: finds what was forgotten, and enqueues it again.

Every few seconds it looks for stories that are due and that nobody works on: their message was lost with
the broker, or their worker was killed. It also shows in its metrics what waits, and removes what is older
than the settings keep. One sweep works at a time; a second one waits in reserve. It does
not travel through the queue that it repairs. Settings: `copydesk settings`. SIGTERM ends it.
"""

import itertools
import math
import signal
import sys
import threading
from dataclasses import dataclass, field

import structlog
from sqlalchemy import Connection, text

from copydesk import metrics, process
from copydesk.errors import OutageError
from copydesk.model import DeliveryState, Lane
from copydesk.queue import Producer
from copydesk.settings import EnrichSettings
from copydesk.store import figures, leases
from copydesk.store.database import Database
from services.enrich.retention import Retention

log = structlog.get_logger(__name__)
MOST_IDS = 1_000  # a lane, a turn
_LOCK = 7_203_650_003


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn of the sweep did; `leading` is false where another sweep is at it."""

    leading: bool
    quarantined: int = 0
    enqueued: dict[Lane, int] = field(default_factory=dict)


def turn(database: Database, producer: Producer, settings: EnrichSettings) -> Turn:
    """Quarantines what used up its tries, and enqueues again what may have been forgotten.

    Raises:
        OutageError: the database is away.
    """
    with database.transaction() as connection:
        if not _leads(connection):
            return Turn(leading=False)
        ended = leases.quarantine_exhausted(connection, settings.max_attempts)
        told = figures.stories_of(connection, ended) if ended else []
    metrics.QUARANTINED.labels("worker_lost").inc(len(ended))
    for story_id, version in told:
        log.warning("story.lost", story_id=str(story_id), version=version)
    enqueued = {lane: _resend(database, producer, lane, settings) for lane in Lane}
    return Turn(leading=True, quarantined=len(ended), enqueued=enqueued)


def _leads(connection: Connection) -> bool:
    """Whether no other sweep is at it, until the transaction ends."""
    return bool(connection.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _LOCK}).scalar())


def _resend(database: Database, producer: Producer, lane: Lane, settings: EnrichSettings) -> int:
    """Sends again what a lane is short of, and never more, id by id; returns how many the broker took."""
    depth = producer.depth(lane)
    metrics.LANE_DEPTH.labels(lane).set(math.nan if depth is None else depth)
    if depth is None:
        return 0
    with database.transaction() as connection:
        if not _leads(connection):
            return 0
        short = leases.waiting(connection, lane, depth + MOST_IDS) - depth
        ids = leases.forgotten(
            connection,
            lane,
            older_seconds=settings.forgotten_seconds,
            messages=max(short, 0),
            limit=MOST_IDS,
        )
    sent = len(list(itertools.takewhile(lambda each: producer.enqueue(lane, [each]), ids)))
    metrics.SWEPT.labels(lane).inc(sent)
    return sent


def measure(database: Database) -> None:
    """Shows in the metrics what waits and is in hand; asks only what stays cheap with any backlog.

    Raises:
        OutageError: the database is away.
    """
    with database.transaction() as connection:
        lanes, owed = figures.of_lanes(connection), figures.of_deliveries(connection)
    for lane, found in lanes.items():
        metrics.LANE_WAITING.labels(lane).set(found.waiting)
        metrics.LANE_OLDEST_SECONDS.labels(lane).set(found.oldest_seconds)
        metrics.LANE_LEASED.labels(lane).set(found.leased)
        metrics.LANE_QUARANTINED.labels(lane).set(found.quarantined)
    metrics.DELIVERIES_OWED.labels(DeliveryState.DUE).set(owed.due)
    metrics.DELIVERIES_OWED.labels(DeliveryState.SENDING).set(owed.sending)
    metrics.DELIVERIES_OLDEST_SECONDS.labels(DeliveryState.DUE).set(owed.oldest_seconds)


def run(settings: EnrichSettings, stopping: threading.Event) -> None:
    """Takes turns until it is told to stop; an outage costs a turn, never the sweep."""
    database = Database(settings.database_url, pool_size=2, application_name="copydesk-sweep")
    producer = Producer(settings.broker_url)
    retention = Retention(settings)
    log.info("sweep.started", every_seconds=settings.sweep_seconds)
    while not stopping.is_set():
        try:
            done = turn(database, producer, settings)
            measure(database)
            retention.turn(database)
        except OutageError as error:
            metrics.SWEEP_TURNS.labels("outage").inc()
            log.warning("sweep.outage", error=str(error))
        else:
            _tell(done)
        stopping.wait(settings.sweep_seconds)
    producer.close()
    database.close()


def _tell(done: Turn) -> None:
    metrics.SWEEP_TURNS.labels("ok" if done.leading else "reserve").inc()
    enqueued = {str(lane): count for lane, count in done.enqueued.items() if count}
    if done.quarantined or enqueued:
        log.info("sweep.mended", quarantined=done.quarantined, enqueued=enqueued)


def main() -> int:
    """Runs the sweep until SIGTERM or SIGINT."""
    settings = process.begin("python -m services.enrich.sweep", __doc__, EnrichSettings, "sweep")
    process.settle_in()
    stop_metrics = process.serve_metrics(settings, "sweep_metrics_port")
    stopping = threading.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, lambda *_: stopping.set())
    run(settings, stopping)
    stop_metrics()
    return 0


if __name__ == "__main__":
    sys.exit(main())
