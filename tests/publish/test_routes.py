from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from copydesk import contracts
from copydesk.errors import OutageError
from copydesk.health import Reply
from copydesk.model import Scope
from copydesk.settings import PublishSettings
from copydesk.store import backlog, claims, events, health
from copydesk.store.database import Database
from copydesk.store.matching import Matching
from copydesk.web.operations import operations
from services.publish import signature
from services.publish.app import create_app
from services.publish.matching import Index
from tests.publish.conftest import BROKER, Client, Finish

URL = "http://127.0.0.1:9/hook"


def _assert_problem(reply: Any, status: int, code: str) -> dict[str, Any]:
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = reply.json()
    assert contracts.violations("problem", problem) == []
    assert problem["code"] == code
    return problem


def test_a_subscription_is_made_with_a_secret_that_is_shown_once(client: Client) -> None:
    publish = client()
    made = publish.post("/v1/subscriptions", json={"url": URL, "filter": {"countries": ["KEN"]}})
    assert made.status_code == 201
    subscription = made.json()
    assert contracts.violations("subscription", subscription, part="reply") == []
    assert len(signature.parse(subscription["secret"])) == 32
    assert subscription["event_types"] == ["story.published", "story.updated"]
    assert made.headers["location"] == f"/v1/subscriptions/{subscription['id']}"
    shown = publish.get(made.headers["location"]).json()
    assert "secret" not in shown
    assert shown == {name: value for name, value in subscription.items() if name != "secret"}
    assert publish.get("/v1/subscriptions").json() == {"items": [shown], "next": None}


def test_a_subscription_is_changed_in_what_is_named_alone(client: Client) -> None:
    publish = client()
    made = publish.post("/v1/subscriptions", json={"url": URL, "description": "first"}).json()
    path = f"/v1/subscriptions/{made['id']}"
    changed = publish.patch(path, json={"enabled": False, "filter": {"sources": ["desk"]}}).json()
    assert (changed["enabled"], changed["filter"], changed["description"]) == (
        False,
        {"sources": ["desk"]},
        "first",
    )
    assert changed["updated_at"] > made["updated_at"]
    assert publish.patch(path, json={"filter": None, "url": URL + "2"}).json()["filter"] is None
    _assert_problem(publish.patch(path, json={}), 422, "schema_violation")
    _assert_problem(publish.patch(path, json={"url": "http://h:0/"}), 422, "schema_violation")


def test_a_deleted_subscription_is_gone(client: Client) -> None:
    publish = client()
    path = f"/v1/subscriptions/{publish.post('/v1/subscriptions', json={'url': URL}).json()['id']}"
    assert publish.delete(path).status_code == 204
    _assert_problem(publish.delete(path), 404, "not_found")
    _assert_problem(publish.get(path), 404, "not_found")
    _assert_problem(publish.patch(path, json={"enabled": True}), 404, "not_found")


def test_a_source_manages_its_own_subscriptions_and_an_admin_everyones(client: Client) -> None:
    path = f"/v1/subscriptions/{client('reuters').post('/v1/subscriptions', json={'url': URL}).json()['id']}"
    other = client("afp")
    assert other.get("/v1/subscriptions").json()["items"] == []
    for reply in (other.get(path), other.patch(path, json={"enabled": False}), other.delete(path)):
        _assert_problem(reply, 404, "not_found")
    admin = client("operator", Scope.ADMIN)
    assert admin.get(path).status_code == 200
    assert len(admin.get("/v1/subscriptions").json()["items"]) == 1


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({}, "/url"),
        ({"url": "ftp://example.org"}, "/url"),
        ({"url": "https://example.org:99999/"}, "/url"),
        ({"url": "https://example.org/#x"}, "/url"),
        ({"url": URL, "event_types": []}, "/event_types"),
        ({"url": URL, "event_types": ["story.eaten"]}, "/event_types/0"),
        ({"url": URL, "filter": {}}, "/filter"),
        ({"url": URL, "filter": {"colours": ["red"]}}, "/filter/colours"),
        ({"url": URL, "filter": {"any": [{"all": [{"none": []}]}]}}, "/filter/any/0/all/0/none"),
        ({"url": URL, "filter": {"any": [None]}}, "/filter/any/0"),
        ({"url": URL, "filter": {"any": [{"keywords": ["a"] * 100}] * 11}}, "/filter"),
        ({"url": URL, "secret": "mine"}, "/secret"),
    ],
)
def test_a_wrong_subscription_is_refused_with_a_pointer(
    client: Client, document: dict[str, Any], pointer: str
) -> None:
    problem = _assert_problem(client().post("/v1/subscriptions", json=document), 422, "schema_violation")
    assert pointer in [violation["pointer"] for violation in problem["violations"]]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://10.0.0.7/hook", ["10.0.0.0/8, private use (RFC 1918)", "COPYDESK_ALLOW_CIDR"]),
        ("https://[::1]/", ["::1/128, loopback"]),
        ("https://localhost/", ["::1/128, loopback"]),
        ("https://0xa.1/", ["10.0.0.0/8"]),
        ("https://169.254.169.254/", ["169.254.0.0/16", "metadata"]),
        ("https://example.org:22/", ["Port 22", "COPYDESK_ALLOW_PORTS=22"]),
    ],
)
def test_an_endpoint_that_may_not_be_called_is_refused_with_the_remedy(
    client: Client, url: str, words: list[str]
) -> None:
    publish = client()
    made = publish.post("/v1/subscriptions", json={"url": URL}).json()
    for reply in (
        publish.post("/v1/subscriptions", json={"url": url}),
        publish.patch(f"/v1/subscriptions/{made['id']}", json={"url": url}),
    ):
        problem = _assert_problem(reply, 422, "schema_violation")
        assert [violation["pointer"] for violation in problem["violations"]] == ["/url"]
        assert [word for word in words if word not in problem["detail"]] == []
    assert publish.get(f"/v1/subscriptions/{made['id']}").json()["url"] == URL


def test_by_default_neither_this_machine_nor_http_may_be_named(database_url: str, client: Client) -> None:
    token = client().headers["Authorization"]
    production = create_app(PublishSettings(database_url=database_url, broker_url=BROKER))
    with TestClient(production, headers={"Authorization": token}) as publish:
        for url in (URL, "http://example.org/", "https://127.0.0.1/"):
            _assert_problem(publish.post("/v1/subscriptions", json={"url": url}), 422, "schema_violation")
        assert publish.post("/v1/subscriptions", json={"url": "https://example.org/"}).status_code == 201


def test_without_a_key_or_a_scope_nothing_is_shown(client: Client) -> None:
    publish = client("desk", Scope.STORIES_WRITE)
    for path in ("/v1/subscriptions", "/v1/deliveries", f"/v1/records/{uuid4()}"):
        _assert_problem(publish.get(path), 403, "forbidden")
        _assert_problem(
            publish.get(path, headers={"Authorization": "Bearer cdk_none"}), 401, "unauthenticated"
        )


def test_a_record_is_shown_in_its_contract_newest_first(client: Client, finish: Finish) -> None:
    story = finish(uri="urn:test:railway", version=1)
    finish(uri="urn:test:railway", version=2, title="Kenya and Uganda postpone a railway")
    publish = client()
    record = publish.get(f"/v1/records/{story}").json()
    assert contracts.violations("record", record) == []
    assert contracts.check_offsets(record) == []
    assert (record["version"], record["source"]) == (2, "desk")
    assert {"kenya", "uganda"} <= {actor["id"] for actor in record["actors"]}
    assert publish.get(f"/v1/records/{story}", params={"version": 1}).json()["version"] == 1
    _assert_problem(publish.get(f"/v1/records/{story}", params={"version": 3}), 404, "not_found")
    _assert_problem(publish.get(f"/v1/records/{story}", params={"version": 0}), 422, "bad_parameter")
    _assert_problem(publish.get("/v1/records/not-an-id"), 422, "bad_parameter")
    _assert_problem(publish.get(f"/v1/records/{uuid4()}"), 404, "not_found")


def test_deliveries_are_listed_shown_and_sent_again(
    client: Client, finish: Finish, database: Database
) -> None:
    publish = client()
    subscription = publish.post("/v1/subscriptions", json={"url": URL}).json()["id"]
    finish()
    finish()
    with database.transaction() as connection:
        events.fan_out(connection, Matching(Index()))
    page = publish.get("/v1/deliveries", params={"subscription": subscription, "limit": 1}).json()
    assert [each["state"] for each in page["items"]] == ["due"]
    rest = publish.get("/v1/deliveries", params={"after": page["next"], "state": "due"}).json()
    assert len(rest["items"]) == 1
    assert publish.get("/v1/deliveries", params={"state": "delivered"}).json()["items"] == []
    path = f"/v1/deliveries/{page['items'][0]['id']}"
    assert publish.get(path).json()["attempts"] == []
    with database.transaction() as connection:
        connection.execute(text("UPDATE deliveries SET state = 'exhausted'"))
    assert publish.post(f"{path}/retry").json()["state"] == "due"
    with database.transaction() as connection:
        assert len(claims.claim(connection, cap=8, limit=8, lease_seconds=30).deliveries) == 1
    _assert_problem(publish.post(f"{path}/retry"), 409, "conflict")
    _assert_problem(publish.post(f"/v1/deliveries/{uuid4()}/retry"), 404, "not_found")
    _assert_problem(publish.get(f"/v1/deliveries/{uuid4()}"), 404, "not_found")
    _assert_problem(publish.get("/v1/deliveries", params={"state": "lost"}), 422, "bad_parameter")
    _assert_problem(client("afp").post(f"{path}/retry"), 404, "not_found")


def test_health_documents_and_contracts_are_served(client: Client) -> None:
    publish = client()
    assert publish.get("/__lbheartbeat__").status_code == 200
    assert publish.get("/__heartbeat__").json()["status"] == "ok"
    assert publish.get("/__version__").json()["service"] == "publish"
    assert b"copydesk_http_requests_total" in publish.get("/metrics").content
    assert publish.get("/schemas/event").json() == contracts.schema("event")
    paths = publish.get("/openapi.json").json()["paths"]
    body = paths["/v1/subscriptions"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/subscription"}
    assert publish.get("/docs").status_code == 200


def test_what_is_answered_keeps_the_contract_that_the_documentation_names(
    client: Client, finish: Finish
) -> None:
    publish = client()
    story = finish()
    made = publish.post("/v1/subscriptions", json={"url": URL})
    one = f"/v1/subscriptions/{made.json()['id']}"
    replay = publish.post(
        "/v1/replays", json={"subscription": made.json()["id"], "since": "2026-01-01T00:00:00Z"}
    )
    answered = {
        "POST /v1/subscriptions": made,
        "GET /v1/subscriptions": publish.get("/v1/subscriptions"),
        "GET /v1/subscriptions/{subscription_id}": publish.get(one),
        "PATCH /v1/subscriptions/{subscription_id}": publish.patch(one, json={"description": "x"}),
        "POST /v1/subscriptions/{subscription_id}/rotate": publish.post(f"{one}/rotate"),
        "GET /v1/records/{story_id}": publish.get(f"/v1/records/{story}"),
        "POST /v1/replays": replay,
        "GET /v1/replays": publish.get("/v1/replays"),
        "GET /v1/replays/{replay_id}": publish.get(replay.headers["location"]),
    }
    named = {
        (each.request, reply.status): reply.contract
        for each in operations(publish.get("/openapi.json").json())
        for reply in each.replies
        if reply.contract
    }
    assert named.keys() == {(name, str(reply.status_code)) for name, reply in answered.items()}
    for (name, _), found in named.items():
        contract, _, part = found.partition(".")
        document = answered[name].json()
        for item in document.get("items", [document]):
            assert contracts.violations(contract, item, part=part or None) == [], name


def test_a_subscription_says_how_it_is_tried_and_why_it_is_disabled(client: Client) -> None:
    publish = client()
    made = publish.post("/v1/subscriptions", json={"url": URL, "retry_schedule_seconds": [5, 600]}).json()
    assert made["retry_schedule_seconds"] == [5, 600]
    path = f"/v1/subscriptions/{made['id']}"
    paused = publish.patch(path, json={"enabled": False, "retry_schedule_seconds": []}).json()
    assert contracts.violations("subscription", paused, part="reply") == []
    assert (paused["disabled_reason"], paused["retry_schedule_seconds"]) == ("requested", [])
    assert publish.patch(path, json={"enabled": False}).json()["disabled_at"] == paused["disabled_at"]
    enabled = publish.patch(path, json={"enabled": True, "retry_schedule_seconds": None}).json()
    assert contracts.violations("subscription", enabled, part="reply") == []
    assert "disabled_at" not in enabled
    assert "disabled_reason" not in enabled
    assert enabled["retry_schedule_seconds"] is None
    born = publish.post("/v1/subscriptions", json={"url": URL, "enabled": False}).json()
    assert born["disabled_reason"] == "requested"


def test_a_subscription_says_at_what_pace_it_is_sent_to(client: Client) -> None:
    publish = client()
    pace = {"expires_after_seconds": 60, "rate_per_second": 0.5, "in_flight": 1}
    made = publish.post("/v1/subscriptions", json={"url": URL, **pace}).json()
    assert {name: made[name] for name in pace} == pace
    path = f"/v1/subscriptions/{made['id']}"
    changed = publish.patch(path, json={"rate_per_second": None}).json()
    assert contracts.violations("subscription", changed, part="reply") == []
    assert (changed["rate_per_second"], changed["in_flight"]) == (None, 1)
    for wrong in ({"in_flight": 0}, {"rate_per_second": 1e9}, {"expires_after_seconds": 1}):
        _assert_problem(publish.patch(path, json=wrong), 422, "schema_violation")


def test_a_subscription_shows_how_its_endpoint_fares(client: Client, database: Database) -> None:
    publish = client()
    made = publish.post("/v1/subscriptions", json={"url": URL}).json()
    path = f"/v1/subscriptions/{made['id']}"
    well = {"failures": 0, "failed_deliveries": 0, "warned_percent": 0, "halvings": 0, "probed": False}
    assert made["health"] == well
    replies = [Reply(503, succeeded=False, is_first=True)] * 20
    subscription = UUID(made["id"])
    with database.transaction() as connection:
        health.heed(connection, health.lock(connection, [subscription]), {subscription: replies}, {})
    shown = publish.get(path).json()
    assert contracts.violations("subscription", shown, part="reply") == []
    held_until = shown["health"].pop("held_until")
    assert held_until > shown["failing_since"]
    failing = {"failures": 10, "failed_deliveries": 20, "halvings": 1, "probed": True}
    assert shown["health"] == well | failing
    assert publish.get("/v1/subscriptions").json()["items"][0]["health"]["probed"] is True
    _assert_problem(publish.patch(path, json={"health": well}), 422, "schema_violation")
    _assert_problem(
        publish.post("/v1/subscriptions", json={"url": URL, "health": well}), 422, "schema_violation"
    )
    assert publish.patch(path, json={"enabled": True}).json()["health"] == well


def test_a_version_that_a_newer_one_overtook_is_not_sent_again(
    client: Client, finish: Finish, database: Database
) -> None:
    publish = client()
    publish.post("/v1/subscriptions", json={"url": URL})
    for version in (1, 2):
        finish(uri="urn:test:railway", version=version, title=f"Kenya and Uganda agree on railway {version}")
    with database.transaction() as connection:
        events.fan_out(connection, Matching(Index()))
    older, newer = publish.get("/v1/deliveries").json()["items"]
    assert (older["state"], newer["state"]) == ("superseded", "due")
    problem = _assert_problem(publish.post(f"/v1/deliveries/{older['id']}/retry"), 409, "conflict")
    assert "newer version" in problem["detail"]


def test_a_backlog_is_sent_or_discarded_when_a_subscription_is_enabled(
    client: Client, finish: Finish, database: Database
) -> None:
    publish = client()
    made = [publish.post("/v1/subscriptions", json={"url": URL, "enabled": False}).json() for _ in range(2)]
    finish()
    with database.transaction() as connection:
        events.fan_out(connection, Matching(Index()))
    states = []
    for subscription, choice in zip(made, ("send", "discard"), strict=True):
        path = f"/v1/subscriptions/{subscription['id']}"
        changed = publish.patch(path, json={"enabled": True, "backlog": choice})
        assert contracts.violations("subscription", changed.json(), part="reply") == []
        listed = publish.get("/v1/deliveries", params={"subscription": subscription["id"]}).json()
        states += [each["state"] for each in listed["items"]]
    assert states == ["due", "discarded"]
    gone = publish.patch(f"/v1/subscriptions/{uuid4()}", json={"backlog": "discard"})
    _assert_problem(gone, 404, "not_found")


@pytest.mark.parametrize(("is_outage", "state"), [(False, "discarded"), (True, "due")])
def test_deleting_a_subscription_discards_what_is_owed_and_an_outage_leaves_that_to_a_dispatcher(
    client: Client,
    finish: Finish,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_outage: bool,
    state: str,
) -> None:
    publish = client()
    subscription = publish.post("/v1/subscriptions", json={"url": URL}).json()
    finish()
    with database.transaction() as connection:
        events.fan_out(connection, Matching(Index()))

    def break_off(*_: object) -> int:
        raise OutageError("gone")

    if is_outage:
        monkeypatch.setattr(backlog, "discard", break_off)
    assert publish.delete(f"/v1/subscriptions/{subscription['id']}").status_code == 204
    assert publish.get(f"/v1/subscriptions/{subscription['id']}").status_code == 404
    assert [each["state"] for each in publish.get("/v1/deliveries").json()["items"]] == [state]


def test_a_subscription_says_since_when_its_endpoint_fails(client: Client, database: Database) -> None:
    publish = client()
    path = f"/v1/subscriptions/{publish.post('/v1/subscriptions', json={'url': URL}).json()['id']}"
    assert "failing_since" not in publish.get(path).json()
    with database.transaction() as connection:
        connection.execute(text("UPDATE subscriptions SET failing_since = '2026-11-29T12:00:00Z'"))
    shown = publish.get(path).json()
    assert shown["failing_since"] == "2026-11-29T12:00:00.000Z"
    assert contracts.violations("subscription", shown, part="reply") == []
