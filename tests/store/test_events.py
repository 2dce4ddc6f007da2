import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from copydesk.model import Unplaced
from copydesk.store import events, leases, stories, subscriptions
from copydesk.store.database import Database
from copydesk.store.events import Placed
from copydesk.store.matching import Matching
from tests.store.conftest import ENRICHMENT, Everyone, lease_one

Accept = Callable[..., stories.Accepted]
SUBSCRIPTION = {
    "url": "http://127.0.0.1:1/",
    "event_types": ["story.published", "story.updated"],
    "enabled": True,
}


@pytest.fixture
def publish(accept: Accept, database: Database) -> Callable[[int], UUID]:
    def publish(number: int) -> UUID:
        accepted = accept(uri=f"urn:x:{number}")
        with database.transaction() as connection:
            held = lease_one(connection, accepted.revision_id)
            assert held is not None
            leases.finish(connection, [leases.Done(held, ENRICHMENT, 1)])
        return accepted.story_id

    return publish


def _subscribe(database: Database, **more: Any) -> UUID:
    with database.transaction() as connection:
        made: UUID = subscriptions.create(connection, "desk", b"s", {**SUBSCRIPTION, **more})["id"]
        return made


def _fan_out(database: Database, limit: int = 100) -> int | None:
    with database.transaction() as connection:
        placed = events.fan_out(connection, Matching(Everyone()), limit)
        return placed.events if placed else None


def _fail_to_fan_out(database: Database) -> None:
    def fail() -> None:
        with database.transaction() as connection:
            events.fan_out(connection, Matching(Everyone()), 3)
            raise RuntimeError("a fault before the commit")

    with pytest.raises(RuntimeError):
        fail()


def _fan_out_by_many(database: Database) -> None:
    with ThreadPoolExecutor(4) as pool:
        while sum(placed or 0 for placed in pool.map(lambda _: _fan_out(database, 2), range(4))):
            pass
    while _fan_out(database, 2):
        pass


def _column(database: Database, query: str) -> list[Any]:
    with database.transaction() as connection:
        return list(connection.execute(text(query)).scalars())


def test_fanning_out_owes_each_event_once_to_each_subscription(
    publish: Callable[[int], UUID], database: Database
) -> None:
    wanted = {_subscribe(database), _subscribe(database)}
    _subscribe(database, event_types=["story.quarantined"])
    publish(1)
    assert _fan_out(database) == 1
    assert _fan_out(database) == 0
    assert set(_column(database, "SELECT subscription_id FROM deliveries")) == wanted
    assert _column(database, "SELECT count(*) FROM subscriptions WHERE next_due <= now()") == [2]


def test_a_subscription_is_not_owed_what_came_before_it(
    publish: Callable[[int], UUID], database: Database
) -> None:
    publish(1)
    _fan_out(database)
    _subscribe(database)
    assert _fan_out(database) == 0
    assert _column(database, "SELECT id FROM deliveries") == []


def test_positions_have_no_gap_after_a_rollback_and_with_many_at_once(
    publish: Callable[[int], UUID], database: Database
) -> None:
    for number in range(12):
        publish(number)

    _fail_to_fan_out(database)
    assert _column(database, "SELECT id FROM events WHERE position IS NOT NULL") == []
    _fan_out_by_many(database)
    assert _column(database, "SELECT position FROM events ORDER BY position") == list(range(1, 13))


def test_each_subscription_counts_what_it_is_owed_without_a_gap(
    publish: Callable[[int], UUID], database: Database
) -> None:
    early = _subscribe(database)
    for number in range(6):
        publish(number)
    assert _fan_out(database, 2) == 2
    late = _subscribe(database)

    _fail_to_fan_out(database)
    _fan_out_by_many(database)
    ordered = """
        SELECT d.sequence FROM deliveries d JOIN events e ON e.id = d.event_id
        WHERE d.subscription_id = '{}' ORDER BY e.position
    """
    assert _column(database, ordered.format(early)) == list(range(1, 7))
    assert _column(database, ordered.format(late)) == list(range(1, 5))


def test_what_a_turn_owes_is_bounded_and_the_turns_after_it_owe_the_rest(
    publish: Callable[[int], UUID], database: Database
) -> None:
    for _ in range(3):
        _subscribe(database)
    announced = [publish(number) for number in range(5)]

    def turn(most_owed: int) -> Placed | None:
        with database.transaction() as connection:
            return events.fan_out(connection, Matching(Everyone()), most_owed=most_owed)

    assert turn(2) == (1, True), "an event that owes more than the bound by itself is placed"
    assert turn(3) == (1, True)
    assert [turn(4), turn(4), turn(4)] == [(2, True), (1, False), (0, False)]
    assert _column(database, "SELECT position FROM events ORDER BY created_at, id") == list(range(1, 6))
    assert _column(database, "SELECT story_id FROM events ORDER BY position") == announced
    owed = """
        SELECT array_agg(d.sequence ORDER BY e.position) FROM deliveries d JOIN events e ON e.id = d.event_id
        GROUP BY d.subscription_id
    """
    assert _column(database, owed) == [[1, 2, 3, 4, 5]] * 3


def test_a_subscription_that_ends_while_events_are_matched_is_owed_nothing(
    publish: Callable[[int], UUID], database: Database
) -> None:
    gone, left = _subscribe(database), _subscribe(database)
    publish(1)

    class Ending(Everyone):
        def wanting(self, event: Unplaced, admins: frozenset[str] = frozenset()) -> list[UUID]:
            with database.transaction() as connection:
                subscriptions.delete(connection, gone, None)
            return super().wanting(event, admins)

    with database.transaction() as connection:
        assert events.fan_out(connection, Matching(Ending())) == (1, False)
    assert _column(database, "SELECT subscription_id FROM deliveries") == [left]


def test_only_one_fans_out_at_a_time(publish: Callable[[int], UUID], database: Database) -> None:
    publish(1)
    inside, leave = threading.Event(), threading.Event()

    class Slow(Everyone):
        def wanting(self, event: Unplaced, admins: frozenset[str] = frozenset()) -> list[UUID]:
            inside.set()
            assert leave.wait(10)
            return super().wanting(event, admins)

    def hold() -> Placed | None:
        with database.transaction() as connection:
            return events.fan_out(connection, Matching(Slow()))

    _subscribe(database)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(hold)
        assert inside.wait(10)
        assert _fan_out(database) is None
        leave.set()
        assert first.result() == (1, False)
