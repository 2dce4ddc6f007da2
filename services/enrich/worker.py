"""The Celery worker of enrich: takes ids from its lanes in order, and hands each to its desk.

`celery -A services.enrich.worker worker` finds its application here; importing this module makes nothing.
"""

import os
import socket
import warnings
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import structlog
from billiard.exceptions import SoftTimeLimitExceeded
from celery import Celery
from celery.exceptions import SecurityWarning
from celery.signals import setup_logging, worker_process_init

from copydesk import large_pages, logs
from copydesk.model import MESSAGE_IDS
from copydesk.process import settle_in
from copydesk.queue import TASK, create_celery, queues
from copydesk.settings import EnrichSettings, load
from services.enrich.desk import Desk, Enricher
from services.enrich.pipeline import Story, load_pipeline
from services.enrich.watched import WatchedPipeline

log = structlog.get_logger(__name__)

_FIRST: Final = Story(
    "Two states agree on a bridge",
    "BAMAKO - The prime minister of Mali, Awa Traore, and a delegation from Senegal signed an agreement on a"
    ' new bridge on Tuesday, officials said. "It took us nine years," Ms Traore told reporters. The African'
    " Development Bank will pay for most of it; a union of drivers had called for a strike.\n\n" * 4,
)
"""What each worker reads before any story, and keeps nothing of."""


def create_worker(settings: EnrichSettings, enricher: Enricher | None = None) -> Celery:
    """Returns the worker's Celery application, with the catalogue loaded before it forks.

    Args:
        settings: see `EnrichSettings`.
        enricher: computes the enrichment; by default the pipeline with the catalogue of the settings.

    Raises:
        CatalogueError: the catalogue is empty or broken.
    """
    desk = Desk(settings, enricher or _pipeline(settings))
    app = create_celery(
        settings.broker_url,
        task_queues=queues(settings.lanes),
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_soft_time_limit=settings.soft_limit_seconds,
        task_time_limit=settings.hard_limit_seconds,
        worker_prefetch_multiplier=1,
        worker_concurrency=settings.worker_concurrency,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_send_task_events=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=2,
        broker_transport_options={
            "queue_order_strategy": "priority",
            "visibility_timeout": settings.visibility_timeout_seconds,
            "socket_connect_timeout": 2,
            "socket_keepalive": True,
            "health_check_interval": 10,
        },
    )
    app.task(name=TASK)(_task(desk))
    return app


def _pipeline(settings: EnrichSettings) -> Enricher:
    """Returns the pipeline with all that it loads when it is first used, so that children share that too."""
    passthrough = (SoftTimeLimitExceeded, MemoryError)
    path = Path(settings.catalogue) if settings.catalogue else None
    pipeline = WatchedPipeline(path, passthrough) if path else load_pipeline(passthrough=passthrough)
    pipeline.enrich(_FIRST)
    return pipeline


def _task(desk: Desk) -> Any:  # noqa: ANN401 - Celery wraps any function
    def enrich(*revision_ids: str) -> None:
        """Enriches revisions; what is no id is logged and dropped, what is too much is left to the sweep."""
        wanted = [each for each in map(_id, revision_ids[:MESSAGE_IDS]) if each]
        if wanted:
            desk.work(wanted)

    return enrich


def _id(given: object) -> UUID | None:
    try:
        return UUID(given)  # type: ignore[arg-type] # whatever it is
    except (ValueError, AttributeError, TypeError):
        log.error("message.malformed", type=type(given).__name__)  # noqa: TRY400 - no traceback needed
        return None


def run(app: Celery, settings: EnrichSettings) -> None:
    """Runs a worker until it is told to stop; SIGTERM lets it finish the story in hand."""
    _keep_logs()
    # As root Celery warns of pickle, which this worker does not take.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    settle_in()  # the children come from a fork, and share what is not looked through
    worker_process_init.connect(_gather, weak=False)
    app.worker_main(
        [
            "--quiet",
            "worker",
            f"--hostname=enrich-{os.getpid()}@{socket.gethostname()}",
            f"--loglevel={settings.log_level}",
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
        ]
    )


def _keep_logs() -> None:
    """Celery sets up logs of its own, unless somebody listens to this signal."""
    setup_logging.connect(_nothing, weak=False)


def _nothing(**_: object) -> None:
    return


def _gather(**_: object) -> None:
    """What a child writes to is no longer the large page that it shared: each has its own."""
    large_pages.gather()


def __getattr__(name: str) -> Celery:
    """Gives `celery -A services.enrich.worker` its application."""
    if name != "app":
        raise AttributeError(name)
    settings = load(EnrichSettings)
    logs.configure(settings, "enrich")
    _keep_logs()
    return create_worker(settings)
