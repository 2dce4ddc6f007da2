from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import text

from copydesk.model import DeliveryState, EventType, Lane, new_id
from copydesk.store import claims, events, figures, leases, stories, subscriptions
from copydesk.store.database import Database
from copydesk.store.figures import DeliveryFigures, LaneFigures
from copydesk.store.matching import Matching
from tests.store.conftest import ENRICHMENT, Everyone, lease_one

Accept = Callable[..., stories.Accepted]
NOTHING = LaneFigures(waiting=0, oldest_seconds=0, later=0, leased=0, quarantined=0)


def _do(database: Database, statement: str, **values: object) -> None:
    with database.transaction() as connection:
        connection.execute(text(statement), values)


def _lanes(database: Database, cap: int = figures.MOST) -> dict[Lane, LaneFigures]:
    with database.transaction() as connection:
        return figures.of_lanes(connection, cap)


def _owed(database: Database, cap: int = figures.MOST) -> DeliveryFigures:
    with database.transaction() as connection:
        return figures.of_deliveries(connection, cap)


def _lease(database: Database, revision: UUID, worker: str = "w") -> leases.Lease:
    with database.transaction() as connection:
        held = lease_one(connection, revision, worker=worker)
    assert held is not None
    return held


def _subscribe(database: Database, url: str = "http://example.org/") -> UUID:
    with database.transaction() as connection:
        document = {"url": url, "event_types": ["story.published"], "enabled": True}
        made: UUID = subscriptions.create(connection, "desk", b"s" * 32, document)["id"]
    return made


def _publish(database: Database, accept: Accept, uri: str = "urn:x:1") -> None:
    held = _lease(database, accept(uri=uri).revision_id)
    with database.transaction() as connection:
        leases.finish(connection, [leases.Done(held, ENRICHMENT, 1)])


def _fan_out(database: Database) -> None:
    with database.transaction() as connection:
        events.fan_out(connection, Matching(Everyone()))


def test_an_empty_database_has_nothing_to_tell(database: Database) -> None:
    assert _lanes(database) == dict.fromkeys(Lane, NOTHING)
    assert _owed(database) == DeliveryFigures(unplaced=0, due=0, sending=0, oldest_seconds=0)
    with database.transaction() as connection:
        assert figures.workers(connection) == []
        assert figures.failing(connection) == []
        assert figures.recent_deliveries(connection) == dict.fromkeys(DeliveryState, 0)


def test_each_lane_tells_what_waits_and_since_when(accept: Accept, database: Database) -> None:
    for number in range(3):
        accept(uri=f"urn:x:{number}", lane=Lane.BACKFILL)
    _do(database, "UPDATE revisions SET due_at = now() - interval '90 s' WHERE id = "
        "(SELECT id FROM revisions ORDER BY id LIMIT 1)")  # fmt: skip
    found = _lanes(database)
    assert found[Lane.BACKFILL].waiting == 3
    assert 89 < found[Lane.BACKFILL].oldest_seconds < 120
    assert found[Lane.NORMAL] == found[Lane.BREAKING] == NOTHING


def test_what_is_leased_or_due_later_or_quarantined_does_not_wait(accept: Accept, database: Database) -> None:
    for number in range(3):
        accept(uri=f"urn:x:{number}")
    _lease(database, accept(uri="urn:x:leased").revision_id)
    _do(database, "UPDATE revisions SET due_at = now() + interval '60 s' WHERE id = "
        "(SELECT min(id::text)::uuid FROM revisions)")  # fmt: skip
    _do(database, "UPDATE revisions SET state = 'quarantined' WHERE id = "
        "(SELECT id FROM revisions WHERE state = 'accepted' ORDER BY id DESC LIMIT 1)")  # fmt: skip
    found = _lanes(database)[Lane.NORMAL]
    assert (found.waiting, found.later, found.leased, found.quarantined) == (1, 1, 1, 1)


def test_a_lease_that_ran_out_waits(accept: Accept, database: Database) -> None:
    _lease(database, accept().revision_id)
    _do(database, "UPDATE revisions SET lease_until = now() - interval '50 s'")
    found = _lanes(database)[Lane.NORMAL]
    assert (found.waiting, found.leased) == (1, 0)
    assert 49 < found.oldest_seconds < 80


def test_counts_stop_at_their_cap(accept: Accept, database: Database) -> None:
    for number in range(4):
        _publish(database, accept, f"urn:done:{number}")
        accept(uri=f"urn:x:{number}")
    _do(database, "UPDATE revisions SET state = 'enriching', lease_until = now() - interval '1 s' WHERE id = "
        "(SELECT min(id::text)::uuid FROM revisions WHERE state = 'accepted')")  # fmt: skip
    assert _lanes(database, cap=2)[Lane.NORMAL].waiting == 2
    assert _lanes(database)[Lane.NORMAL].waiting == 4
    assert _owed(database, cap=2).unplaced == 2


def test_what_is_owed_is_told_by_state_and_age(accept: Accept, database: Database) -> None:
    for number in range(2):
        _subscribe(database, f"http://example.org/{number}")
    for number in range(3):
        _publish(database, accept, f"urn:x:{number}")
    _do(database, "UPDATE events SET created_at = now() - interval '40 s'")
    unplaced = _owed(database)
    assert (unplaced.unplaced, unplaced.due) == (3, 0)
    assert 39 < unplaced.oldest_seconds < 70
    _fan_out(database)
    assert (_owed(database).unplaced, _owed(database).due) == (0, 6)
    assert _owed(database, cap=4).due == 4
    with database.transaction() as connection:
        claims.claim(connection, cap=1, limit=2, lease_seconds=30)
    _do(database, "UPDATE deliveries SET due_at = now() - interval '80 s' WHERE id = "
        "(SELECT id FROM deliveries WHERE state = 'due' LIMIT 1)")  # fmt: skip
    found = _owed(database)
    assert (found.due, found.sending) == (4, 2)
    assert 79 < found.oldest_seconds < 110
    _do(database, "UPDATE subscriptions SET enabled = false")
    assert _owed(database).due == 0


def test_workers_are_those_that_took_something_lately(accept: Accept, database: Database) -> None:
    for number in range(3):
        _lease(database, accept(uri=f"urn:x:{number}").revision_id, "one" if number else "two")
    _do(database, "UPDATE steps SET outcome = 'failed' WHERE worker = 'two'")
    with database.transaction() as connection:
        found = figures.workers(connection)
        assert figures.workers(connection, seconds=-60) == []
    assert [(row["worker"], row["tries"], row["failed"]) for row in found] == [("one", 2, 0), ("two", 1, 1)]
    assert all(0 <= row["seen_seconds"] < 30 for row in found)


def test_a_failing_subscription_is_told_with_its_newest_failure(accept: Accept, database: Database) -> None:
    for url in ("http://good.example/", "http://bad.example/"):
        _subscribe(database, url)
    for number in range(2):
        _publish(database, accept, f"urn:x:{number}")
    _fan_out(database)
    _do(database, """
        UPDATE deliveries d SET attempts = 1,
            state = CASE WHEN s.url LIKE '%good%' THEN 'delivered' ELSE 'due' END,
            error_class = CASE WHEN s.url LIKE '%bad%' THEN 'http_5xx' END, status = 500
        FROM subscriptions s WHERE s.id = d.subscription_id
    """)  # fmt: skip
    with database.transaction() as connection:
        (found,) = figures.failing(connection)
        recent = figures.recent_deliveries(connection)
    assert (found["url"], found["failed"], found["deliveries"]) == ("http://bad.example/", 2, 2)
    assert (found["error_class"], found["status"], found["enabled"]) == ("http_5xx", 500, True)
    assert (recent[DeliveryState.DELIVERED], recent[DeliveryState.DUE]) == (2, 2)


def test_a_subscription_that_is_behind_is_told_though_nothing_was_tried(
    accept: Accept, database: Database
) -> None:
    _subscribe(database)
    _publish(database, accept)
    _fan_out(database)
    with database.transaction() as connection:
        assert figures.failing(connection) == []
    _do(database, "UPDATE deliveries SET due_at = now() - interval '90 s'")
    with database.transaction() as connection:
        (found,) = figures.failing(connection)
    assert (found["failed"], found["error_class"]) == (0, None)
    assert 89 < found["oldest_seconds"] < 120


def test_the_story_of_a_revision_is_named(accept: Accept, database: Database) -> None:
    accepted = accept(version=3)
    with database.transaction() as connection:
        assert figures.stories_of(connection, [accepted.revision_id]) == [(accepted.story_id, 3)]


@pytest.mark.parametrize("table", ["revisions", "deliveries", "events"])
def test_figures_read_partial_indexes_and_no_table(accept: Accept, database: Database, table: str) -> None:
    """With much that is done and little that waits, no plan reads a whole table."""
    done = accept()
    _do(database, """
        INSERT INTO revisions (id, story_id, version, lane, content_sha256, document, state)
        SELECT gen_random_uuid(), :story, n, 'normal', '', '{}', 'enriched' FROM generate_series(2, 3000) n
    """, story=done.story_id)  # fmt: skip
    _do(database, """
        INSERT INTO events (id, type, story_id, revision_id, generation, source, position)
        SELECT gen_random_uuid(), :type, story_id, id, 1, 'desk', row_number() OVER () FROM revisions
    """, type=EventType.PUBLISHED)  # fmt: skip
    subscription = _subscribe(database)
    _do(database, """
        INSERT INTO deliveries (id, event_id, subscription_id, state)
        SELECT gen_random_uuid(), id, :subscription, 'delivered' FROM events
    """, subscription=subscription)  # fmt: skip
    _do(database, f"ANALYZE {table}")
    _do(database, "UPDATE subscriptions SET next_due = now()")
    statements = {
        "revisions": [figures._LANES, figures._QUARANTINED],  # noqa: SLF001 - their plans
        "deliveries": [figures._DELIVERIES, figures._RECENT],  # noqa: SLF001
        "events": [figures._DELIVERIES],  # noqa: SLF001
    }
    values = {
        "lanes": list(Lane), "cap": 100, "subscriptions": 100, "since": new_id(),
    }  # fmt: skip
    with database.transaction() as connection:
        for statement in statements[table]:
            plan = "\n".join(connection.execute(text(f"EXPLAIN {statement.text}"), values).scalars())
            assert f"Seq Scan on {table}" not in plan, plan
