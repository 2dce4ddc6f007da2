"""A running ingest on a database and a broker of the test's own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from copydesk.model import Scope
from copydesk.settings import IngestSettings
from copydesk.store import keys
from copydesk.store.database import Database
from services.embedded.postgres import Postgres
from services.embedded.redis import Redis
from services.ingest.app import create_app
from tests.conftest import TEMPLATE
from tests.web.wire import NOWHERE, Reply, ask, request, running, url_of

STORY = {"title": "Council votes", "body": "The council voted on Monday."}


@dataclass(frozen=True)
class Ingest:
    """A running ingest and one source's key."""

    url: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"content_type": "application/json", "authorization": f"Bearer {self.token}"}

    def post(self, data: bytes, **headers: str) -> Reply:
        return ask(self.url, request("POST", "/v1/stories", data, **{**self.headers, **headers}))

    @property
    def client(self) -> httpx2.Client:
        return httpx2.Client(base_url=self.url, headers={"Authorization": f"Bearer {self.token}"}, timeout=30)


def configured(database_url: str, broker_url: str, **overrides: Any) -> IngestSettings:
    return IngestSettings(database_url=database_url, broker_url=broker_url, **overrides)


def connect(database_url: str) -> Database:
    return Database(configured(database_url, NOWHERE["broker_url"]).database_url)


def make_key(database: Database, source: str, *scopes: Scope) -> str:
    with database.transaction() as connection:
        return keys.create(connection, source, scopes or (Scope.STORIES_WRITE,))[1]


@pytest.fixture
def new_key(database: Database) -> Callable[..., str]:
    """Makes keys: `new_key("reuters", Scope.ADMIN)`."""
    return lambda source="afp", *scopes: make_key(database, source, *scopes)


@pytest.fixture
def ingest(database_url: str, broker_url: str, new_key: Callable[..., str]) -> Iterator[Ingest]:
    """A running ingest and a key of the source reuters."""
    bounds = configured(database_url, broker_url)
    with running(create_app(bounds), bounds, "ingest") as server:
        yield Ingest(url_of(server), new_key("reuters"))


@pytest.fixture
def client(ingest: Ingest) -> Iterator[httpx2.Client]:
    """A client of that ingest."""
    with ingest.client as client:
        yield client


@pytest.fixture(scope="session")
def standing(migrated_postgres: Postgres, session_redis: Redis) -> Iterator[Ingest]:
    """A running ingest that many tests share: for what stores nothing, or does not mind other stories."""
    url = migrated_postgres.create_database("standing", TEMPLATE)
    bounds = configured(url, session_redis.url, body_timeout_seconds=2)
    database = connect(url)
    with running(create_app(bounds), bounds, "ingest") as server:
        yield Ingest(url_of(server), make_key(database, "reuters"))
    database.close()
    migrated_postgres.drop_database("standing")


@pytest.fixture
def visitor(standing: Ingest) -> Iterator[httpx2.Client]:
    """A client of the ingest that many tests share."""
    with standing.client as client:
        yield client
