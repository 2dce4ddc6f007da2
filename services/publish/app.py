"""The HTTP process of publish, wired."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from copydesk.settings import PublishSettings
from copydesk.store.database import Database
from copydesk.web import app as web
from services.publish import endpoints, routes, sender
from services.publish.feed import Feed
from services.publish.trial import Trial
from services.publish.vault import Vault

DESCRIPTION = """Tell those who asked: subscribe an endpoint, and every finished record that fits its filter
is posted to it, signed as Standard Webhooks 1.0 says."""


def create_app(settings: PublishSettings) -> FastAPI:
    """Returns the application; it connects at its first request."""
    database = Database(
        settings.database_url, pool_size=settings.database_pool_size, application_name="copydesk-publish"
    )

    feed = Feed(database, settings.max_waiting)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        policy = endpoints.policy(settings)
        async with sender.create_session(
            settings.send_timeout_seconds, policy, proxy=settings.proxy
        ) as session:
            app.state.trial = Trial(session, app.state.vault)
            yield
        await feed.close()
        database.close()

    app = web.create(
        "publish",
        description=DESCRIPTION,
        checks={"database": database.check},
        documented=(
            "subscription",
            "subscription.patch",
            "subscription.preview",
            "subscription.rotation",
            "subscription.reply",
            "replay",
            "replay.reply",
            "record",
            "event",
        ),
        routes=routes.router,
        lifespan=lifespan,
    )
    app.state.database = database
    app.state.settings = settings
    app.state.feed = feed
    app.state.policy = endpoints.policy(settings)
    app.state.vault = Vault(settings.secrets_key)
    return app
