"""Pace, order and age: what is leased, when, and what is closed instead."""

import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from copydesk.model import Attempt, DeliveryState, ErrorClass, Settlement
from copydesk.store import claims, deliveries, events, leases, settlements, stories, subscriptions
from copydesk.store.claims import Claim
from copydesk.store.database import Database
from copydesk.store.matching import Matching
from tests.store.conftest import ENRICHMENT, Everyone, lease_one

TYPES = ["story.published", "story.updated"]


class Desk:
    """A database with subscriptions, and what happens to them."""

    def __init__(self, database: Database, accept: Callable[..., stories.Accepted]) -> None:
        self.database = database
        self._accept = accept
        self._matching = Matching(Everyone())

    def subscribe(self, **more: Any) -> UUID:
        document = {"url": "http://127.0.0.1:1/", "event_types": TYPES, "enabled": True, **more}
        with self.database.transaction() as connection:
            made: UUID = subscriptions.create(connection, "desk", b"secret", document)["id"]
        return made

    def publish(self, uri: str = "", version: int = 1) -> None:
        accepted = self._accept(uri=uri or f"urn:x:{uuid4()}", version=version, content=str(version).encode())
        with self.database.transaction() as connection:
            held = lease_one(connection, accepted.revision_id)
            assert held is not None
            leases.finish(connection, [leases.Done(held, ENRICHMENT, 1)])

    def fan_out(self) -> None:
        with self.database.transaction() as connection:
            events.fan_out(connection, self._matching)

    def owe(self, uri: str = "", version: int = 1) -> None:
        self.publish(uri, version)
        self.fan_out()

    def claim(self, cap: int = 8, limit: int = 100, seconds: float = 30, **more: Any) -> list[Claim]:
        with self.database.transaction() as connection:
            connection.execute(text("UPDATE subscriptions SET next_due = now() WHERE next_due IS NOT NULL"))
            found = claims.claim(connection, cap=cap, limit=limit, lease_seconds=seconds, **more)
            return found.deliveries

    def settle(
        self, claimed: Claim, state: DeliveryState, pause: float | None = None, milliseconds: float = 1.5
    ) -> None:
        failed = None if state is DeliveryState.DELIVERED else ErrorClass.SERVER_ERROR
        outcome = Settlement(state, Attempt(datetime.now(UTC), milliseconds, 200, failed), pause)
        with self.database.transaction() as connection:
            settlements.settle(connection, [(claimed, outcome)], "d1")

    def retry(self, claimed: Claim) -> bool:
        with self.database.transaction() as connection:
            return deliveries.retry(connection, claimed.delivery_id)

    def change(self, what: str) -> None:
        with self.database.transaction() as connection:
            connection.execute(text(f"UPDATE {what}"))

    def look(self, columns: str) -> list[Any]:
        with self.database.transaction() as connection:
            query = text(f"SELECT {columns} FROM subscriptions")  # noqa: S608 - our own
            return [tuple(row) for row in connection.execute(query)]

    def states(self) -> list[str]:
        with self.database.transaction() as connection:
            return list(connection.execute(text("SELECT state FROM deliveries ORDER BY id")).scalars())


@pytest.fixture
def desk(database: Database, accept: Callable[..., stories.Accepted]) -> Desk:
    return Desk(database, accept)


def test_a_subscription_may_say_how_many_it_takes_at_once(desk: Desk) -> None:
    desk.subscribe(in_flight=3)
    for _ in range(5):
        desk.publish()
    desk.fan_out()
    assert len(desk.claim()) == 3
    assert desk.claim() == []


def test_whoever_claims_may_give_a_subscription_less_than_its_cap_and_not_more(desk: Desk) -> None:
    slow, own = desk.subscribe(in_flight=4), desk.subscribe(in_flight=3)
    for _ in range(9):
        desk.publish()
    desk.fan_out()
    most = {slow: 2, own: 100}.get
    assert Counter(each.subscription_id for each in desk.claim(most=most)) == {slow: 2, own: 3}
    with desk.database.transaction() as connection:
        connection.execute(text("UPDATE subscriptions SET next_due = now()"))
        found = claims.claim(connection, cap=8, limit=9, lease_seconds=30, most=most)
    assert found.deliveries == []
    assert found.seconds is not None
    assert 20 < found.seconds <= 30, "until a lease runs out, or one is settled"
    assert len(desk.claim()) == 2


def test_an_endpoint_that_has_too_much_to_do_gets_half(desk: Desk) -> None:
    desk.subscribe()
    for _ in range(9):
        desk.publish()
    desk.fan_out()
    desk.change("subscriptions SET slowness = 1, slowed_at = now()")
    assert len(desk.claim()) == 4


def test_an_endpoint_that_fails_is_probed_by_one_at_a_time_until_it_answers(desk: Desk) -> None:
    desk.subscribe()
    for _ in range(9):
        desk.publish()
    desk.fan_out()
    desk.change("subscriptions SET failing_since = now(), failures = 12")
    [probe] = desk.claim()
    assert desk.claim() == []
    desk.settle(probe, DeliveryState.DUE, 0)
    assert desk.claim() == [], "the next probe comes after a pause"
    with desk.database.transaction() as connection:
        connection.execute(text("UPDATE subscriptions SET next_due = now()"))
        found = claims.claim(connection, cap=8, limit=100, lease_seconds=30)
    assert found.deliveries == []
    assert found.seconds is not None
    assert 3 < found.seconds <= 8
    desk.change("subscriptions SET held_until = now()")
    [probe] = desk.claim()
    desk.settle(probe, DeliveryState.DELIVERED)
    assert len(desk.claim()) == 8


def test_what_was_under_way_when_probing_began_lengthens_no_pause(desk: Desk) -> None:
    desk.subscribe(in_flight=25)
    for _ in range(26):
        desk.publish()
    desk.fan_out()
    under_way = desk.claim()
    assert len(under_way) == 25
    for each in under_way[:10]:
        desk.settle(each, DeliveryState.DUE, 3_600)
    [(failures, pause)] = desk.look("failures, held_until - now()")
    assert failures == 10
    assert 0 < pause.total_seconds() <= 1
    for each in under_way[10:20]:
        desk.settle(each, DeliveryState.DUE, 3_600)
    desk.change("subscriptions SET held_until = clock_timestamp() - interval '10 s'")
    [(held_until,)] = desk.look("held_until")
    for each in under_way[20:]:
        desk.settle(each, DeliveryState.DUE, 3_600, milliseconds=15_000)
    assert desk.look("failures, held_until") == [(10, held_until)]
    [probe] = desk.claim()
    desk.settle(probe, DeliveryState.DUE, 3_600)
    [(failures, pause)] = desk.look("failures, held_until - now()")
    assert failures == 11
    assert 1 < pause.total_seconds() <= 2


def test_over_60_s_a_rate_is_kept_within_5_percent_by_any_number_of_dispatchers(desk: Desk) -> None:
    desk.subscribe(rate_per_second=5, in_flight=100)
    with desk.database.transaction() as connection:
        connection.execute(text("UPDATE subscriptions SET tokens = 0"))
    for _ in range(20):
        desk.publish()
    desk.fan_out()
    taken, told, began = 0, 0.0, time.monotonic()
    with ThreadPoolExecutor(3) as pool:
        while (seconds := told + time.monotonic() - began) < 60:
            taken += sum(len(found) for found in pool.map(lambda _: desk.claim(), range(3)))
            # the bucket is told that more time has passed than really did, and what was sent is owed again
            desk.change("subscriptions SET tokens_at = tokens_at - interval '0.3 s'")
            told += 0.3
            desk.change("deliveries SET state = 'due', lease_token = NULL, lease_until = NULL")
    assert taken == pytest.approx(5 * seconds, rel=0.05)
    assert set(desk.states()) == {"due"}
    with desk.database.transaction() as connection:
        assert connection.execute(text("SELECT max(attempts) FROM deliveries")).scalar() == 0


def test_what_waits_for_a_token_is_looked_for_when_there_is_one(desk: Desk) -> None:
    desk.subscribe(rate_per_second=0.1)
    desk.publish()
    desk.owe()
    with desk.database.transaction() as connection:
        found = claims.claim(connection, cap=8, limit=100, lease_seconds=30)
    assert len(found.deliveries) == 1
    assert found.seconds is not None
    assert 5 < found.seconds <= 10


def test_where_there_is_not_room_for_all_each_gets_a_share_and_who_waits_longest_comes_first(
    desk: Desk,
) -> None:
    busy, other = desk.subscribe(), desk.subscribe(event_types=["story.updated"])
    for _ in range(6):
        desk.publish()
    desk.publish("urn:x:one")
    desk.publish("urn:x:one", version=2)
    desk.fan_out()
    with desk.database.transaction() as connection:
        first = claims.claim(connection, cap=8, limit=4, lease_seconds=30).deliveries
        second = claims.claim(connection, cap=8, limit=1, lease_seconds=30).deliveries
    assert [each.subscription_id for each in first].count(busy) == 2
    assert [each.subscription_id for each in first].count(other) == 1
    assert [each.subscription_id for each in second] == [busy]


def test_three_subscriptions_take_turns_when_there_is_room_for_one(desk: Desk) -> None:
    for _ in range(3):
        desk.subscribe()
    for _ in range(2):
        desk.publish()
    desk.fan_out()
    turns = []
    with desk.database.transaction() as connection:
        for _ in range(6):
            [claimed] = claims.claim(connection, cap=8, limit=1, lease_seconds=30).deliveries
            turns.append(claimed.subscription_id)
    assert len(set(turns[:3])) == 3
    assert turns[:3] == turns[3:]


def test_a_newer_version_closes_the_older_one_that_waits(desk: Desk) -> None:
    desk.subscribe()
    desk.owe("urn:x:1")
    [first] = desk.claim()
    desk.settle(first, DeliveryState.DUE, 600)
    desk.owe("urn:x:1", version=2)
    assert desk.states() == ["superseded", "due"]
    [second] = desk.claim()
    assert second.version == 2
    assert not desk.retry(first)


def test_of_two_versions_placed_together_only_the_newer_is_sent(desk: Desk) -> None:
    desk.subscribe()
    desk.subscribe(event_types=["story.published"])
    desk.publish("urn:x:1")
    desk.publish("urn:x:1", version=2)
    desk.fan_out()
    assert sorted(each.version or 0 for each in desk.claim()) == [1, 2], "the other one wants no updates"
    assert sorted(desk.states()) == ["sending", "sending", "superseded"]


@pytest.mark.parametrize("state", [DeliveryState.DELIVERED, DeliveryState.DUE, DeliveryState.EXHAUSTED])
def test_while_one_version_is_under_way_the_next_one_waits(desk: Desk, state: DeliveryState) -> None:
    desk.subscribe()
    desk.owe("urn:x:1")
    [first] = desk.claim()
    desk.owe("urn:x:1", version=2)
    desk.owe()
    [another] = desk.claim()
    assert another.uri != "urn:x:1"
    assert desk.claim() == []
    desk.settle(first, state, 60 if state is DeliveryState.DUE else None)
    [second] = desk.claim()
    assert second.version == 2
    assert desk.states()[0] == ("superseded" if state is DeliveryState.DUE else state)


def test_what_a_dispatcher_lost_is_not_sent_once_a_newer_version_is_owed(desk: Desk) -> None:
    desk.subscribe()
    desk.owe("urn:x:1")
    assert len(desk.claim(seconds=0)) == 1
    desk.owe("urn:x:1", version=2)
    assert [each.version for each in desk.claim()] == [2]
    assert desk.states() == ["superseded", "sending"]


def test_a_version_of_a_story_says_nothing_of_other_stories_and_subscriptions(desk: Desk) -> None:
    desk.subscribe()
    desk.owe("urn:x:1")
    desk.owe("urn:x:2")
    desk.subscribe()
    desk.owe("urn:x:1", version=2)
    assert sorted(each.version or 0 for each in desk.claim()) == [1, 2, 2]


def test_what_is_older_than_its_subscription_wants_is_closed_and_not_sent(desk: Desk) -> None:
    desk.subscribe(expires_after_seconds=60)
    desk.owe()
    [claimed] = desk.claim()
    desk.settle(claimed, DeliveryState.DUE, 50)
    assert desk.states() == ["due"]
    desk.change("deliveries SET due_at = now(), created_at = now() - interval '61 s'")
    assert desk.claim() == []
    assert desk.states() == ["expired"]
    assert not desk.retry(claimed)


def test_what_would_be_too_old_at_its_next_try_is_closed_at_once(desk: Desk) -> None:
    desk.subscribe(expires_after_seconds=60)
    desk.owe()
    [claimed] = desk.claim()
    desk.settle(claimed, DeliveryState.DUE, 70)
    assert desk.states() == ["expired"]


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_versions_of_a_story_are_never_sent_out_of_order(desk: Desk, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test
    for _ in range(2):
        desk.subscribe(in_flight=chance.choice([1, 3]))
    versions = dict.fromkeys(("urn:x:1", "urn:x:2"), 0)
    sent: dict[tuple[UUID, str | None], list[int]] = defaultdict(list)
    held: list[Claim] = []
    known: list[Claim] = []
    for _ in range(60):
        match chance.choice(["publish", "publish", "fan out", "claim", "claim", "settle", "retry", "lose"]):
            case "publish":
                uri = chance.choice(list(versions))
                versions[uri] += 1
                desk.publish(uri, versions[uri])
            case "fan out":
                desk.fan_out()
            case "claim":
                for each in desk.claim(limit=chance.choice([1, 5])):
                    under_way = [(one.subscription_id, one.uri) for one in held]
                    assert (each.subscription_id, each.uri) not in under_way
                    sent[each.subscription_id, each.uri].append(each.version or 0)
                    held.append(each)
                    known.append(each)
            case "settle" if held:
                state = chance.choice([DeliveryState.DELIVERED, DeliveryState.DUE, DeliveryState.EXHAUSTED])
                desk.settle(held.pop(chance.randrange(len(held))), state, 0)
            case "retry" if known:
                desk.retry(chance.choice(known))
            case "lose" if held:
                held.clear()
                desk.change("deliveries SET lease_until = now() - interval '1 s' WHERE state = 'sending'")
    assert sent
    assert [order for order in sent.values() if order != sorted(order)] == []


@pytest.mark.parametrize("change", [{"enabled": True}, {"url": "http://127.0.0.1:2/"}])
def test_an_endpoint_is_well_again_once_it_is_another_or_somebody_says_so(
    desk: Desk, change: dict[str, Any]
) -> None:
    subscription = desk.subscribe()
    for _ in range(3):
        desk.publish()
    desk.fan_out()
    desk.change(
        "subscriptions SET failing_since = now(), failures = 12, failed_deliveries = 3, slowness = 2,"
        " slowed_at = now(), held_until = now() + interval '1 h'"
    )
    assert desk.claim() == []
    with desk.database.transaction() as connection:
        changed = subscriptions.change(connection, subscription, None, change)
    assert changed is not None
    assert changed["failing_since"] is None
    assert len(desk.claim()) == 3


def test_a_change_that_names_the_url_it_has_keeps_how_its_endpoint_is(desk: Desk) -> None:
    subscription = desk.subscribe()
    desk.change("subscriptions SET failing_since = now(), failures = 12, failed_deliveries = 3")
    with desk.database.transaction() as connection:
        found = subscriptions.find(connection, subscription, None)
        assert found is not None
        changed = subscriptions.change(connection, subscription, None, {"url": found["url"]})
    assert changed is not None
    assert (changed["failing_since"], changed["health"]) == (found["failing_since"], found["health"])
    assert changed["failing_since"] is not None


def test_in_one_claim_subscriptions_take_turns_however_long_one_has_waited(desk: Desk) -> None:
    busy = desk.subscribe()
    for _ in range(4):
        desk.publish()
    desk.fan_out()
    other = desk.subscribe()
    desk.owe()
    claimed = desk.claim()
    assert [each.subscription_id for each in claimed[:2]] == [busy, other]
    assert [each.subscription_id for each in claimed[2:]] == [busy] * 4
    assert all(each.document for each in claimed)
