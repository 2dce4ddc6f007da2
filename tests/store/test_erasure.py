import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from copydesk.model import Attempt, DeliveryState, ErrorClass, Settlement
from copydesk.store import claims, erasure, events, health, leases, settlements, stories, subscriptions
from copydesk.store.database import Database
from copydesk.store.matching import Matching
from services.publish.matching import Index
from tests.store.conftest import ENRICHMENT, lease_one

Accept = Callable[..., stories.Accepted]
WORDS = ("Mombasa", "reopened")
TABLES = ("stories", "revisions", "enrichments", "events", "deliveries", "attempts", "steps")


def _erase(database: Database, story: UUID, source: str | None = "desk") -> bool:
    with database.transaction() as connection:
        return erasure.erase(connection, story, source, "key of desk")


def _rows(database: Database, query: str, **values: Any) -> list[Any]:
    with database.transaction() as connection:
        return [tuple(row) for row in connection.execute(text(query), values)]


def _enrich(database: Database, revision: UUID) -> None:
    with database.transaction() as connection:
        held = lease_one(connection, revision)
        assert held is not None
        found = {**ENRICHMENT, "highlights": [{"text": "The harbour of Mombasa reopened on Monday."}]}
        leases.finish(connection, [leases.Done(held, found, 1)])


def _place(database: Database) -> None:
    with database.transaction() as connection:
        events.fan_out(connection, Matching(Index()))


@pytest.fixture
def _subscribed(database: Database) -> None:
    types = ["story.published", "story.updated", "story.quarantined"]
    with database.transaction() as connection:
        subscriptions.create(
            connection, "desk", b"s" * 32, {"url": "http://x.example/", "event_types": types}
        )


def _everything(database: Database) -> str:
    """All that is stored, in one text."""
    return str([_rows(database, f"SELECT t::text FROM {table} t") for table in TABLES])  # noqa: S608 - our own


def _attempt(database: Database) -> None:
    """Stores attempts whose answers quote the story, for each delivery."""
    with database.transaction() as connection:
        connection.execute(
            text(
                "INSERT INTO attempts (id, started_at, delivery_id, number, duration_ms, status, response,"
                " received, dispatcher) SELECT gen_random_uuid(), now(), id, 1, 1, 500,"
                " 'Mombasa reopened?', '[[\"x-title\", \"Mombasa reopened\"]]', 'd' FROM deliveries"
            )
        )
        connection.execute(  # one whose answer was no HTTP: the error quotes it
            text(
                "INSERT INTO attempts (id, started_at, delivery_id, number, duration_ms, error_class, detail,"
                " dispatcher) SELECT gen_random_uuid(), now(), id, 2, 1, 'bad_reply',"
                " 'BadHttpMessage: Mombasa reopened', 'd' FROM deliveries"
            )
        )


@pytest.mark.usefixtures("_subscribed")
def test_no_word_of_an_erased_story_is_left_anywhere(accept: Accept, database: Database) -> None:
    made = accept()
    _enrich(database, made.revision_id)
    accept(version=2, content=b"2")  # in no worker's hands yet
    accept(version=3, content=b"3")
    with database.transaction() as connection:  # one in quarantine, told to its source
        connection.execute(
            text(
                "UPDATE revisions SET state = 'quarantined', stage = 'enrich', reason = 'error',"
                " detail = 'x', attempts = 1, settled_at = now() WHERE version = 3"
            )
        )
        quarantined = connection.execute(text("SELECT id FROM revisions WHERE version = 3")).scalar_one()
        leases.announce_quarantine(connection, quarantined)
    _place(database)
    _attempt(database)
    before = _everything(database)
    assert all(word in before for word in WORDS)
    assert _erase(database, made.story_id)
    after = _everything(database)
    assert not any(word in after for word in WORDS)
    assert _rows(database, "SELECT state FROM revisions ORDER BY version") == [
        ("enriched",), ("discarded",), ("discarded",)
    ]  # fmt: skip
    assert _rows(database, "SELECT DISTINCT state, lease_token FROM deliveries") == [("discarded", None)]
    assert _rows(database, "SELECT count(*) FROM steps WHERE name = 'erase'") == [(3,)]


def test_erasing_twice_is_boring_and_only_the_source_or_an_admin_may(
    accept: Accept, database: Database
) -> None:
    made = accept()
    assert not _erase(database, made.story_id, "afp")
    assert not _erase(database, uuid4(), None)
    assert _rows(database, "SELECT erased_at FROM revisions") == [(None,)]
    assert _erase(database, made.story_id)
    once = _everything(database)
    assert _erase(database, made.story_id, None)
    assert _everything(database) == once


@pytest.mark.usefixtures("_subscribed")
def test_of_one_delivery_what_was_answered_is_erased_and_nothing_else(
    accept: Accept, database: Database
) -> None:
    for _ in range(2):
        _enrich(database, accept(uri=f"urn:x:{uuid4()}").revision_id)
    _place(database)
    _attempt(database)
    answered = (
        "SELECT number, num_nonnulls(response, received, detail) > 0 FROM attempts"
        " WHERE delivery_id = :id ORDER BY number"
    )
    kept = (
        "SELECT id, started_at, delivery_id, number, duration_ms, status, error_class, sent, dispatcher"
        " FROM attempts ORDER BY id"
    )
    (one,), (other,) = _rows(database, "SELECT id FROM deliveries ORDER BY id")
    before, stories_before = _rows(database, kept), _rows(database, "SELECT d::text FROM revisions d")

    def erase(delivery: UUID, source: str | None) -> bool:
        with database.transaction() as connection:
            return erasure.erase_replies(connection, delivery, source)

    assert not erase(one, "afp")
    assert not erase(uuid4(), None)
    assert _rows(database, answered, id=one) == [(1, True), (2, True)]
    assert erase(one, "desk")
    assert _rows(database, answered, id=one) == [(1, False), (2, False)]
    assert _rows(database, answered, id=other) == [(1, True), (2, True)]
    assert _rows(database, kept) == before
    assert _rows(database, "SELECT d::text FROM revisions d") == stories_before
    once = _everything(database)
    assert erase(one, None)
    assert _everything(database) == once


def test_what_a_worker_has_in_hand_comes_to_nothing(accept: Accept, database: Database) -> None:
    made = accept()
    with database.transaction() as connection:
        held = lease_one(connection, made.revision_id)
    assert held is not None
    _erase(database, made.story_id)
    with database.transaction() as connection:
        leases.finish(connection, [leases.Done(held, ENRICHMENT, 1)])
    assert _rows(database, "SELECT state FROM revisions") == [("discarded",)]
    assert _rows(database, "SELECT 1 FROM enrichments UNION ALL SELECT 1 FROM events") == []


@pytest.mark.usefixtures("_subscribed")
def test_what_was_owed_meanwhile_has_no_content_and_is_closed(accept: Accept, database: Database) -> None:
    """A fan-out, or a retry by hand, may come between: whoever claims it sees that."""
    made = accept()
    _enrich(database, made.revision_id)
    _erase(database, made.story_id)
    _place(database)
    assert _rows(database, "SELECT state FROM deliveries") == [("due",)]
    with database.transaction() as connection:
        claimed = claims.claim(connection, cap=8, limit=8, lease_seconds=30).deliveries
        assert [erasure.is_erased(each) for each in claimed] == [True]
        erasure.discard(connection, claimed)
    assert _rows(database, "SELECT state FROM deliveries") == [("discarded",)]


def test_what_is_posted_after_an_erasure_is_a_version_of_its_own(accept: Accept, database: Database) -> None:
    made = accept()
    _enrich(database, made.revision_id)
    _erase(database, made.story_id)
    assert not accept().created, "the same version is not told again"
    later = accept(version=2, content=b"2")
    _enrich(database, later.revision_id)
    with database.transaction() as connection:
        assert erasure.erased_at(connection, made.story_id) is None
        assert erasure.erased_at(connection, made.story_id, 1) is not None
        assert erasure.erased_at(connection, made.story_id, 9) is None
        found = stories.finished(connection, made.story_id)
    assert found is not None
    assert found.document["title"]


@pytest.mark.usefixtures("_subscribed")
def test_an_attempt_under_way_is_not_stored(accept: Accept, database: Database) -> None:
    made = accept()
    _enrich(database, made.revision_id)
    _place(database)
    with database.transaction() as connection:
        (claimed,) = claims.claim(connection, cap=8, limit=8, lease_seconds=30).deliveries
    assert not erasure.is_erased(claimed)
    _erase(database, made.story_id)
    attempt = Attempt(datetime.now(UTC), 1.0, 500, ErrorClass.SERVER_ERROR, response="Mombasa reopened?")
    with database.transaction() as connection:
        outcome = Settlement(DeliveryState.DUE, attempt, 1.0)
        assert settlements.settle(connection, [(claimed, outcome)], "d").kept == {}
    assert _rows(database, "SELECT 1 FROM attempts") == []
    assert _rows(database, "SELECT state FROM deliveries") == [("discarded",)]


def test_who_settles_meanwhile_and_who_erases_do_not_block_each_other(
    accept: Accept, database: Database
) -> None:
    with database.transaction() as connection:
        given = {"url": "http://x.example/", "event_types": ["story.published", "story.updated"]}
        subscribed = [subscriptions.create(connection, "desk", b"s" * 32, given)["id"] for _ in range(2)]
    made = accept()
    _enrich(database, made.revision_id)
    _place(database)
    with database.transaction() as connection:
        claimed = claims.claim(connection, cap=8, limit=8, lease_seconds=30).deliveries
    first, second = sorted(claimed, key=lambda each: each.delivery_id)
    outcome = Settlement(DeliveryState.DELIVERED, Attempt(datetime.now(UTC), 1.0, 200, None))
    with ThreadPoolExecutor(1) as pool:
        with database.transaction() as connection:
            health.lock(connection, subscribed)
            settlements.settle(connection, [(second, outcome)], "d")
            erasing = pool.submit(_erase, database, made.story_id)
            deadline = time.monotonic() + 20
            while _rows(database, "SELECT count(*) FROM pg_locks WHERE NOT granted") == [(0,)]:
                assert time.monotonic() < deadline
            settlements.settle(connection, [(first, outcome)], "d")
        assert erasing.result(20)
    assert _rows(database, "SELECT DISTINCT state FROM deliveries") == [("delivered",)]
