"""Statistics as the API shows them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from copydesk.model import Attempt, DeliveryState, ErrorClass, Scope
from copydesk.store import claims, events, settlements
from copydesk.store.database import Database
from copydesk.store.matching import Matching
from copydesk.store.settlements import Settlement
from services.publish.matching import Index
from tests.publish.conftest import Client, Finish

ENDED = [
    (DeliveryState.DELIVERED, Attempt(datetime.now(UTC), 10.0, 204)),
    (DeliveryState.DELIVERED, Attempt(datetime.now(UTC), 20.0, 200)),
    (DeliveryState.EXHAUSTED, Attempt(datetime.now(UTC), 30.0, None, ErrorClass.TIMEOUT)),
]


@pytest.fixture
def path(client: Client, finish: Finish, database: Database) -> str:
    """Makes a subscription of which three deliveries ended and one is due; returns its path."""
    made = client().post("/v1/subscriptions", json={"url": "http://127.0.0.1:9/"}).json()
    for _ in range(4):
        finish()
    with database.transaction() as connection:
        events.fan_out(connection, Matching(Index()))
        claimed = claims.claim(connection, cap=8, limit=3, lease_seconds=30).deliveries
        outcomes = [Settlement(state, attempt) for state, attempt in ENDED]
        settlements.settle(connection, list(zip(claimed, outcomes, strict=True)), "d1")
    return f"/v1/subscriptions/{made['id']}/statistics"


def _without_times(shown: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if name not in {"from", "to", "at"}}


def test_what_was_attempted_is_added_up_as_a_whole_and_by_hour(client: Client, path: str) -> None:
    shown = client().get(path).json()
    [bucket] = shown.pop("buckets")
    delivered = shown.pop("deliveries")
    whole = {
        "attempts": 3,
        "failed": 1,
        "error_rate": 0.333333,
        "latency_ms": {"p50": 20.0, "p95": 30.0, "p99": 30.0},
        "classes": {
            "ok": {"attempts": 2, "latency_ms": {"p50": 10.0, "p95": 20.0, "p99": 20.0}},
            "timeout": {"attempts": 1, "latency_ms": {"p50": 30.0, "p95": 30.0, "p99": 30.0}},
        },
    }
    assert _without_times(shown) == {**whole, "bucket": "hour"}
    assert _without_times(bucket) == whole
    assert datetime.fromisoformat(shown["to"]) - datetime.fromisoformat(shown["from"]) == timedelta(days=1)
    assert datetime.fromisoformat(bucket["at"]) <= ENDED[0][1].started_at
    assert delivered["states"] == {"delivered": 2, "due": 1, "exhausted": 1}
    assert 0 < delivered["latency_ms"]["p50"] <= delivered["latency_ms"]["p99"]


def test_where_nothing_was_attempted_there_are_no_rates(client: Client, path: str) -> None:
    span = {"from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00+01:00", "bucket": "day"}
    assert client().get(path, params=span).json() == {
        "from": "2026-01-01T00:00:00Z",
        "to": "2026-01-31T23:00:00Z",
        "bucket": "day",
        "attempts": 0,
        "failed": 0,
        "error_rate": None,
        "latency_ms": None,
        "classes": {},
        "buckets": [],
        "deliveries": {"states": {}, "latency_ms": None},
    }


def test_each_source_sees_its_own_and_an_admin_everyones(client: Client, path: str) -> None:
    def total(source: str, *scopes: Scope) -> int:
        found: int = client(source, *scopes).get("/v1/statistics").json()["attempts"]
        return found

    assert (total("desk"), total("other"), total("operator", Scope.ADMIN)) == (3, 0, 3)
    assert client("other").get(path).status_code == 404
    assert client("desk").delete(path.removesuffix("/statistics")).status_code == 204
    assert total("desk") == 3


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"bucket": "week"}, "bucket: "),
        ({"from": "yesterday"}, "from: "),
        ({"from": "2026-01-01T00:00:00"}, "from: "),
        ({"from": "2026-01-02T00:00:00Z", "to": "2026-01-02T00:00:00Z"}, "from: it must lie before"),
        ({"from": "0001-01-01T00:00:00+14:00"}, "from: it must lie before"),
        ({"to": "9999-12-31T23:59:59-14:00"}, "to: it must lie between"),
        ({"to": "1969-01-01T00:00:00Z"}, "to: it must lie between"),
        ({"to": "2000-01-01T00:00:00Z"}, "from: it must lie before"),
        ({"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T01:00:01Z", "bucket": "minute"}, "wider buckets"),
    ],
)
def test_a_wrong_stretch_of_time_is_refused_with_the_remedy(
    client: Client, parameters: dict[str, str], words: str
) -> None:
    publish = client()
    for path in ("/v1/statistics", f"/v1/subscriptions/{uuid4()}/statistics"):
        reply = publish.get(path, params=parameters)
        assert (reply.status_code, reply.json()["code"]) == (422, "bad_parameter")
        assert words in reply.json()["detail"]
