"""`python -m services.enrich`: one worker on the three lanes.

It takes ids from enrich.breaking, enrich.normal and enrich.backfill, in this order, enriches the stories
and stores what it found. It is told everything by the environment: DATABASE_URL, BROKER_URL and the
COPYDESK_* settings that `copydesk settings` lists. SIGTERM lets it finish the story in hand.
"""

import os
import signal
import sys
import tempfile

from copydesk import process
from copydesk.settings import EnrichSettings


def main() -> int:
    """Runs a worker until it is told to stop."""
    settings = process.begin("python -m services.enrich", __doc__, EnrichSettings, "enrich")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # until Celery has its own
    # The children of a worker do its work: metrics must know before anything counts.
    with tempfile.TemporaryDirectory(prefix="copydesk-metrics-") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        _run(settings)
    return 0


def _run(settings: EnrichSettings) -> None:
    from services.enrich import worker
    from services.enrich.pipeline import CatalogueError, ModelError

    try:
        app = worker.create_worker(settings)
    except CatalogueError as error:
        process.refuse(f"COPYDESK_CATALOGUE: {error}" if settings.catalogue else error)
    except ModelError as error:
        process.refuse(error)
    stop_metrics = process.serve_metrics(settings, "worker_metrics_port")
    worker.run(app, settings)
    stop_metrics()


if __name__ == "__main__":
    sys.exit(main())
