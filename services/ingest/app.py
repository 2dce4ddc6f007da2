"""The composition root of ingest."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from copydesk import queue
from copydesk.settings import IngestSettings
from copydesk.store.database import Database
from copydesk.store.line import Line
from copydesk.web import app as web
from services.ingest import routes
from services.ingest.intake import WRITERS, Intake
from services.ingest.nudge import Nudge

SERVICE = "ingest"
DESCRIPTION = "Accepts a story and promises to handle it: enriched, it is pushed to everyone who subscribed."


def create_app(settings: IngestSettings) -> FastAPI:
    """Returns the application of ingest. It connects to nothing before the first request."""
    store = Database(
        settings.database_url, pool_size=settings.database_pool_size, application_name="copydesk-ingest"
    )
    broker = queue.Producer(
        settings.broker_url,
        timeout_seconds=settings.enqueue_timeout_seconds,
        pause_seconds=settings.enqueue_pause_seconds,
    )

    lines = [Line(settings.database_url, application_name="copydesk-ingest") for _ in range(WRITERS)]
    intake = Intake(lines, Nudge(broker))

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
