"""A process that dies before or after any of its commits leaves nothing half done."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

import orjson
import pytest
from sqlalchemy import Connection, text

from copydesk.model import Attempt, DeliveryState, Lane, Settlement
from copydesk.settings import EnrichSettings
from copydesk.store import claims, events, settlements, stories, subscriptions
from copydesk.store.database import Database
from copydesk.store.line import Line, Question, Row
from copydesk.store.matching import Matching
from copydesk.web import documents
from services.enrich import sweep
from services.enrich.desk import Desk
from services.enrich.pipeline import Story
from services.ingest.acceptance import post_of
from services.ingest.intake import Intake
from services.ingest.nudge import Nudge
from services.publish.matching import Index
from tests.accepting import accept
from tests.enrich.known import PIPELINE
from tests.ingest.test_nudge import FakeProducer
from tests.system.tree import wait_for

When = Literal["before", "after"]
WHEN: tuple[When, ...] = ("before", "after")
STORY = orjson.dumps(
    {"uri": "urn:test:crash", "title": "Dam opens in Lesotho", "body": "Lesotho opened a dam on Monday."}
)


class Crash(BaseException):
    """The process is gone: no handler of the code under test sees this."""


class CrashingDatabase(Database):
    """A database whose process dies at its nth commit: just before it, or just after."""

    def __init__(self, url: str, nth: int, when: When) -> None:
        super().__init__(url)
        self._left = nth
        self._when = when

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        self._left -= 1
        dies = self._left == 0
        with super().transaction() as connection:
            yield connection
            if dies and self._when == "before":
                raise Crash
        if dies:
            raise Crash


def _settings(url: str) -> EnrichSettings:
    quick = {"soft_limit_seconds": 0.1, "hard_limit_seconds": 0.15, "lease_seconds": 0.2}
    return EnrichSettings(
        database_url=url,
        broker_url="redis://127.0.0.1:1",
        retry_seconds=0.05,
        forgotten_seconds=0.05,
        **quick,
    )


def _one(database: Database, query: str) -> Any:
    with database.transaction() as connection:
        return connection.execute(text(query)).scalar()


class CrashingLine(Line):
    """A line whose process dies at its first statement: before it is asked, or after it was committed."""

    def __init__(self, url: str, when: When) -> None:
        super().__init__(url)
        self._when = when

    async def ask(self, question: Question) -> Sequence[Row]:
        if self._when == "after":
            await super().ask(question)
        raise Crash


@pytest.mark.parametrize("when", WHEN)
def test_ingest_promises_only_what_is_committed(database: Database, database_url: str, when: When) -> None:
    producer = FakeProducer()

    async def post() -> None:
        intake = Intake([CrashingLine(database_url, when)], Nudge(producer))
        try:
            await intake.accept(post_of("desk", documents.validate(STORY, "story")))
        finally:
            await intake.close()

    with pytest.raises(Crash):
        asyncio.run(post())
    assert producer.sent == []
    assert _one(database, "SELECT count(*) FROM revisions") == (when == "after")
    again = accept(database, "desk", STORY)
    assert again.created is (when == "before")
    assert _one(database, "SELECT count(*) FROM revisions") == 1


class Broken:
    """A pipeline that fails."""

    def enrich(self, story: Story) -> dict[str, Any]:
        raise RuntimeError(story.language)


@pytest.mark.parametrize("enricher", [PIPELINE, Broken()], ids=["enriched", "failed"])
@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("nth", [1, 2])
def test_a_worker_that_dies_at_a_commit_enriches_once_in_the_end(
    database: Database, database_url: str, nth: int, when: When, enricher: Any
) -> None:
    settings = _settings(database_url)
    revision = accept(database, "desk", STORY).revision_id
    crashing = CrashingDatabase(database_url, nth, when)
    with pytest.raises(Crash):
        Desk(settings, enricher, lambda: crashing).work([revision])
    crashing.close()
    desk = Desk(settings, PIPELINE, lambda: database)

    def done() -> bool:
        desk.work([revision])
        return bool(_one(database, "SELECT state FROM revisions") == "enriched")

    wait_for(done, 5, "done")
    assert _one(database, "SELECT count(*) FROM enrichments") == 1
    assert _one(database, "SELECT count(*) FROM events") == 1
    assert _one(database, "SELECT count(*) FROM steps WHERE outcome = 'started'") == 0


class Broker:
    """Takes every id and says that it has none."""

    def __init__(self) -> None:
        self.ids: Counter[UUID] = Counter()

    def enqueue(self, _lane: Lane, revision_ids: list[UUID]) -> bool:
        self.ids.update(revision_ids)
        return True

    def depth(self, _lane: Lane) -> int:
        return 0


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("nth", [1, 2, 3, 4])
def test_a_sweep_that_dies_at_a_commit_forgets_nothing(
    database: Database, database_url: str, nth: int, when: When
) -> None:
    settings = _settings(database_url)
    revision = accept(database, "desk", STORY).revision_id
    with database.transaction() as connection:
        connection.execute(text("UPDATE revisions SET enqueued_at = NULL"))
    broker = Broker()
    crashing = CrashingDatabase(database_url, nth, when)
    with pytest.raises(Crash):
        sweep.turn(crashing, broker, settings)  # type: ignore[arg-type] # a fake of the producer
    crashing.close()

    def found() -> bool:
        sweep.turn(database, broker, settings)  # type: ignore[arg-type] # the same
        return broker.ids[revision] > 0

    wait_for(found, 5, "the id is enqueued again")


class Publishing:
    """What a dispatcher does, step by step, with an endpoint that counts."""

    def __init__(self) -> None:
        self.received: Counter[UUID] = Counter()

    def walk(self, database: Database) -> None:
        with database.transaction() as connection:
            events.fan_out(connection, Matching(Index()))
            claimed, _ = claims.claim(connection, cap=8, limit=8, lease_seconds=0.1)
        self.received.update(each.event_id for each in claimed)
        outcome = Settlement(DeliveryState.DELIVERED, Attempt(datetime.now(UTC), 1, 204))
        with database.transaction() as connection:
            settlements.settle(connection, [(each, outcome) for each in claimed], "test")


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("nth", [1, 2])
def test_a_dispatcher_that_dies_at_a_commit_delivers_under_one_id(
    database: Database, database_url: str, nth: int, when: When
) -> None:
    document = {"url": "http://127.0.0.1:1/", "event_types": ["story.published"], "enabled": True}
    with database.transaction() as connection:
        subscriptions.create(connection, "desk", b"secret", document)
    revision = accept(database, "desk", STORY).revision_id
    Desk(_settings(database_url), PIPELINE, lambda: database).work([revision])
    publishing = Publishing()
    crashing = CrashingDatabase(database_url, nth, when)
    with pytest.raises(Crash):
        publishing.walk(crashing)
    crashing.close()

    def delivered() -> bool:
        publishing.walk(database)
        return bool(_one(database, "SELECT state FROM deliveries") == "delivered")

    wait_for(delivered, 5, "delivered")
    assert len(publishing.received) == 1
    assert publishing.received.total() <= 2
    assert _one(database, "SELECT count(*) FROM deliveries") == 1
    assert _one(database, "SELECT count(*) FROM attempts") == 1
    assert _one(database, "SELECT min(position) || ' ' || max(position) FROM events") == "1 1"


def test_every_crash_point_was_one(database: Database, database_url: str) -> None:
    """The walk has as many commits as the tests above name: one more, and nothing crashes."""
    revision = accept(database, "desk", STORY).revision_id
    crashing = CrashingDatabase(database_url, 3, "before")
    Desk(_settings(database_url), PIPELINE, lambda: crashing).work([revision])
    crashing.close()
    crashing = CrashingDatabase(database_url, 5, "before")
    sweep.turn(crashing, Broker(), _settings(database_url))  # type: ignore[arg-type] # a fake
    crashing.close()
    with database.transaction() as connection:
        assert stories.listing(connection, source=None, uri=None, state=None, after=None, limit=9)
