"""The composition root of ingest."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from copydesk import queue
from copydesk.settings import IngestSettings
from copydesk.store.database import Database
from copydesk.web import app as web
from services.ingest import routes
from services.ingest.intake import Intake
from services.ingest.nudge import Nudge, Producer

SERVICE = "ingest"
DESCRIPTION = "Accepts a story and promises to handle it: enriched, it is pushed to everyone who subscribed."


def create_app(
    settings: IngestSettings, *, database: Database | None = None, producer: Producer | None = None
) -> FastAPI:
    """Returns the application of ingest. It connects to nothing before the first request.

    Args:
        settings: what ingest reads.
        database: in place of the one that the settings name; closed with the application.
        producer: the same for the broker.
    """
    store = database or Database(
        settings.database_url, pool_size=settings.database_pool_size, application_name="copydesk-ingest"
    )
    broker = producer or queue.Producer(
        settings.broker_url,
        timeout_seconds=settings.enqueue_timeout_seconds,
        pause_seconds=settings.enqueue_pause_seconds,
    )

    intake = Intake(store, Nudge(broker))

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await intake.close()
        broker.close()
        store.close()

    app = web.create(
        SERVICE,
        description=DESCRIPTION,
        checks={"database": store.check, "broker": broker.check},
        documented=("story",),
        routes=routes.router(settings, store, intake),
        lifespan=lifespan,
    )
    app.state.database = store
    return app
