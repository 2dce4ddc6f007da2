"""One story, walked through every service in this process: each log line about it bears its id."""

import asyncio
import io
import logging
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import structlog
from billiard.exceptions import SoftTimeLimitExceeded
from sqlalchemy import text
from starlette.testclient import TestClient

from copydesk import logs, queue
from copydesk.errors import OutageError
from copydesk.model import Scope
from copydesk.settings import DispatcherSettings, EnrichSettings, IngestSettings
from copydesk.store import keys, settlements, subscriptions
from copydesk.store.database import Database
from services.enrich import sweep
from services.enrich.desk import Desk
from services.enrich.pipeline import Story
from services.ingest.app import create_app
from services.publish.dispatcher import Dispatcher
from tests.accepting import accept
from tests.enrich.known import PIPELINE
from tests.publish.conftest import HERE

BROKER = "redis://127.0.0.1:1/0"
STORY = {"title": "Snow in Oslo", "body": "Norway cleared the roads. The army helped.", "language": "en"}
# What is told of a process and not of a story.
OF_PROCESSES = {
    "queue.away",
    "sweep.mended",
    "dispatcher.started",
    "dispatcher.stopped",
    "attempts.partitioned",
}


class Told:
    """The log lines of this process, as they would be written."""

    def __init__(self) -> None:
        self._stream = io.StringIO()

    def listen(self, url: str) -> None:
        settings = EnrichSettings(database_url=url, broker_url=BROKER)
        logs.configure(settings, "test", stream=self._stream)

    def lines(self) -> list[dict[str, Any]]:
        lines = [orjson.loads(line) for line in self._stream.getvalue().splitlines()]
        return [line for line in lines if line["logger"].startswith(("copydesk", "services"))]


@pytest.fixture
def told(database_url: str) -> Iterator[Told]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    heard = Told()
    heard.listen(database_url)
    yield heard
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)  # noqa: FBT003 - the standard library's own


def _post(url: str, database: Database) -> str:
    with database.transaction() as connection:
        _, token = keys.create(connection, "desk", [Scope.STORIES_WRITE])
    settings = IngestSettings(database_url=url, broker_url=BROKER)
    with TestClient(create_app(settings)) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        posted = client.post("/v1/stories", json=STORY)
        assert posted.status_code == 202
        story = str(posted.json()["id"])
        assert client.get(f"/v1/stories/{story}").status_code == 200
    return story


class Faulty:
    """A pipeline that fails, then is too slow, then works."""

    def __init__(self) -> None:
        self._faults: list[BaseException] = [RuntimeError(), SoftTimeLimitExceeded()]
        self._pipeline = PIPELINE

    def enrich(self, story: Story) -> dict[str, Any]:
        if self._faults:
            raise self._faults.pop(0)
        return self._pipeline.enrich(story)


class Flickering(Database):
    """A database that is away when it is asked for the second time."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._asked = 0

    def transaction(self) -> Any:
        self._asked += 1
        if self._asked == 2:
            raise OutageError("it flickers")
        return super().transaction()


def _enrich(url: str, database: Database) -> None:
    settings = EnrichSettings(database_url=url, broker_url=BROKER, retry_seconds=0.001)
    flickering = Flickering(url)
    desk = Desk(settings, Faulty(), lambda: flickering)
    with database.transaction() as connection:
        revision = connection.execute(text("SELECT id FROM revisions")).scalar_one()
    outcomes = desk.work([revision])
    while outcomes[-1] != "published":
        assert len(outcomes) < 1000
        outcomes += desk.work([revision])
    assert set(outcomes) <= {"retry", "idle", "published"}
    flickering.close()


def _sweep(url: str, database: Database) -> str:
    """Quarantines a second story; returns its id."""
    second = _accept_another(database)
    with database.transaction() as connection:
        connection.execute(
            text(
                "UPDATE revisions SET state = 'enriching', attempts = 5, leased_at = now(),"
                " lease_until = now() - interval '1 second' WHERE story_id = CAST(:id AS uuid)"
            ),
            {"id": second},
        )
    producer = queue.Producer(BROKER)
    settings = EnrichSettings(database_url=url, broker_url=BROKER)
    assert sweep.turn(database, producer, settings).quarantined == 1
    producer.close()
    return second


def _accept_another(database: Database) -> str:
    return str(accept(database, "desk", orjson.dumps({**STORY, "title": "Snow again"})).story_id)


def _deliver(url: str, database: Database, patch: pytest.MonkeyPatch) -> None:
    faults: list[Exception] = [OutageError("it flickers"), RuntimeError()]
    settle = settlements.settle

    def settle_at_last(*values: Any) -> Any:
        if faults:
            raise faults.pop(0)
        return settle(*values)

    patch.setattr(settlements, "settle", settle_at_last)
    with database.transaction() as connection:
        document = {"url": "http://127.0.0.1:9/closed", "event_types": ["story.published"], "enabled": True}
        subscriptions.create(connection, "desk", b"s" * 32, document)
    settings = DispatcherSettings(
        database_url=url,
        broker_url=BROKER,
        poll_seconds=0.2,
        send_timeout_seconds=0.4,
        delivery_lease_seconds=0.8,
        retry_schedule_seconds=(0.05,),
        **HERE,
    )

    def exhausted() -> bool:
        with database.transaction() as connection:
            return connection.execute(text("SELECT state FROM deliveries")).scalar() == "exhausted"

    async def run() -> None:
        dispatcher = Dispatcher(settings)
        running = asyncio.create_task(dispatcher.run())
        async with asyncio.timeout(20):
            while not await asyncio.to_thread(exhausted):  # noqa: ASYNC110 - the database tells no event
                await asyncio.sleep(0.02)
        dispatcher.stop()
        await running

    asyncio.run(run())


def test_every_log_line_of_a_story_bears_its_id_from_post_to_delivery(
    database_url: str, database: Database, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = _post(database_url, database)
    _enrich(database_url, database)
    lost = _sweep(database_url, database)
    _deliver(database_url, database, monkeypatch)
    lines = [line for line in told.lines() if line["event"] not in OF_PROCESSES]
    of_story = [line for line in lines if line.get("story_id") == story]
    assert {line["event"] for line in of_story} == {
        "http.request",
        "story.left_to_sweep",
        "story.failed",
        "story.worked",
        "database.away",
        "delivery.attempted",
        "delivery.unsettled",
        "delivery.failed",
    }
    others = [line for line in lines if line not in of_story]
    assert [(line["event"], line.get("story_id")) for line in others] == [("story.lost", lost)]
