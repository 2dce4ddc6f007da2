"""What an endpoint is sent beside deliveries: a challenge before the first, and examples."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import orjson
import pytest
from sqlalchemy import text
from standardwebhooks import Webhook

from copydesk import contracts
from copydesk.model import EventType, new_id
from copydesk.store import claims, events
from copydesk.store.database import Database
from copydesk.store.matching import Matching
from services.publish import message
from services.publish.challenge import CHALLENGE, echoes
from services.publish.matching import Index
from services.publish.samples import sample
from services.publish.trial import AT_ONCE, AT_ONCE_OF_ONE
from tests.publish.conftest import Client, Finish
from tests.publish.endpoint import Endpoint
from tests.publish.test_routes import URL, _assert_problem
from tests.web.wire import until


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint() as made:
        yield made


def _echo(event: dict[str, Any]) -> bytes:
    return orjson.dumps({"challenge": event["data"]["challenge"]})


def _claimed(database: Database) -> int:
    with database.transaction() as connection:
        events.fan_out(connection, Matching(Index()))
        return len(claims.claim(connection, cap=8, limit=8, lease_seconds=30).deliveries)


def test_nothing_is_delivered_before_the_endpoint_has_echoed_the_challenge(
    client: Client, endpoint: Endpoint, finish: Finish, database: Database
) -> None:
    publish = client()
    made = publish.post("/v1/subscriptions", json={"url": endpoint.url, "verify": True}).json()
    assert contracts.violations("subscription", made, part="reply") == []
    assert made["verified"] is False
    path = f"/v1/subscriptions/{made['id']}"
    finish()
    assert _claimed(database) == 0

    endpoint.answer = lambda event: event["data"]["challenge"].encode()[:-1]
    refused = publish.post(f"{path}/verify").json()
    assert (refused["verified"], refused["status"], refused["error_class"]) == (False, 200, None)
    endpoint.answer, endpoint.status = _echo, 500
    assert publish.post(f"{path}/verify").json()["verified"] is False, "an echo is a success, too"
    assert publish.get(path).json()["verified"] is False
    assert _claimed(database) == 0

    endpoint.status = 200
    assert publish.post(f"{path}/verify").json()["verified"] is True
    assert publish.get(path).json()["verified"] is True
    assert _claimed(database) == 1
    for headers, body in endpoint.got:
        Webhook(made["secret"]).verify(body, headers)
    challenges = {orjson.loads(body)["data"]["challenge"] for _, body in endpoint.got}
    assert len(challenges) == 3, "each is a new one"


def test_a_change_may_ask_for_a_new_challenge_or_for_none(
    client: Client, endpoint: Endpoint, finish: Finish, database: Database
) -> None:
    publish = client()
    made = publish.post("/v1/subscriptions", json={"url": URL}).json()
    assert made["verified"] is True
    path = f"/v1/subscriptions/{made['id']}"
    assert publish.patch(path, json={"url": endpoint.url, "verify": True}).json()["verified"] is False
    finish()
    assert _claimed(database) == 0
    assert publish.patch(path, json={"verify": False}).json()["verified"] is True
    assert _claimed(database) == 1


def test_another_endpoint_has_to_echo_a_challenge_of_its_own(
    client: Client, endpoint: Endpoint, finish: Finish, database: Database
) -> None:
    publish = client()
    made = publish.post("/v1/subscriptions", json={"url": endpoint.url, "verify": True}).json()
    path = f"/v1/subscriptions/{made['id']}"
    endpoint.answer = _echo
    assert publish.post(f"{path}/verify").json()["verified"] is True
    assert publish.patch(path, json={"url": endpoint.url}).json()["verified"] is True, "it is the same one"

    moved = f"{endpoint.url}/moved"
    assert publish.patch(path, json={"url": moved}).json()["verified"] is False
    assert publish.patch(path, json={"url": moved}).json()["verified"] is False, "it has not echoed one yet"
    finish()
    assert _claimed(database) == 0
    assert publish.post(f"{path}/verify").json()["verified"] is True
    assert _claimed(database) == 1

    assert publish.patch(path, json={"verify": False}).json()["verified"] is True
    assert publish.patch(path, json={"url": endpoint.url}).json()["verified"] is True, "none is asked for"


def test_an_answer_counts_only_for_the_url_that_gave_it(
    client: Client, endpoint: Endpoint, database: Database
) -> None:
    publish = client()
    made = publish.post("/v1/subscriptions", json={"url": endpoint.url, "verify": True}).json()

    def change_and_echo(event: dict[str, Any]) -> bytes:
        with database.transaction() as connection:
            connection.execute(text("UPDATE subscriptions SET url = 'https://example.org/'"))
        return _echo(event)

    endpoint.answer = change_and_echo
    assert publish.post(f"/v1/subscriptions/{made['id']}/verify").json()["verified"] is False


def test_an_example_of_each_type_is_sent_and_what_came_back_is_told(
    client: Client, endpoint: Endpoint, database: Database
) -> None:
    publish = client()
    kinds = sorted(EventType)
    document = {"url": endpoint.url, "event_types": kinds, "fields": ["title"], "enabled": False}
    made = publish.post("/v1/subscriptions", json=document).json()
    endpoint.answer, endpoint.status = (lambda event: event["type"].encode()), 202
    items = publish.post(f"/v1/subscriptions/{made['id']}/test").json()["items"]
    assert [(each["type"], each["status"], each["response"]) for each in items] == [
        (kind, 202, kind) for kind in kinds
    ]
    told = {}
    for headers, body in endpoint.got:
        Webhook(made["secret"]).verify(body, headers)
        assert "copydesk-sequence" not in headers
        told[headers["webhook-id"]] = orjson.loads(body)
    assert [told[each["webhook_id"]]["type"] for each in items] == kinds
    assert all(contracts.violations("event", event) == [] for event in told.values())
    assert next(each for each in told.values() if each["type"] == "story.updated")["projection"] == "fields"
    with database.transaction() as connection:
        assert connection.execute(text("SELECT count(*) FROM deliveries")).scalar() == 0


def test_what_may_not_be_called_or_does_not_answer_is_told_with_its_class(
    client: Client, database: Database
) -> None:
    publish = client()
    path = f"/v1/subscriptions/{publish.post('/v1/subscriptions', json={'url': URL}).json()['id']}"
    assert {each["error_class"] for each in publish.post(f"{path}/test").json()["items"]} == {"refused"}
    with database.transaction() as connection:  # as when the operator closed it since
        connection.execute(text("UPDATE subscriptions SET url = 'https://10.0.0.7/'"))
    for reply in (publish.post(f"{path}/verify").json(), publish.post(f"{path}/test").json()["items"][0]):
        assert (reply["error_class"], reply["status"]) == ("blocked_address", None)
        assert "10.0.0.0/8" in reply["detail"]


def test_a_source_whose_endpoints_stall_does_not_keep_up_another(client: Client, endpoint: Endpoint) -> None:
    go_on = threading.Event()

    def stall(event: dict[str, Any]) -> bytes:
        if event["type"] == CHALLENGE:
            return _echo(event)
        go_on.wait(60)
        return b""

    endpoint.answer = stall
    publish = client("reuters")
    document = {"url": endpoint.url, "event_types": ["story.published"]}
    slow = publish.post("/v1/subscriptions", json=document).json()
    slow_key = {"Authorization": publish.headers["Authorization"]}
    quick = client("afp").post("/v1/subscriptions", json=document).json()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            path = f"/v1/subscriptions/{slow['id']}/test"
            tests = [pool.submit(publish.post, path, headers=slow_key) for _ in range(AT_ONCE)]
            until(lambda: len(endpoint.got) == AT_ONCE_OF_ONE)
            assert publish.post(f"/v1/subscriptions/{quick['id']}/verify").json()["verified"] is True
            assert len(endpoint.got) == AT_ONCE_OF_ONE + 1
        finally:
            go_on.set()
        assert [each.result(60).status_code for each in tests] == [200] * AT_ONCE
    assert len(endpoint.got) == AT_ONCE + 1


@pytest.mark.parametrize("what", ["verify", "test"])
def test_only_ones_own_endpoint_is_called(client: Client, endpoint: Endpoint, what: str) -> None:
    made = client("reuters").post("/v1/subscriptions", json={"url": endpoint.url}).json()
    other = client("afp")
    _assert_problem(other.post(f"/v1/subscriptions/{made['id']}/{what}"), 404, "not_found")
    _assert_problem(other.post(f"/v1/subscriptions/{uuid4()}/{what}"), 404, "not_found")
    assert endpoint.got == []


@pytest.mark.parametrize(
    ("response", "good"),
    [
        ("abc", True),
        (" abc\n", True),
        ('{"challenge": "abc"}', True),
        ('{"challenge": "abc", "more": [1]}', True),
        ('"abc"', False),
        ('["abc"]', False),
        ("abcd", False),
        ("", False),
        ('{"challenge": null}', False),
        ("{", False),
    ],
)
def test_a_challenge_is_echoed_as_text_or_in_json(response: str, good: bool) -> None:
    assert echoes(response, "abc") is good


@pytest.mark.parametrize("kind", sorted(EventType))
def test_every_example_keeps_the_contract(kind: EventType) -> None:
    event = orjson.loads(message.body(sample(kind, datetime.now(UTC), "desk", new_id())))
    assert contracts.violations("event", event) == []
    if kind in {EventType.PUBLISHED, EventType.UPDATED}:
        assert contracts.check_offsets(event["data"]) == []
