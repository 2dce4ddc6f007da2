"""Operational events: told once, to the others that asked, and cheap where nobody did."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from copydesk import contracts
from copydesk.model import OPERATIONAL, Attempt, DeliveryState, ErrorClass, EventType, Scope, Settlement
from copydesk.records import timestamp
from copydesk.store import (
    claims,
    deliveries,
    events,
    keys,
    leases,
    notices,
    retention,
    settlements,
    stories,
    subscriptions,
)
from copydesk.store.claims import Claim
from copydesk.store.database import Database
from copydesk.store.matching import Matching
from copydesk.store.notices import Notice
from services.publish import message
from services.publish.matching import Index
from tests.store.conftest import ENRICHMENT, lease_one

Accept = Callable[..., stories.Accepted]
NOON = datetime(2025, 4, 1, 12, tzinfo=UTC)
GONE = {"reason": "gone", "disabled_at": timestamp(NOON)}


def _subscribe(database: Database, *types: str, source: str = "desk", **more: Any) -> UUID:
    document = {"url": "http://127.0.0.1:1/", "event_types": list(types), "enabled": True, **more}
    with database.transaction() as connection:
        made: UUID = subscriptions.create(connection, source, b"s", document)["id"]
        return made


def _tell(database: Database, about: UUID, *, cause: str = "once", **more: Any) -> None:
    notice = Notice(EventType.DISABLED, about, cause, {**GONE, **more})
    with database.transaction() as connection:
        notices.tell(connection, [notice])


def _claim(database: Database) -> list[Claim]:
    with database.transaction() as connection:
        events.fan_out(connection, Matching(Index()))
        return claims.claim(connection, cap=8, limit=100, lease_seconds=30).deliveries


def _settle(database: Database, claimed: Claim, state: DeliveryState) -> None:
    attempt = Attempt(datetime.now(UTC), 1.5, 503, ErrorClass.SERVER_ERROR)
    with database.transaction() as connection:
        assert settlements.settle(connection, [(claimed, Settlement(state, attempt))], "d1").kept


def _told(claimed: Claim) -> dict[str, Any]:
    """Returns the body of a claimed delivery, which satisfies the contract."""
    body: dict[str, Any] = json.loads(message.body(claimed))
    assert contracts.violations("event", body) == []
    return body


def _all(database: Database, query: str, **values: Any) -> list[Any]:
    with database.transaction() as connection:
        return list(connection.execute(text(query), values).scalars())


@pytest.fixture
def publish(accept: Accept, database: Database) -> Callable[[], None]:
    """Publishes a story."""

    def publish() -> None:
        accepted = accept(uri=f"urn:x:{uuid4()}")
        with database.transaction() as connection:
            held = lease_one(connection, accepted.revision_id)
            assert held is not None
            leases.finish(connection, [leases.Done(held, ENRICHMENT, 1)])

    return publish


def test_the_others_of_a_source_that_asked_are_told_and_an_admins(database: Database) -> None:
    about = _subscribe(database, "subscription.disabled", "story.published")
    wanted = {
        _subscribe(database, "subscription.disabled"),
        _subscribe(database, "subscription.disabled", filter={"countries": ["KEN"]}),
        _subscribe(database, "subscription.disabled", source="operator"),
    }
    _subscribe(database, "subscription.recovered", "delivery.failing", "delivery.exhausted")
    _subscribe(database, "subscription.disabled", source="other")
    revoked = _subscribe(database, "subscription.disabled", source="left")
    with database.transaction() as connection:
        keys.create(connection, "operator", {Scope.ADMIN})
        keys.create(connection, "other", set(Scope) - {Scope.ADMIN})
        gone, _ = keys.create(connection, "left", {Scope.ADMIN})
        connection.execute(text("UPDATE api_keys SET revoked_at = now() WHERE id = :id"), {"id": gone.id})
    _tell(database, about)
    claimed = _claim(database)
    assert {each.subscription_id for each in claimed} == wanted
    assert revoked not in wanted
    assert _told(claimed[0])["data"] == {"subscription_id": str(about), "source": "desk", **GONE}


def test_what_is_told_bears_the_note_of_the_subscription_and_nothing_that_is_absent(
    database: Database,
) -> None:
    about = _subscribe(database, "story.published", description="the Baltic wall")
    _subscribe(database, "delivery.failing")
    data = {"percent": 50, "failing_since": timestamp(NOON), "status": None}
    with database.transaction() as connection:
        notices.tell(connection, [Notice(EventType.FAILING, about, "since noon, 50", data)])
    [claimed] = _claim(database)
    told = _told(claimed)
    assert told["type"] == "delivery.failing"
    assert told["data"] == {
        "subscription_id": str(about),
        "source": "desk",
        "description": "the Baltic wall",
        "percent": 50,
        "failing_since": timestamp(NOON),
    }


def test_each_cause_is_told_once(database: Database) -> None:
    about, _ = _subscribe(database, "story.published"), _subscribe(database, "subscription.disabled")
    for cause in ("first", "first", "second"):
        _tell(database, about, cause=cause)
    assert _all(database, "SELECT cause FROM events ORDER BY id") == ["first", "second"]


@pytest.mark.parametrize("types", [("story.published",), ("subscription.recovered",)])
def test_where_nobody_asked_nothing_is_made(database: Database, types: tuple[str, ...]) -> None:
    about = _subscribe(database, "subscription.disabled")  # itself is never told
    other = _subscribe(database, "subscription.disabled")
    _subscribe(database, *types)
    with database.transaction() as connection:
        subscriptions.delete(connection, other, None)
    _tell(database, about)
    assert _all(database, "SELECT id FROM events") == []


def test_who_asks_is_found_by_a_small_index(database: Database) -> None:
    about = _subscribe(database, "story.published")
    with database.transaction() as connection:
        connection.execute(
            text("""
            INSERT INTO subscriptions (id, source, url, secret, event_types)
            SELECT gen_random_uuid(), 'desk', 'http://127.0.0.1:1/', '', ARRAY['story.published']
            FROM generate_series(1, 5000)
        """)
        )
        connection.execute(text("ANALYZE subscriptions"))
        statement = text(f"EXPLAIN {notices._TELL.text}")  # noqa: SLF001 - what is promised is its plan
        plan = connection.execute(statement, {"given": "[]", "channel": "x"}).scalars()
        assert "subscriptions_told" in "\n".join(plan)
    _tell(database, about)
    assert _all(database, "SELECT id FROM events") == []


def test_the_index_holds_all_that_ask_for_any_operational_event(database: Database) -> None:
    [definition] = _all(database, "SELECT indexdef FROM pg_indexes WHERE indexname = 'subscriptions_told'")
    assert [kind for kind in OPERATIONAL if f"'{kind}'" not in definition] == []


def test_disabling_and_enabling_is_told_where_it_changes_something(database: Database) -> None:
    about = _subscribe(database, "story.published")
    _subscribe(database, "subscription.disabled", "subscription.recovered")
    for enabled in (True, False, False, True):
        with database.transaction() as connection:
            subscriptions.change(connection, about, "desk", {"enabled": enabled})
            subscriptions.change(connection, about, "desk", {"description": "n"})
            assert subscriptions.change(connection, about, "other", {"enabled": enabled}) is None
    told = [_told(each) for each in _claim(database)]
    assert [(each["type"], each["data"]["reason"]) for each in told] == [
        ("subscription.disabled", "requested"),
        ("subscription.recovered", "requested"),
    ]


def test_an_exhausted_delivery_is_told_and_one_that_told_of_it_is_not(
    publish: Callable[[], None], database: Database
) -> None:
    about, other = _subscribe(database, "story.published"), _subscribe(database, "delivery.exhausted")
    publish()
    [claimed] = _claim(database)
    _settle(database, claimed, DeliveryState.EXHAUSTED)
    [telling] = _claim(database)
    data = _told(telling)["data"]
    assert telling.subscription_id == other
    assert {name: data[name] for name in data if not name.endswith("_at")} == {
        "subscription_id": str(about),
        "source": "desk",
        "delivery_id": str(claimed.delivery_id),
        "event_id": str(claimed.event_id),
        "event_type": "story.published",
        "sequence": 1,
        "attempts": 1,
        "status": 503,
        "error_class": "http_5xx",
    }
    _subscribe(database, "delivery.exhausted")
    _settle(database, telling, DeliveryState.EXHAUSTED)
    assert _claim(database) == []
    with database.transaction() as connection:
        assert deliveries.retry(connection, claimed.delivery_id)
    [again] = _claim(database)
    _settle(database, again, DeliveryState.EXHAUSTED)
    assert {_told(each)["data"]["attempts"] for each in _claim(database)} == {2}


def test_what_is_to_be_tried_again_and_what_arrived_is_not_told(
    publish: Callable[[], None], database: Database
) -> None:
    _subscribe(database, "story.published"), _subscribe(database, "delivery.exhausted")
    publish()
    [claimed] = _claim(database)
    _settle(database, claimed, DeliveryState.DUE)
    [again] = _claim(database)
    _settle(database, again, DeliveryState.DELIVERED)
    assert _claim(database) == []


def test_an_old_notice_that_is_owed_to_nobody_goes_and_a_young_one_stays(database: Database) -> None:
    about, _ = _subscribe(database, "story.published"), _subscribe(database, "subscription.disabled")
    for cause in ("old", "owed", "young", "newest"):
        _tell(database, about, cause=cause)
    for claimed in _claim(database):
        _settle(database, claimed, DeliveryState.DELIVERED)
    with database.transaction() as connection:
        connection.execute(text(
            "UPDATE events SET created_at = now() - interval '40 days' WHERE cause IN ('old', 'owed')"
        ))  # fmt: skip
        connection.execute(text(
            "UPDATE deliveries SET state = 'due'"
            " WHERE event_id = (SELECT id FROM events WHERE cause = 'owed')"
        ))  # fmt: skip
        page = retention.remove_events(connection, 30, retention.FIRST, 100)
    assert page.removed == 1
    assert _all(database, "SELECT cause FROM events ORDER BY id") == ["owed", "young", "newest"]


@pytest.mark.parametrize(
    "columns", [{"cause": None}, {"data": None}, {"subscription_id": None, "cause": None}, {"generation": 1}]
)
def test_an_event_tells_of_a_revision_or_of_a_subscription(
    database: Database, columns: dict[str, Any]
) -> None:
    about = _subscribe(database, "story.published")
    row = {"subscription_id": about, "cause": "c", "generation": None, "data": "{}", **columns}
    with pytest.raises(IntegrityError, match="events_about_check"), database.transaction() as connection:
        connection.execute(
            text("""
                INSERT INTO events (id, type, source, subscription_id, cause, generation, data)
                VALUES (gen_random_uuid(), 'subscription.disabled', 'desk', :subscription_id, :cause,
                        :generation, CAST(:data AS jsonb))
            """),
            row,
        )
