import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog
from prometheus_client import REGISTRY
from sqlalchemy import text

from copydesk.errors import OutageError
from copydesk.model import Attempt, DeliveryState, Settlement
from copydesk.settings import DispatcherSettings
from copydesk.store import claims, events, settlements, subscriptions
from copydesk.store.claims import Claim
from copydesk.store.database import Database
from copydesk.store.matching import Matching
from services.publish import settling
from services.publish.matching import Index
from services.publish.settling import Settling
from services.publish.transactions import Transactions
from tests.publish.conftest import BROKER, Finish

OK = Settlement(DeliveryState.DELIVERED, Attempt(datetime.now(UTC), 1.0, 204))
UNSTORABLE = Settlement(DeliveryState.DELIVERED, Attempt(datetime.now(UTC), 1.0, 200, response="\0"))

# What happens while an attempt is made → what it leads to.
CHANGES = {
    "expired": ["subscriptions SET expires_after_seconds = 60"],
    "discarded": ["subscriptions SET deleted_at = now()"],
    "lost": ["deliveries SET lease_token = NULL"],
}


@pytest.fixture
def claim(database: Database, finish: Finish) -> Callable[[int], list[Claim]]:
    """Makes so many deliveries to one subscription, and claims them."""

    def claim(count: int) -> list[Claim]:
        types = ["story.published", "story.updated"]
        document = {"url": "http://127.0.0.1:1/", "event_types": types, "enabled": True}
        with database.transaction() as connection:
            subscriptions.create(connection, "desk", b"secret", document)
        for _ in range(count):
            finish()
        with database.transaction() as connection:
            events.fan_out(connection, Matching(Index()))
            return claims.claim(connection, cap=count, limit=count, lease_seconds=30).deliveries

    return claim


def _settle(
    url: str, outcomes: list[tuple[Claim, Settlement]], *, lease_seconds: float = 30, turns: int = 1
) -> tuple[float | None, int]:
    """Settles, and returns what the last turn told and how many attempts are left."""
    transactions = Transactions(DispatcherSettings(database_url=url, broker_url=BROKER))

    async def run() -> tuple[float | None, int]:
        kept = Settling(transactions, "d1", lease_seconds)
        for claimed, outcome in outcomes:
            kept.add(claimed, outcome)
        for _ in range(turns):
            seconds = await kept.settle()
        return seconds, len(kept)

    try:
        return asyncio.run(run())
    finally:
        transactions.close()


def _states(database: Database) -> list[str]:
    with database.transaction() as connection:
        return list(connection.execute(text("SELECT state FROM deliveries ORDER BY state")).scalars())


def _fail_once(patch: pytest.MonkeyPatch, *, on: int = 1) -> None:
    """Lets the database be away at the nth call."""
    real, calls = settlements.settle, []

    def settle(*values: Any) -> Any:
        calls.append(1)
        if len(calls) == on:
            raise OutageError("away")
        return real(*values)

    patch.setattr(settlements, "settle", settle)
    patch.setattr(settling, "OUTAGE_SECONDS", 0.01)


def test_all_that_is_finished_is_stored_in_one_transaction(
    database: Database, database_url: str, claim: Callable[[int], list[Claim]]
) -> None:
    claimed = claim(3)
    assert _settle(database_url, [(each, OK) for each in claimed]) == (None, 0)
    assert _states(database) == ["delivered"] * 3
    with database.transaction() as connection:
        assert connection.execute(text("SELECT count(DISTINCT xmin::text) FROM attempts")).scalar() == 1


@pytest.mark.parametrize("outcome", ["due", "superseded", "expired", "discarded", "lost"])
def test_what_an_attempt_led_to_is_counted_and_logged(
    database: Database,
    database_url: str,
    claim: Callable[[int], list[Claim]],
    finish: Finish,
    outcome: str,
) -> None:
    [claimed] = claim(1)
    if outcome == "superseded":
        finish(uri=claimed.uri, version=2)
    with database.transaction() as connection:
        events.fan_out(connection, Matching(Index()))
        for change in CHANGES.get(outcome, ()):
            connection.execute(text(f"UPDATE {change}"))
    labels = {"outcome": outcome, "error_class": "http_5xx"}
    before = REGISTRY.get_sample_value("copydesk_deliveries_total", labels) or 0
    again = Settlement(DeliveryState.DUE, Attempt(datetime.now(UTC), 1.0, 503, "http_5xx"), 60)
    with structlog.testing.capture_logs() as told:
        _settle(database_url, [(claimed, again)])
    assert REGISTRY.get_sample_value("copydesk_deliveries_total", labels) == before + 1
    [line] = [each for each in told if each["event"].startswith("delivery.")]
    assert (line["event"], line["state"]) == (
        ("delivery.lease_lost", "due") if outcome == "lost" else ("delivery.attempted", outcome)
    )


def test_one_that_cannot_be_stored_costs_no_other(
    database: Database, database_url: str, claim: Callable[[int], list[Claim]]
) -> None:
    first, second, third = claim(3)
    with structlog.testing.capture_logs() as told:
        left = _settle(database_url, [(first, OK), (second, UNSTORABLE), (third, OK)])
    assert left == (None, 0)
    assert _states(database) == ["delivered", "delivered", "sending"]
    failed = [line["delivery_id"] for line in told if line["event"] == "delivery.failed"]
    assert failed == [str(second.delivery_id)]


def test_what_an_outage_kept_is_stored_at_the_next_turn(
    database: Database,
    database_url: str,
    claim: Callable[[int], list[Claim]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    claimed = claim(2)
    _fail_once(monkeypatch)
    assert _settle(database_url, [(each, OK) for each in claimed]) == (None, 2)
    assert _states(database) == ["sending"] * 2
    assert _settle(database_url, [(each, OK) for each in claimed], turns=2) == (None, 0)
    assert _states(database) == ["delivered"] * 2


def test_an_outage_while_one_is_looked_for_that_cannot_be_stored_keeps_the_rest(
    database: Database,
    database_url: str,
    claim: Callable[[int], list[Claim]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second, third = claim(3)
    _fail_once(monkeypatch, on=3)
    assert _settle(database_url, [(first, OK), (second, OK), (third, UNSTORABLE)]) == (None, 2)
    assert _states(database) == ["delivered", "sending", "sending"]


def test_what_an_outage_outlasted_is_left_to_its_lease(
    database_url: str, claim: Callable[[int], list[Claim]], monkeypatch: pytest.MonkeyPatch
) -> None:
    [claimed] = claim(1)
    _fail_once(monkeypatch)
    with structlog.testing.capture_logs() as told:
        assert _settle(database_url, [(claimed, OK)], lease_seconds=-1) == (None, 0)
    assert [line["event"] for line in told] == ["delivery.failed"]


def test_it_tells_when_the_next_try_is_due(database_url: str, claim: Callable[[int], list[Claim]]) -> None:
    first, second = claim(2)
    late, soon = (
        Settlement(DeliveryState.DUE, Attempt(datetime.now(UTC), 1.0, 503, "http_5xx"), pause)
        for pause in (60, 30)
    )
    assert _settle(database_url, [(first, late), (second, soon)]) == (30, 0)
