import threading
from typing import Any
from uuid import UUID

from sqlalchemy import text

from copydesk.store import subscriptions
from copydesk.store.database import Database
from copydesk.store.matching import Matching
from tests.store.conftest import Everyone

SUBSCRIPTION = {"url": "https://example.org/", "event_types": ["story.published"], "enabled": True}


def _subscribe(database: Database, **more: Any) -> UUID:
    with database.transaction() as connection:
        made: UUID = subscriptions.create(connection, "desk", b"s", {**SUBSCRIPTION, **more})["id"]
        return made


def _change(database: Database, subscription: UUID, **changes: Any) -> None:
    with database.transaction() as connection:
        subscriptions.change(connection, subscription, None, changes)


def _delete(database: Database, subscription: UUID) -> None:
    with database.transaction() as connection:
        subscriptions.delete(connection, subscription, None)


def _refresh(database: Database, matching: Matching) -> int:
    with database.transaction() as connection:
        return matching.refresh(connection)


def test_only_what_changed_is_read_again(database: Database) -> None:
    index = Everyone()
    matching = Matching(index)
    _delete(database, _subscribe(database))
    first, second = _subscribe(database), _subscribe(database, enabled=False)
    assert _refresh(database, matching) == 2
    assert index.event_types.keys() == {first, second}
    assert _refresh(database, matching) == 0

    _change(database, first, event_types=["story.updated"])
    assert _refresh(database, matching) == 1
    assert index.event_types[first] == {"story.updated"}
    _delete(database, second)
    assert _refresh(database, matching) == 1
    assert index.event_types.keys() == {first}


def test_what_no_filter_depends_on_is_no_change(database: Database) -> None:
    subscription, matching = _subscribe(database), Matching(Everyone())
    _refresh(database, matching)
    _change(database, subscription, url="https://example.org/2", enabled=False)
    with database.transaction() as connection:
        connection.execute(text("UPDATE subscriptions SET next_due = now(), last_sequence = 7"))
    assert _refresh(database, matching) == 0


def test_a_change_that_is_committed_late_is_not_missed(database: Database) -> None:
    """Two at once: the one that began first commits last, and has the higher number."""
    early, late = _subscribe(database), _subscribe(database)
    index = Everyone()
    matching = Matching(index)
    _refresh(database, matching)

    with database.transaction() as connection:
        connection.execute(text("SELECT 1"))
        other = threading.Thread(
            target=_change, args=(database, late), kwargs={"event_types": ["story.updated"]}
        )
        subscriptions.change(connection, early, None, {"event_types": ["story.retracted"]})
        other.start()
        other.join(0.3)
        assert other.is_alive(), "it waits for the number of the one before"
        assert _refresh(database, matching) == 0
    other.join(10)
    assert _refresh(database, matching) == 2
    assert index.event_types == {early: {"story.retracted"}, late: {"story.updated"}}


def test_a_change_that_is_rolled_back_leaves_the_index_as_it_was(database: Database) -> None:
    subscription, index = _subscribe(database), Everyone()
    matching = Matching(index)
    with database.transaction() as connection:
        subscriptions.delete(connection, subscription, None)
        connection.rollback()
    assert _refresh(database, matching) == 1
    _change(database, subscription, filter={"sources": ["desk"]})
    assert _refresh(database, matching) == 1
    assert index.event_types.keys() == {subscription}
