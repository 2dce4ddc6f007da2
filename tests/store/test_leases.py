import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from copydesk.model import Lane
from copydesk.store import leases, stories
from copydesk.store.database import Database
from copydesk.store.leases import Lease
from tests.store.conftest import DOCUMENT, ENRICHMENT, lease_one

Accept = Callable[..., stories.Accepted]


def _lease(database: Database, revision: UUID, seconds: float = 30, most: int = 5) -> Lease | None:
    with database.transaction() as connection:
        return lease_one(connection, revision, seconds=seconds, max_attempts=most)


def _finish(database: Database, held: Lease) -> bool | None:
    with database.transaction() as connection:
        (published,) = leases.finish(connection, [leases.Done(held, ENRICHMENT, 1)])
    return published


def _fail(database: Database, held: Lease, **more: Any) -> bool | None:
    values = {
        "stage": "enrich",
        "reason": "error",
        "detail": "d",
        "duration_ms": 1,
        "retry_seconds": 0,
        "max_attempts": 5,
        **more,
    }
    with database.transaction() as connection:
        return leases.fail(connection, held, **values)


def _value(database: Database, query: str) -> Any:
    with database.transaction() as connection:
        return connection.execute(text(query)).scalar()


def test_a_lease_carries_the_story(accept: Accept, database: Database) -> None:
    accepted = accept(lane=Lane.BREAKING)
    held = _lease(database, accepted.revision_id)
    assert held is not None
    assert (held.story_id, held.source, held.uri, held.version) == (accepted.story_id, "desk", "urn:x:1", 1)
    assert (held.generation, held.attempt, held.lane, held.document) == (1, 1, Lane.BREAKING, DOCUMENT)


def test_one_of_many_gets_the_lease(accept: Accept, database: Database) -> None:
    revision = accept().revision_id
    with ThreadPoolExecutor(8) as pool:
        held = [each for each in pool.map(lambda _: _lease(database, revision), range(16)) if each]
    assert len(held) == 1


def test_enriching_twice_publishes_once(accept: Accept, database: Database) -> None:
    held = _lease(database, accept().revision_id)
    assert held is not None
    assert _finish(database, held) is True
    assert _finish(database, held) is None
    assert _lease(database, held.revision_id) is None
    assert _value(database, "SELECT count(*) FROM events") == 1
    assert _value(database, "SELECT count(*) FROM enrichments") == 1


def test_stories_are_finished_in_the_order_in_which_they_are_accepted(
    accept: Accept, database: Database, eventually: Callable[..., None]
) -> None:
    """Else ingest, that has the one, and enrich, that has the other, wait for each other."""
    held = [_lease(database, accept(uri).revision_id) for uri in ("urn:x:2", "urn:x:1")]
    done = [leases.Done(each, ENRICHMENT, 1) for each in held if each]

    def finish() -> list[bool | None]:
        with database.transaction() as connection:
            return leases.finish(connection, done)

    with ThreadPoolExecutor(1) as pool:
        with database.transaction() as connection:
            connection.execute(text("SELECT FROM stories WHERE uri = 'urn:x:1' FOR NO KEY UPDATE"))
            finishing = pool.submit(finish)
            waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = "
            eventually(lambda: _value(database, f"{waiting} current_database()"), 5)
            free = text("SELECT uri FROM stories FOR NO KEY UPDATE SKIP LOCKED")
            assert set(connection.execute(free).scalars()) == {"urn:x:1", "urn:x:2"}
        assert finishing.result() == [True, True]


def test_who_lost_the_lease_changes_nothing(accept: Accept, database: Database) -> None:
    late = _lease(database, accept().revision_id, seconds=0.01)
    assert late is not None
    time.sleep(0.02)
    held = _lease(database, late.revision_id)
    assert held is not None
    assert held.attempt == 2
    assert _finish(database, late) is None
    assert _fail(database, late) is None
    assert _finish(database, held) is True
    assert (
        _value(database, "SELECT string_agg(outcome, ' ' ORDER BY id) FROM steps WHERE name = 'enrich'")
        == "lost ok"
    )


def test_an_older_version_is_recorded_and_never_published(accept: Accept, database: Database) -> None:
    older, newer = accept(version=1), accept(version=2)
    for accepted, published in ((newer, True), (older, False)):
        held = _lease(database, accepted.revision_id)
        assert held is not None
        assert _finish(database, held) is published
    assert _value(database, "SELECT count(*) FROM events") == 1


def test_the_second_version_published_is_an_update(accept: Accept, database: Database) -> None:
    for version in (1, 2):
        held = _lease(database, accept(version=version).revision_id)
        assert held is not None
        _finish(database, held)
    types = "SELECT string_agg(type, ' ' ORDER BY id) FROM events"
    assert _value(database, types) == "story.published story.updated"


def test_a_failed_try_is_due_again_later_and_the_fifth_is_quarantined(
    accept: Accept, database: Database
) -> None:
    revision = accept().revision_id
    for attempt in range(1, 6):
        held = _lease(database, revision)
        assert held is not None
        assert held.attempt == attempt
        assert _fail(database, held) is (attempt == 5)
    assert _lease(database, revision) is None
    assert _value(database, "SELECT data->>'reason' FROM events WHERE type = 'story.quarantined'") == "error"


def test_a_story_that_waits_for_its_next_try_is_not_leased(accept: Accept, database: Database) -> None:
    held = _lease(database, accept().revision_id)
    assert held is not None
    assert _fail(database, held, retry_seconds=60) is False
    assert _lease(database, held.revision_id) is None


def test_a_permanent_error_is_quarantined_at_once(accept: Accept, database: Database) -> None:
    held = _lease(database, accept().revision_id)
    assert held is not None
    assert _fail(database, held, retry_seconds=None) is True


def test_a_try_that_an_outage_ended_does_not_count(accept: Accept, database: Database) -> None:
    held = _lease(database, accept().revision_id)
    assert held is not None
    with database.transaction() as connection:
        assert leases.give_back(connection, held)
        assert not leases.give_back(connection, held)
    again = _lease(database, held.revision_id)
    assert again is not None
    assert again.attempt == 1


def test_giving_back_a_lost_lease_takes_the_count_back_and_leaves_the_new_lease(
    accept: Accept, database: Database
) -> None:
    late = _lease(database, accept().revision_id, seconds=0.01)
    assert late is not None
    time.sleep(0.02)
    held = _lease(database, late.revision_id)
    assert held is not None
    with database.transaction() as connection:
        assert leases.give_back(connection, late)
    assert _value(database, "SELECT attempts FROM revisions") == 1
    assert _finish(database, held) is True


def test_what_killed_every_worker_is_quarantined_by_the_sweep(accept: Accept, database: Database) -> None:
    revision = accept().revision_id
    for _ in range(5):
        assert _lease(database, revision, seconds=0.01)
        time.sleep(0.02)
    assert _lease(database, revision) is None
    with database.transaction() as connection:
        assert leases.quarantine_exhausted(connection, 5) == [revision]
        assert leases.quarantine_exhausted(connection, 5) == []
    assert _value(database, "SELECT data->>'reason' FROM events") == "worker_lost"
    assert _value(database, "SELECT count(*) FROM steps WHERE outcome = 'lost'") == 5


def test_forgotten_ids_are_found_once_a_pause_and_oldest_first(accept: Accept, database: Database) -> None:
    waiting = [accept(uri=f"urn:x:{n}").revision_id for n in range(3)]
    leased = accept(uri="urn:x:leased").revision_id
    assert _lease(database, leased)

    def forgotten(older: float, limit: int = 10, lane: Lane = Lane.NORMAL) -> list[UUID]:
        with database.transaction() as connection:
            return leases.forgotten(connection, lane, older_seconds=older, messages=limit, limit=10)

    assert forgotten(60) == []
    assert forgotten(0, lane=Lane.BREAKING) == []
    assert forgotten(0, limit=2) == waiting[:2]
    assert set(forgotten(0)) == set(waiting)
    assert forgotten(60) == []
    with database.transaction() as connection:
        assert leases.waiting(connection, Lane.NORMAL, 100) == 3
        assert leases.waiting(connection, Lane.NORMAL, 2) == 2


def test_a_lease_that_ran_out_is_found_again(accept: Accept, database: Database) -> None:
    revision = accept().revision_id
    assert _lease(database, revision, seconds=0.01)
    time.sleep(0.02)
    with database.transaction() as connection:
        assert leases.forgotten(connection, Lane.NORMAL, older_seconds=0, messages=1, limit=10) == [revision]


@pytest.mark.parametrize("lane", list(Lane))
def test_every_lane_is_a_lane_of_the_table(accept: Accept, lane: Lane) -> None:
    assert accept(lane=lane).created
