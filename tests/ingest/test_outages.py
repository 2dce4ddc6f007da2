import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx2
import pytest
from sqlalchemy import text

from copydesk.store import migrations, schema
from copydesk.store.database import Database
from services.embedded.postgres import Postgres
from services.embedded.redis import Redis
from services.ingest.app import create_app
from tests.ingest.conftest import STORY, Ingest, configured
from tests.web.wire import NOWHERE, running, url_of


@contextmanager
def serving(database_url: str, broker_url: str, token: str) -> Iterator[httpx2.Client]:
    bounds = configured(database_url, broker_url)
    with (
        running(create_app(bounds), bounds, "ingest") as server,
        Ingest(url_of(server), token).client as client,
    ):
        yield client


def count(database: Database) -> int:
    with database.transaction() as connection:
        return int(connection.execute(text("SELECT count(*) FROM revisions")).scalar_one())


def test_without_a_broker_stories_are_accepted(
    database_url: str, database: Database, new_key: Callable[..., str]
) -> None:
    with serving(database_url, NOWHERE["broker_url"], new_key()) as client:
        for number in range(3):
            started = time.monotonic()
            reply = client.post("/v1/stories", json={**STORY, "title": f"T{number}"})
            assert reply.status_code == 202
            assert time.monotonic() - started < 2
        assert count(database) == 3
        health = client.get("/__heartbeat__")
        assert (health.status_code, health.json()["down"]) == (503, ["broker"])


def test_with_a_frozen_broker_stories_are_accepted_within_two_seconds(
    database_url: str, database: Database, new_key: Callable[..., str], redis_server: Redis
) -> None:
    with serving(database_url, redis_server.url, new_key()) as client:
        assert client.post("/v1/stories", json=STORY).status_code == 202
        redis_server.freeze()
        try:

            def post(number: int) -> tuple[int, float]:
                started = time.monotonic()
                reply = client.post("/v1/stories", json={**STORY, "title": f"T{number}"})
                return reply.status_code, time.monotonic() - started

            with ThreadPoolExecutor(8) as pool:
                replies = list(pool.map(post, range(8)))
            health = client.get("/__heartbeat__")
        finally:
            redis_server.thaw()
        assert {status for status, _ in replies} == {202}
        assert max(seconds for _, seconds in replies) < 2
        assert (health.status_code, health.json()["down"]) == (503, ["broker"])
        assert count(database) == 9


def test_without_a_database_nothing_is_promised(broker_url: str, new_key: Callable[..., str]) -> None:
    with serving(NOWHERE["database_url"], broker_url, new_key()) as client:
        reply = client.post("/v1/stories", json=STORY)
        assert (reply.status_code, reply.json()["code"]) == (503, "database_unavailable")
        assert reply.headers["retry-after"] == "5"
        health = client.get("/__heartbeat__")
        assert (health.status_code, health.json()["down"]) == (503, ["database"])


def test_a_database_that_lacks_a_migration_is_named(
    database_url: str, database: Database, broker_url: str, new_key: Callable[..., str]
) -> None:
    with serving(database_url, broker_url, new_key()) as client:
        assert client.get("/__heartbeat__").status_code == 200
        for found, status in ((schema.known()[-2], 503), ("9999", 200)):
            with database.transaction() as connection:
                connection.execute(text("UPDATE alembic_version SET version_num = :found"), {"found": found})
            assert client.get("/__heartbeat__").status_code == status
            assert client.get("/__lbheartbeat__").status_code == 200


@pytest.mark.timeout(120)
def test_a_database_that_restarts_is_found_again(postgres_server: Postgres, broker_url: str) -> None:
    from copydesk.model import Scope
    from copydesk.store import keys

    url = postgres_server.create_database("restarts")
    migrations.upgrade(url)
    database = Database(configured(url, broker_url).database_url)
    with database.transaction() as connection:
        token = keys.create(connection, "reuters", [Scope.STORIES_WRITE])[1]
    database.close()
    with serving(url, broker_url, token) as client:
        first = client.post("/v1/stories", json=STORY)
        postgres_server.stop()
        assert client.post("/v1/stories", json=STORY).status_code == 503
        postgres_server.start()
        again = client.post("/v1/stories", json=STORY)
        assert (first.status_code, again.status_code) == (202, 200)
        assert first.json()["id"] == again.json()["id"]
