import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from copydesk.health import News
from copydesk.model import Attempt, DeliveryState, ErrorClass, Settlement
from copydesk.store import claims, deliveries, events, leases, settlements, stories, subscriptions
from copydesk.store.claims import Claim
from copydesk.store.database import Database
from copydesk.store.matching import Matching
from tests.store.conftest import ENRICHMENT, Everyone, lease_one

DUE_AT = "SELECT due_at FROM deliveries"
WAITING = """
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
Accept = Callable[..., stories.Accepted]


@pytest.fixture
def owe(accept: Accept, database: Database) -> Callable[..., UUID]:
    """Makes a subscription that is owed some deliveries, and returns its id."""

    def owe(count: int = 1, **more: Any) -> UUID:
        document = {"url": "http://127.0.0.1:1/", "event_types": ["story.published"], "enabled": True, **more}
        with database.transaction() as connection:
            made: UUID = subscriptions.create(connection, "desk", b"secret", document)["id"]
        for _ in range(count):
            accepted = accept(uri=f"urn:x:{uuid4()}")
            with database.transaction() as connection:
                held = lease_one(connection, accepted.revision_id)
                assert held is not None
                leases.finish(connection, [leases.Done(held, ENRICHMENT, 1)])
        with database.transaction() as connection:
            events.fan_out(connection, Matching(Everyone(made)))
        return made

    return owe


def _claim(database: Database, cap: int = 8, limit: int = 100, seconds: float = 30) -> list[Claim]:
    with database.transaction() as connection:
        return claims.claim(connection, cap=cap, limit=limit, lease_seconds=seconds).deliveries


def _settle(database: Database, claimed: Claim, state: DeliveryState, pause: float | None = None) -> bool:
    outcome = Settlement(state, Attempt(datetime.now(UTC), 1.5, 200, response="ok"), pause)
    with database.transaction() as connection:
        return claimed.delivery_id in settlements.settle(connection, [(claimed, outcome)], "d1").kept


def _value(database: Database, query: str) -> Any:
    with database.transaction() as connection:
        return connection.execute(text(query)).scalar()


def test_a_claim_holds_all_that_a_request_is_made_of(owe: Callable[..., UUID], database: Database) -> None:
    subscription = owe()
    [claimed] = _claim(database)
    assert (claimed.subscription_id, claimed.url, claimed.secrets) == (
        subscription,
        "http://127.0.0.1:1/",
        [b"secret"],
    )
    assert (claimed.event_type, claimed.tries, claimed.version) == ("story.published", 1, 1)
    assert claimed.enrichment == ENRICHMENT


def test_no_more_than_the_cap_is_in_flight_to_one_subscription(
    owe: Callable[..., UUID], database: Database
) -> None:
    busy, other = owe(5), owe(1)
    claimed = _claim(database, cap=2)
    assert sorted(each.subscription_id for each in claimed) == sorted([busy, busy, other])
    assert _claim(database, cap=2) == []
    mine = next(each for each in claimed if each.subscription_id == busy)
    assert _settle(database, mine, DeliveryState.DELIVERED)
    assert len(_claim(database, cap=2)) == 1


def test_dispatchers_at_once_never_take_the_same_nor_more_than_the_cap(
    owe: Callable[..., UUID], database: Database
) -> None:
    for _ in range(3):
        owe(6)
    with ThreadPoolExecutor(6) as pool:
        claimed = [each for some in pool.map(lambda _: _claim(database, cap=4), range(12)) for each in some]
    assert len({each.delivery_id for each in claimed}) == len(claimed) == 12


def test_a_dispatcher_claims_no_more_than_it_has_room_for(
    owe: Callable[..., UUID], database: Database
) -> None:
    owe(3)
    assert len(_claim(database, limit=2)) == 2
    assert len(_claim(database, limit=2)) == 1


def test_settling_twice_keeps_one_attempt(owe: Callable[..., UUID], database: Database) -> None:
    owe()
    [claimed] = _claim(database)
    assert _settle(database, claimed, DeliveryState.DELIVERED)
    assert not _settle(database, claimed, DeliveryState.DELIVERED)
    assert _value(database, "SELECT count(*) FROM attempts") == 1
    assert _value(database, "SELECT state FROM deliveries") == "delivered"
    assert _claim(database) == []


def test_who_lost_the_lease_cannot_overwrite_what_the_next_one_did(
    owe: Callable[..., UUID], database: Database
) -> None:
    owe()
    [late] = _claim(database, seconds=0.01)
    time.sleep(0.02)
    [held] = _claim(database)
    assert held.delivery_id == late.delivery_id
    assert not _settle(database, late, DeliveryState.EXHAUSTED)
    assert _settle(database, held, DeliveryState.DELIVERED)


def test_a_late_outcome_says_nothing_of_an_endpoint_that_is_about_to_be_warned_of(
    owe: Callable[..., UUID], database: Database
) -> None:
    owe()
    [late] = _claim(database)
    _move(
        database,
        "subscriptions SET failures = 20, failed_deliveries = 20, failing_since = now() - interval '3 days'",
    )
    _move(database, "deliveries SET lease_token = gen_random_uuid()")
    assert not _settle(database, late, DeliveryState.DUE, 1)
    assert _value(database, "SELECT warned_percent FROM subscriptions") == 0


def test_what_failed_is_due_after_its_pause(owe: Callable[..., UUID], database: Database) -> None:
    owe()
    [claimed] = _claim(database)
    _settle(database, claimed, DeliveryState.DUE, 60)
    with database.transaction() as connection:
        claimed_again, seconds = claims.claim(connection, cap=8, limit=100, lease_seconds=30)
    assert claimed_again == []
    assert seconds is not None
    assert 0 < seconds <= 60


def test_a_disabled_subscription_is_sent_what_it_is_owed_once_it_is_enabled(
    owe: Callable[..., UUID], database: Database
) -> None:
    subscription = owe(2, enabled=False)
    with database.transaction() as connection:
        assert claims.claim(connection, cap=8, limit=100, lease_seconds=30) == ([], None)
        subscriptions.change(connection, subscription, "desk", {"enabled": True})
    assert len(_claim(database)) == 2


def test_what_is_owed_to_a_deleted_subscription_is_never_claimed(
    owe: Callable[..., UUID], database: Database
) -> None:
    subscription = owe(2)
    with database.transaction() as connection:
        assert not subscriptions.delete(connection, subscription, "other")
        assert subscriptions.delete(connection, subscription, "desk")
        assert not subscriptions.delete(connection, subscription, "desk")
        assert subscriptions.find(connection, subscription, None) is None
    assert _claim(database) == []


def test_a_manual_retry_starts_a_new_schedule_and_keeps_the_numbers(
    owe: Callable[..., UUID], database: Database
) -> None:
    owe()
    [claimed] = _claim(database)
    with database.transaction() as connection:
        assert not deliveries.retry(connection, claimed.delivery_id)
    _settle(database, claimed, DeliveryState.EXHAUSTED)
    with database.transaction() as connection:
        assert deliveries.retry(connection, claimed.delivery_id)
        assert not deliveries.retry(connection, uuid4())
    [again] = _claim(database)
    assert again.tries == 1
    _settle(database, again, DeliveryState.DELIVERED)
    with database.transaction() as connection:
        found = deliveries.find(connection, claimed.delivery_id, "desk")
        assert deliveries.find(connection, claimed.delivery_id, "other") is None
    assert found is not None
    assert [each["number"] for each in found["attempts"]] == [1, 2]


def test_deliveries_are_listed_by_subscription_state_and_page(
    owe: Callable[..., UUID], database: Database
) -> None:
    first, _second = owe(3), owe(1)

    def listed(**more: Any) -> list[dict[str, Any]]:
        values = {"source": "desk", "subscription": None, "state": None, "after": None, "limit": 10, **more}
        with database.transaction() as connection:
            return deliveries.listing(connection, **values)

    assert len(listed()) == 4
    mine = listed(subscription=first)
    assert len(mine) == 3
    assert listed(subscription=first, after=mine[0]["id"]) == mine[1:]
    assert listed(state=DeliveryState.DELIVERED) == []
    assert listed(source="other") == []


def test_each_day_has_its_partition_and_what_fits_none_is_kept(
    owe: Callable[..., UUID], database: Database
) -> None:
    today = datetime.now(UTC).date()
    with database.transaction() as connection:
        assert deliveries.make_partition(connection, today)
        assert not deliveries.make_partition(connection, today)
        assert deliveries.make_partition(connection, date(2020, 1, 1))
    owe()
    [claimed] = _claim(database)
    _settle(database, claimed, DeliveryState.DELIVERED)
    assert _value(database, "SELECT tableoid::regclass::text FROM attempts") == f"attempts_{today:%Y%m%d}"


def test_a_day_whose_attempts_came_before_its_partition_stays_in_the_default(
    owe: Callable[..., UUID], database: Database
) -> None:
    owe()
    [claimed] = _claim(database)
    _settle(database, claimed, DeliveryState.DELIVERED)
    assert _value(database, "SELECT tableoid::regclass::text FROM attempts") == "attempts_default"
    today = datetime.now(UTC).date()
    with database.transaction() as connection:
        assert not deliveries.make_partition(connection, today)
        assert deliveries.make_partition(connection, today + timedelta(days=1))


def test_what_fails_after_its_subscription_was_deleted_is_discarded_and_stays_so(
    owe: Callable[..., UUID], database: Database
) -> None:
    subscription = owe()
    [claimed] = _claim(database)
    with database.transaction() as connection:
        assert subscriptions.delete(connection, subscription, None)
    assert _settle(database, claimed, DeliveryState.DUE, 1)
    assert _value(database, "SELECT state FROM deliveries") == "discarded"
    with database.transaction() as connection:
        assert not deliveries.retry(connection, claimed.delivery_id)


def test_a_manual_retry_waits_for_whoever_holds_the_subscription_and_sees_it_deleted(
    owe: Callable[..., UUID], database: Database, eventually: Callable[..., None]
) -> None:
    subscription = owe()
    [claimed] = _claim(database)
    assert _settle(database, claimed, DeliveryState.EXHAUSTED)

    def retry() -> bool:
        with database.transaction() as connection:
            return deliveries.retry(connection, claimed.delivery_id)

    with ThreadPoolExecutor(1) as pool:
        with database.transaction() as connection:
            assert subscriptions.delete(connection, subscription, None)
            retried = pool.submit(retry)
            eventually(lambda: _value(database, WAITING))
            connection.execute(text("UPDATE deliveries SET status = 500"))  # as a replay would
        assert not retried.result()
    assert _value(database, "SELECT state FROM deliveries") == "exhausted"


def test_a_manual_retry_costs_no_try_and_leaves_the_next_one_where_it_was_planned(
    owe: Callable[..., UUID], database: Database
) -> None:
    owe()
    [claimed] = _claim(database)
    _settle(database, claimed, DeliveryState.DUE, 600)
    planned = _value(database, "SELECT due_at FROM deliveries")
    for _ in range(2):  # asked for twice, it is sent once
        with database.transaction() as connection:
            assert deliveries.retry(connection, claimed.delivery_id)
    [extra] = _claim(database)
    assert (extra.is_extra, claimed.is_extra) == (True, False)
    assert _settle(database, extra, DeliveryState.DUE, 0)
    assert _claim(database) == []
    assert _value(database, "SELECT due_at FROM deliveries") == planned
    _move(database, "deliveries SET due_at = now()")
    [second] = _claim(database)
    assert (second.tries, second.is_extra) == (2, False)
    _settle(database, second, DeliveryState.DUE, 600)
    assert _value(database, "SELECT attempts FROM deliveries") == 3


def test_a_manual_retry_of_what_is_due_already_is_the_try_that_was_planned(
    owe: Callable[..., UUID], database: Database
) -> None:
    owe()
    delivery, due_at = _value(database, "SELECT id FROM deliveries"), _value(database, DUE_AT)
    with database.transaction() as connection:
        assert deliveries.retry(connection, delivery)
    assert _value(database, DUE_AT) == due_at
    [claimed] = _claim(database)
    assert (claimed.tries, claimed.is_extra) == (1, False)


def test_what_an_endpoint_asks_for_holds_the_next_try_of_the_schedule_too(
    owe: Callable[..., UUID], database: Database
) -> None:
    owe()
    [claimed] = _claim(database)
    _settle(database, claimed, DeliveryState.DUE, 10)
    with database.transaction() as connection:
        assert deliveries.retry(connection, claimed.delivery_id)
    [extra] = _claim(database)
    _settle(database, extra, DeliveryState.DUE, 600)
    assert _value(database, "SELECT due_at - now() > interval '590 s' FROM deliveries")


def _move(database: Database, what: str) -> None:
    with database.transaction() as connection:
        connection.execute(text(f"UPDATE {what}"))
        connection.execute(text("UPDATE subscriptions SET next_due = now()"))


def _fail(database: Database, claimed: Claim, status: int | None = None) -> settlements.Settled:
    attempt = Attempt(datetime.now(UTC), 1.5, status, ErrorClass.SERVER_ERROR)
    outcome = Settlement(DeliveryState.DUE, attempt, 0)
    with database.transaction() as connection:
        return settlements.settle(connection, [(claimed, outcome)], "d1")


def test_410_disables_the_subscription_at_once_and_what_is_owed_stays(
    owe: Callable[..., UUID], database: Database
) -> None:
    subscription = owe(2)
    claimed, _ = _claim(database)
    assert _fail(database, claimed, 410).news == [(subscription, News("disabled", reason="gone"))]
    assert _claim(database) == []
    with database.transaction() as connection:
        found = subscriptions.find(connection, subscription, None)
    assert found is not None
    assert (found["enabled"], found["disabled_reason"]) == (False, "gone")
    assert found["disabled_at"] == found["updated_at"]
    with database.transaction() as connection:
        changed = subscriptions.change(connection, subscription, "desk", {"enabled": True})
    assert changed is not None
    assert (changed["disabled_at"], changed["disabled_reason"]) == (None, None)
    assert [each.delivery_id for each in _claim(database)] == [claimed.delivery_id]


def test_failures_are_counted_until_one_success(owe: Callable[..., UUID], database: Database) -> None:
    owe(2)
    health = "SELECT failures || ' ' || failed_deliveries || (failing_since IS NULL) FROM subscriptions"
    first, second = _claim(database)
    _fail(database, first)
    _fail(database, second)
    assert _value(database, health) == "2 2false"
    since = _value(database, "SELECT failing_since FROM subscriptions")
    first, second = _claim(database)
    _fail(database, first)
    assert _value(database, health) == "3 2false"
    assert _value(database, "SELECT failing_since FROM subscriptions") == since
    _settle(database, second, DeliveryState.DELIVERED)
    assert _value(database, health) == "0 0true"


def test_what_has_failed_for_five_days_is_disabled_with_all_that_it_is_owed(
    owe: Callable[..., UUID], database: Database
) -> None:
    subscription = owe(2)
    claimed, other = _claim(database)
    _move(database, "subscriptions SET failing_since = now() - interval '3 d', failures = 30")
    _move(database, "subscriptions SET failed_deliveries = 18")
    assert _fail(database, claimed).news == [(subscription, News("failing", 50))]
    _move(database, "subscriptions SET failing_since = now() - interval '5 d'")
    assert _fail(database, other).news == [(subscription, News("disabled", reason="failing"))]
    assert _value(database, "SELECT count(*) FROM deliveries WHERE state = 'due'") == 2
    assert _claim(database) == []


def test_who_lost_the_lease_says_nothing_of_the_endpoint(
    owe: Callable[..., UUID], database: Database
) -> None:
    owe()
    [late] = _claim(database, seconds=0.01)
    time.sleep(0.02)
    [held] = _claim(database)
    assert _fail(database, late, 410).news == []
    assert _value(database, "SELECT enabled AND failures = 0 FROM subscriptions")
    assert _settle(database, held, DeliveryState.DELIVERED)


def test_who_asked_is_told_of_a_warning_of_recovery_and_of_the_end(
    owe: Callable[..., UUID], database: Database
) -> None:
    told = ["delivery.failing", "subscription.recovered", "subscription.disabled"]
    owe(0, event_types=told)
    subscription = owe(1)
    [claimed] = _claim(database)
    _move(database, "subscriptions SET failing_since = now() - interval '4 d', failures = 30")
    _move(database, "subscriptions SET failed_deliveries = 30")
    _fail(database, claimed, 503)
    _move(database, "deliveries SET due_at = now()")
    _move(database, "subscriptions SET held_until = NULL")
    [claimed] = _claim(database)
    _settle(database, claimed, DeliveryState.DELIVERED)
    with database.transaction() as connection:
        assert deliveries.retry(connection, claimed.delivery_id)
    [claimed] = _claim(database)
    _fail(database, claimed, 410)
    with database.transaction() as connection:
        rows = connection.execute(text("SELECT type, data FROM events WHERE cause IS NOT NULL ORDER BY id"))
        found = [(row.type, row.data) for row in rows]
    assert [kind for kind, _ in found] == told
    failing, recovered, disabled = (data for _, data in found)
    assert (failing["percent"], failing["failed"], failing["status"]) == (70, 31, 503)
    assert failing["disables_at"] > failing["failing_since"]
    assert recovered["reason"] == "answered"
    assert (disabled["reason"], disabled["subscription_id"]) == ("gone", str(subscription))
