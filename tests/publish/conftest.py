"""Publish on a real database, and records that it may tell of."""

from collections.abc import Callable, Iterator
from uuid import UUID

import orjson
import pytest
from starlette.testclient import TestClient

from copydesk.model import Scope, new_id
from copydesk.settings import EnrichSettings, PublishSettings
from copydesk.store import keys
from copydesk.store.database import Database
from services.enrich.desk import Desk
from services.enrich.pipeline import Pipeline
from services.publish.app import create_app
from tests.accepting import accept

BROKER = "redis://127.0.0.1:1/0"  # publish never asks the broker
# A filter that is well-formed, and of more values than one may hold.
TOO_LARGE = {"any": [{"sources": [f"source-{n}" for n in range(100)]} for _ in range(11)]}
# What lets an endpoint be on this machine.
HERE = {"allow_cidr": "127.0.0.0/8", "allow_http": True, "allow_ports": "9,1024-65535"}
Client = Callable[..., TestClient]
Finish = Callable[..., UUID]


@pytest.fixture
def client(database_url: str, database: Database) -> Iterator[Client]:
    """Makes clients: by default one of source `desk` with every scope but admin."""
    settings = PublishSettings(database_url=database_url, broker_url=BROKER, **HERE)
    with TestClient(create_app(settings)) as shared:

        def client(source: str = "desk", *scopes: Scope) -> TestClient:
            with database.transaction() as connection:
                _, token = keys.create(connection, source, scopes or set(Scope) - {Scope.ADMIN})
            shared.headers["Authorization"] = f"Bearer {token}"
            return shared

        yield client


@pytest.fixture
def finish_on(pipeline: Pipeline) -> Iterator[Callable[[str], Finish]]:
    """Makes a function that posts and enriches a story on a database, and returns its id."""
    opened = []

    def finish_on(url: str) -> Finish:
        database = Database(url)
        opened.append(database)
        settings = EnrichSettings(database_url=url, broker_url=BROKER)
        desk = Desk(settings, pipeline, lambda: database)

        def finish(source: str = "desk", **more: object) -> UUID:
            story = {
                "uri": f"urn:test:{new_id()}",
                "title": "Kenya and Uganda agree on a railway",
                "body": "Kenya and Uganda agreed on a railway on Monday. The line will end in Kampala.",
                "language": "en",
                **more,
            }
            receipt = accept(database, source, orjson.dumps(story))
            desk.work([receipt.revision_id])
            return receipt.story_id

        return finish

    yield finish_on
    for database in opened:
        database.close()


@pytest.fixture
def finish(finish_on: Callable[[str], Finish], database_url: str) -> Finish:
    """Posts and enriches a story, and returns its id."""
    return finish_on(database_url)
