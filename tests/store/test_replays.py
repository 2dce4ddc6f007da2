import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from copydesk.model import DeliveryState, Listener, ReplayState, Unplaced
from copydesk.store import events, leases, replays, subscriptions
from copydesk.store.database import Database
from copydesk.store.matching import Matching
from services.publish import filters
from services.publish.matching import Index
from tests.store.conftest import ENRICHMENT, accept_one, lease_one

D = DeliveryState
Publish = Callable[..., UUID]


@pytest.mark.parametrize(
    ("state", "chosen", "is_superseded", "fate"),
    [
        (None, "all", False, "added"),
        (None, "all", True, "superseded"),
        (None, "missing", False, "added"),
        (None, "failed", False, None),
        (D.DELIVERED, "all", False, "again"),
        (D.DELIVERED, "all", True, "superseded"),
        (D.DELIVERED, "failed", False, None),
        (D.DELIVERED, "missing", False, None),
        (D.SUPERSEDED, "all", False, "again"),
        (D.SUPERSEDED, "all", True, "superseded"),
        (D.SUPERSEDED, "failed", False, None),
        (D.EXHAUSTED, "all", False, "again"),
        (D.EXHAUSTED, "failed", False, "again"),
        (D.EXHAUSTED, "failed", True, "superseded"),
        (D.EXHAUSTED, "missing", False, None),
        (D.EXPIRED, "failed", False, "again"),
        (D.DISCARDED, "failed", False, "again"),
        (D.DUE, "all", True, "waiting"),
        (D.SENDING, "all", False, "waiting"),
        (D.DUE, "failed", False, None),
    ],
)
def test_what_becomes_of_an_event(
    state: DeliveryState | None, chosen: str, is_superseded: bool, fate: str | None
) -> None:
    assert replays.fate(state, chosen, is_superseded=is_superseded) == fate
    if fate == "again":
        assert replays.fate(state, chosen, is_expired=True) == "expired"


@pytest.fixture
def publish(database: Database) -> Publish:
    """Publishes a version of a story and gives its event a place; returns the event."""

    def publish(uri: str, version: int = 1, source: str = "desk") -> UUID:
        with database.transaction() as connection:
            made = accept_one(connection, source=source, uri=uri, version=version)
            held = lease_one(connection, made.revision_id)
            assert held is not None
            leases.finish(connection, [leases.Done(held, ENRICHMENT, 1)])
            events.fan_out(connection, Matching(Index()))
            found: UUID = connection.execute(
                text("SELECT id FROM events ORDER BY position DESC LIMIT 1")
            ).scalar_one()
        return found

    return publish


def _subscribe(database: Database, **more: Any) -> UUID:
    document = {"url": "http://x.example/", "event_types": ["story.published", "story.updated"], **more}
    with database.transaction() as connection:
        made: UUID = subscriptions.create(connection, "desk", b"s" * 32, document)["id"]
    return made


def _replay(database: Database, subscription: UUID, **wanted: Any) -> dict[str, Any]:
    document = {"subscription": subscription, "only": None, "dry_run": False, **wanted}
    with database.transaction() as connection:
        return replays.create(connection, "desk", document)


def _step(database: Database) -> replays.Step | None:
    with database.transaction() as connection:
        return replays.step(connection, filters.wants)


def _through(database: Database, made: dict[str, Any]) -> dict[str, Any]:
    """Carries it out while whoever receives answers at once; returns it as it is then."""
    while True:  # a step may find nothing to do for a moment: another is at it, or much is due
        _step(database)
        with database.transaction() as connection:
            found = replays.find(connection, made["id"], None) or {}
        if found["state"] != ReplayState.RUNNING:
            return found
        _settle(database)


def _settle(database: Database, state: str = "delivered") -> None:
    with database.transaction() as connection:
        connection.execute(
            text("UPDATE deliveries SET state = :state, attempts = attempts + 1 WHERE state = 'due'"),
            {"state": state},
        )


def _owed(database: Database, subscription: UUID) -> list[tuple[int, str]]:
    with database.transaction() as connection:
        rows = connection.execute(
            text("SELECT sequence, state FROM deliveries WHERE subscription_id = :id ORDER BY sequence"),
            {"id": subscription},
        )
        return [(row.sequence, row.state) for row in rows]


def _counts(replay: dict[str, Any]) -> tuple[int, int, int, int]:
    again, added, superseded, waiting = (replay[name] for name in ("again", "added", "superseded", "waiting"))
    return again, added, superseded, waiting


def test_a_new_subscription_is_told_what_came_before_it_in_order(
    database: Database, publish: Publish
) -> None:
    told = [publish(f"urn:x:{number}") for number in range(5)]
    subscription = _subscribe(database)
    publish("urn:x:5")
    _settle(database)
    done = _through(database, _replay(database, subscription))
    assert _counts(done) == (1, 5, 0, 0)
    assert (done["state"], done["progress"]) == ("done", 1)
    assert [sequence for sequence, _ in _owed(database, subscription)] == [1, 2, 3, 4, 5, 6]
    with database.transaction() as connection:
        order = connection.execute(
            text("SELECT event_id FROM deliveries WHERE sequence > 1 ORDER BY sequence")
        ).scalars()
        assert list(order) == told


def test_a_dry_run_counts_the_same_and_changes_nothing(database: Database, publish: Publish) -> None:
    publish("urn:x:0")
    subscription = _subscribe(database)
    publish("urn:x:1")
    _settle(database, "exhausted")
    publish("urn:x:2")
    before = _owed(database, subscription)
    for wanted, counts in (
        ({}, (1, 1, 0, 1)),
        ({"only": "failed"}, (1, 0, 0, 0)),
        ({"only": "missing"}, (0, 1, 0, 0)),
    ):
        counted = _through(database, _replay(database, subscription, dry_run=True, **wanted))
        assert _counts(counted) == counts
    with database.transaction() as connection:
        assert connection.execute(text("SELECT count(*) FROM deliveries")).scalar() == len(before)


def test_only_what_failed_is_sent_again_with_a_whole_schedule(database: Database, publish: Publish) -> None:
    subscription = _subscribe(database)
    publish("urn:x:0")
    _settle(database)
    publish("urn:x:1")
    _settle(database, "exhausted")
    _step_made = _replay(database, subscription, only="failed")
    assert _step(database) == replays.Step(_step_made["id"], ReplayState.DONE, 1)
    assert _owed(database, subscription) == [(1, "delivered"), (2, "due")]
    with database.transaction() as connection:
        row = connection.execute(text("SELECT * FROM deliveries WHERE state = 'due'")).one()
        assert (row.schedule_start, row.attempts, row.settled_at) == (1, 1, None)
        assert connection.execute(text("SELECT next_due <= now() FROM subscriptions")).scalar()


def test_an_old_version_is_passed_over_and_counted_where_a_newer_one_was_told(
    database: Database, publish: Publish
) -> None:
    subscription = _subscribe(database)
    publish("urn:x:0", 1)
    publish("urn:x:0", 2)
    _settle(database)
    done = _through(database, _replay(database, subscription))
    assert _counts(done) == (1, 0, 1, 0), "version 1 does not arrive after version 2"
    late = _subscribe(database)
    publish("urn:x:0", 3)
    _settle(database)
    assert _counts(_through(database, _replay(database, late))) == (1, 0, 2, 0)


def test_what_is_older_than_the_subscription_wants_is_passed_over_and_counted(
    database: Database, publish: Publish
) -> None:
    publish("urn:x:0")
    subscription = _subscribe(database, expires_after_seconds=60)
    publish("urn:x:1")
    _settle(database)
    with database.transaction() as connection:
        connection.execute(text("UPDATE deliveries SET created_at = now() - interval '61 s'"))
    done = _through(database, _replay(database, subscription))
    assert (*_counts(done), done["expired"]) == (0, 1, 0, 0, 1)


def test_what_was_owed_before_there_was_an_order_comes_back_in_it(
    database: Database, publish: Publish
) -> None:
    subscription = _subscribe(database)
    publish("urn:x:0", 1)
    publish("urn:x:1", 7)
    _settle(database)
    with database.transaction() as connection:
        connection.execute(text("UPDATE deliveries SET story_id = NULL, edition = NULL"))
    assert _counts(_through(database, _replay(database, subscription))) == (2, 0, 0, 0)
    with database.transaction() as connection:
        found = connection.execute(text("SELECT edition >> 32 FROM deliveries ORDER BY sequence")).scalars()
        assert list(found) == [1, 7]


def test_a_filter_and_times_choose(database: Database, publish: Publish) -> None:
    for number, source in enumerate(("desk", "afp", "desk")):
        publish(f"urn:x:{number}", source=source)
    subscription = _subscribe(database)

    def added(**wanted: Any) -> int:
        done = _through(database, _replay(database, subscription, dry_run=True, **wanted))
        count: int = done["added"]
        return count

    now = datetime.now(UTC)
    assert added(filter={"sources": ["afp"]}) == 1
    assert added(since=now - timedelta(hours=1)) == 3
    assert added(since=now + timedelta(hours=1)) == 0
    assert added(before=now - timedelta(hours=1)) == 0
    with database.transaction() as connection:
        middle = connection.execute(text("SELECT created_at FROM events WHERE position = 2")).scalar_one()
    assert added(since=middle) == 2
    assert added(before=middle) == 1
    assert added(since=middle, before=middle + timedelta(microseconds=1)) == 1
    assert added(since=datetime(1970, 1, 2, tzinfo=UTC), before=datetime(9999, 12, 30, tzinfo=UTC)) == 3


def test_a_step_that_dies_changes_nothing_and_two_at_once_do_nothing_twice(
    database: Database, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replays, "AHEAD", 4)
    for number in range(30):
        publish(f"urn:x:{number}")
    subscription = _subscribe(database)
    made = _replay(database, subscription)

    def die() -> None:
        with database.transaction() as connection:
            assert replays.step(connection, filters.wants) is not None
            raise RuntimeError("killed before the commit")

    for _ in range(3):
        with pytest.raises(RuntimeError):
            die()
    assert _owed(database, subscription) == []

    with ThreadPoolExecutor(4) as pool:
        done, *_ = pool.map(lambda _: _through(database, made), range(4))
    _settle(database)
    assert _counts(done) == (0, 30, 0, 0)
    assert _owed(database, subscription) == [(number, "delivered") for number in range(1, 31)]
    assert _step(database) is None


def test_what_is_new_waits_behind_few(
    database: Database, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replays, "AHEAD", 4)
    for number in range(10):
        publish(f"urn:x:{number}")
    subscription = _subscribe(database)
    made = _replay(database, subscription)
    assert _step(database) == replays.Step(made["id"], ReplayState.RUNNING, 4)
    assert _step(database) == replays.Step(made["id"], ReplayState.RUNNING, 0)
    assert _step(database) is None, "it looks again after a pause"
    assert len(_owed(database, subscription)) == 4


def test_a_cancelled_replay_stays_where_it_is(
    database: Database, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replays, "AHEAD", 1)
    publish("urn:x:0")
    publish("urn:x:1")
    subscription = _subscribe(database)
    made = _replay(database, subscription)
    _step(database)
    for _ in range(2):
        with database.transaction() as connection:
            assert replays.cancel(connection, made["id"]) is ReplayState.CANCELLED
    _settle(database)
    assert _step(database) is None
    assert len(_owed(database, subscription)) == 1
    with database.transaction() as connection:
        assert replays.cancel(connection, UUID(int=0)) is None


def test_a_replay_ends_with_its_subscription(database: Database, publish: Publish) -> None:
    publish("urn:x:0")
    subscription = _subscribe(database)
    made = _replay(database, subscription)
    with database.transaction() as connection:
        subscriptions.delete(connection, subscription, None)
    assert _step(database) == replays.Step(made["id"], ReplayState.CANCELLED, 0)
    assert _step(database) is None


def test_it_goes_on_through_positions_that_nobody_wants(
    database: Database, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replays, "WINDOW", 2)
    monkeypatch.setattr(replays, "LOOKED_AT", 2)
    for number in range(7):
        publish(f"urn:x:{number}", source="afp" if number == 6 else "desk")
    made = _replay(database, _subscribe(database, filter={"sources": ["afp"]}))
    steps = 0
    while _step(database) is not None:
        steps += 1
    with database.transaction() as connection:
        done = replays.find(connection, made["id"], "desk")
    assert done is not None
    assert (_counts(done), steps) == ((0, 1, 0, 0), 4)


def test_an_event_that_is_told_meanwhile_is_owed_once(database: Database, publish: Publish) -> None:
    """Fan-out and replay number the same subscription at once."""
    for number in range(10):
        publish(f"urn:x:{number}")
    subscription = _subscribe(database)
    _replay(database, subscription)
    inside = threading.Event()

    def wants(event: Unplaced, listener: Listener) -> bool:
        inside.set()
        return filters.wants(event, listener)

    def replay() -> None:
        with database.transaction() as connection:
            replays.step(connection, wants)

    with ThreadPoolExecutor(1) as pool:
        carried = pool.submit(replay)
        assert inside.wait(20)
        publish("urn:x:10")
        carried.result(20)
    assert [sequence for sequence, _ in _owed(database, subscription)] == list(range(1, 12))
