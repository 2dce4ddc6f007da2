from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from copydesk import contracts
from copydesk.model import Scope
from copydesk.store import events
from copydesk.store.database import Database
from copydesk.store.matching import Matching
from services.publish.matching import Index
from services.publish.routes import replays as routes
from tests.publish.conftest import TOO_LARGE, Client, Finish
from tests.publish.test_dispatcher import _one, _run, _settings, _subscribe, _until
from tests.publish.test_routes import URL, _assert_problem
from tests.system.receiver import Receiver

PATH = "/v1/replays"


def _place(database: Database) -> None:
    with database.transaction() as connection:
        events.fan_out(connection, Matching(Index()))


def test_a_dry_run_is_answered_with_its_counts_and_a_replay_shown_and_cancelled(
    client: Client, finish: Finish, database: Database
) -> None:
    finish()
    finish("afp")
    _place(database)
    publish = client()
    subscription = publish.post("/v1/subscriptions", json={"url": URL}).json()["id"]
    wanted = {
        "subscription": subscription,
        "since": "2026-01-01T00:00:00+02:00",
        "before": "9999-12-30T00:00:00Z",
        "filter": {"sources": ["afp"]},
    }
    counted = publish.post(PATH, json={**wanted, "dry_run": True})
    assert counted.status_code == 202
    assert contracts.violations("replay", counted.json(), part="reply") == []
    assert (counted.json()["state"], counted.json()["added"], counted.json()["progress"]) == ("done", 1, 1)
    assert counted.json()["since"] == "2025-12-31T22:00:00.000Z"
    made = publish.post(PATH, json=wanted)
    path = made.headers["location"]
    assert publish.get(path).json() == made.json()
    assert made.json()["state"] == "running"
    listed = publish.get(PATH).json()["items"]
    assert [each["id"] for each in listed] == [counted.json()["id"], made.json()["id"]]
    assert publish.delete(path).status_code == 204
    assert publish.delete(path).status_code == 204
    assert publish.get(path).json()["state"] == "cancelled"
    _assert_problem(publish.delete(f"{PATH}/{counted.json()['id']}"), 409, "conflict")


@pytest.mark.parametrize(
    "since", ["2026-03-01T08:30:00Z", "2026-03-01T10:30:00.001+02:00", "9999-12-30T00:00:00Z"]
)
def test_a_replay_of_no_time_is_refused(client: Client, since: str) -> None:
    publish = client()
    subscription = publish.post("/v1/subscriptions", json={"url": URL}).json()["id"]
    wanted = {"subscription": subscription, "since": since, "before": "2026-03-01T08:30:00Z"}
    refused = publish.post(PATH, json=wanted)
    _assert_problem(refused, 422, "schema_violation")
    assert refused.json()["violations"][0]["pointer"] == "/since"
    assert publish.get(PATH).json()["items"] == []


def test_a_replay_of_long_ago_is_one_of_nothing(client: Client) -> None:
    publish = client()
    subscription = publish.post("/v1/subscriptions", json={"url": URL}).json()["id"]
    wanted = {"subscription": subscription, "since": "1960-01-01T00:00:00Z", "before": "1965-01-01T00:00:00Z"}
    counted = publish.post(PATH, json={**wanted, "dry_run": True})
    assert (counted.status_code, counted.json()["added"]) == (202, 0)


def test_a_long_count_is_looked_at_again(
    client: Client, finish: Finish, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "COUNTING_SECONDS", -1)
    finish()
    _place(database)
    publish = client()
    subscription = publish.post("/v1/subscriptions", json={"url": URL}).json()["id"]
    counted = publish.post(PATH, json={"subscription": subscription, "dry_run": True}).json()
    assert (counted["state"], counted["progress"]) == ("running", 0)


@pytest.mark.parametrize(
    ("document", "status", "code"),
    [
        ({}, 422, "schema_violation"),
        ({"subscription": "mine"}, 422, "schema_violation"),
        ({"subscription": str(uuid4())}, 404, "not_found"),
        ({"subscription": str(uuid4()), "only": "good"}, 422, "schema_violation"),
        ({"subscription": str(uuid4()), "since": "yesterday"}, 422, "schema_violation"),
        ({"subscription": str(uuid4()), "filter": {}}, 422, "schema_violation"),
        ({"subscription": str(uuid4()), "filter": TOO_LARGE}, 422, "schema_violation"),
        ({"subscription": str(uuid4()), "limit": 10}, 422, "schema_violation"),
    ],
)
def test_what_cannot_be_replayed_is_refused(
    client: Client, document: dict[str, Any], status: int, code: str
) -> None:
    _assert_problem(client().post(PATH, json=document), status, code)


def test_a_replay_is_of_ones_own_subscription(client: Client) -> None:
    publish = client()
    subscription = publish.post("/v1/subscriptions", json={"url": URL}).json()["id"]
    path = publish.post(PATH, json={"subscription": subscription}).headers["location"]
    _assert_problem(client("desk", Scope.RECORDS_READ).post(PATH, json={}), 403, "forbidden")
    other = client("afp")
    _assert_problem(other.post(PATH, json={"subscription": subscription}), 404, "not_found")
    _assert_problem(other.get(path), 404, "not_found")
    _assert_problem(other.delete(path), 404, "not_found")
    assert other.get(PATH).json()["items"] == []
    admin = client("operator", Scope.ADMIN)
    assert admin.post(PATH, json={"subscription": subscription}).json()["source"] == "desk"
    assert admin.get(path).status_code == 200


def test_the_distant_past_is_the_beginning(client: Client, finish: Finish, database: Database) -> None:
    finish()
    _place(database)
    publish = client()
    subscription = publish.post("/v1/subscriptions", json={"url": URL}).json()["id"]
    for since in ("0001-01-02T00:00:00Z", "1970-01-01T00:00:00Z"):
        wanted = {"subscription": subscription, "since": since, "dry_run": True}
        assert publish.post(PATH, json=wanted).json()["added"] == 1


def test_dispatchers_send_again_under_the_same_id_and_what_came_before_a_subscription(
    client: Client, database: Database, database_url: str, finish: Finish
) -> None:
    receiver = Receiver()
    finish()
    _place(database)
    subscription, receiver.secret = _subscribe(database, receiver.url)
    finish()
    publish = client()

    async def during() -> None:
        await _until(lambda: len(receiver.ids) == 1)
        (first,) = receiver.ids
        await _until(lambda: _one(database, "SELECT state FROM deliveries") == "delivered")
        made = publish.post(PATH, json={"subscription": str(subscription)}).headers["location"]
        await _until(lambda: publish.get(made).json()["state"] == "done")
        await _until(lambda: _one(database, "SELECT count(*) FROM attempts") == 3)
        assert len(receiver.ids) == 2, "one came again under its own id, one for the first time"
        assert first in receiver.ids

    _run(_settings(database_url), during)
    receiver.close()
    assert receiver.faults == []
    with database.transaction() as connection:
        rows = connection.execute(text("SELECT state, sequence FROM deliveries ORDER BY sequence")).all()
    assert [tuple(row) for row in rows] == [("delivered", 1), ("delivered", 2)]
