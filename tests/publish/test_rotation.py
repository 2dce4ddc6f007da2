"""A new secret for a subscription, while deliveries flow and afterwards."""

import asyncio
import base64
import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from standardwebhooks import Webhook
from starlette.testclient import TestClient

from copydesk import contracts
from copydesk.settings import DispatcherSettings
from copydesk.store import claims, events, secrets
from copydesk.store.database import Database
from copydesk.store.matching import Matching
from services.publish import signature
from services.publish.dispatcher import Dispatcher
from services.publish.matching import Index
from services.publish.routes import subscriptions as subscription_routes
from services.publish.vault import Vault
from tests.conftest import SECRETS_KEY
from tests.publish.conftest import BROKER, HERE, Client, Finish
from tests.system.receiver import Receiver

URL = "http://127.0.0.1:9/hook"
VERIFY_SECONDS = 0.1
ROTATIONS = 5


class Endpoint(Receiver):
    """One that takes its time before it verifies: with the secret it has then, and with the one before."""

    former = ""

    def _take(self, headers: dict[str, str], body: bytes) -> None:
        threading.Event().wait(VERIFY_SECONDS)
        former = self.former
        super()._take(headers, body)
        try:
            Webhook(former).verify(body, headers)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test must hear of it
            self.faults.append(f"with the former secret: {error!r}")


def _subscribe(publish: TestClient, url: str = URL) -> tuple[str, str]:
    made = publish.post("/v1/subscriptions", json={"url": url}).json()
    return f"/v1/subscriptions/{made['id']}/rotate", made["secret"]


def _claim(database: Database, seconds: float = 30) -> list[claims.Claim]:
    with database.transaction() as connection:
        events.fan_out(connection, Matching(Index()))
        return claims.claim(connection, cap=8, limit=8, lease_seconds=seconds).deliveries


def _secrets(claimed: claims.Claim) -> list[str]:
    vault = Vault([base64.b64decode(SECRETS_KEY)])
    return [signature.shown(vault.open(claimed.subscription_id, each)) for each in claimed.secrets]


def _expire(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(text("UPDATE former_secrets SET expires_at = now()"))


@pytest.mark.timeout(120)
def test_rotating_while_deliveries_flow_fails_no_receiver_that_has_either_secret(
    client: Client, database_url: str, finish: Finish
) -> None:
    publish, endpoint = client(), Endpoint()
    rotate, endpoint.secret = _subscribe(publish, endpoint.url)
    endpoint.former = endpoint.secret
    settings = DispatcherSettings(database_url=database_url, broker_url=BROKER, poll_seconds=0.5, **HERE)
    posted, enough = [], threading.Event()

    def post() -> None:
        while not enough.is_set():
            posted.append(str(finish()))

    def see_some() -> None:
        wanted = len(endpoint.ids) + 4
        _wait(lambda: len(endpoint.ids) >= wanted)

    def rotate_often() -> None:
        for _ in range(ROTATIONS):
            see_some()
            new = publish.post(rotate).json()["secret"]
            endpoint.former, endpoint.secret = endpoint.secret, new
        see_some()

    async def scene() -> None:
        dispatcher = Dispatcher(settings)
        running = asyncio.create_task(dispatcher.run())
        posting = asyncio.create_task(asyncio.to_thread(post))
        try:
            await asyncio.to_thread(rotate_often)
            enough.set()
            await posting
            await asyncio.to_thread(_wait, lambda: endpoint.stories().keys() >= set(posted))
        finally:
            enough.set()
            dispatcher.stop()
            await running

    asyncio.run(scene())
    endpoint.close()
    assert endpoint.faults == []
    assert endpoint.stories().keys() == set(posted)


def _wait(condition: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        threading.Event().wait(0.01)


def test_a_new_secret_is_shown_once_and_the_former_ones_sign_after_it(
    client: Client, database: Database, finish: Finish
) -> None:
    publish = client()
    rotate, first = _subscribe(publish)
    replies = [publish.post(rotate, json={"overlap_seconds": seconds}) for seconds in (600, 1200)]
    assert [reply.status_code for reply in replies] == [200, 200]
    for reply in replies:
        assert contracts.violations("subscription", reply.json(), part="reply") == []
    shown = publish.get(rotate.removesuffix("/rotate")).json()
    assert shown == {name: value for name, value in replies[1].json().items() if name != "secret"}
    assert shown["former_secrets_until"] > replies[0].json()["former_secrets_until"]
    finish()
    [claimed] = _claim(database)
    newest = [replies[1].json()["secret"], replies[0].json()["secret"], first]
    assert _secrets(claimed) == newest


def test_the_overlap_is_a_day_unless_told_otherwise(client: Client, database: Database) -> None:
    publish = client()
    rotate, _ = _subscribe(publish)
    for body in ({}, {"json": {}}, {"content": b"", "headers": {"Content-Type": "text/plain"}}):
        _expire(database)
        assert publish.post(rotate, **body).status_code == 200  # type: ignore[arg-type] # one of each
        with database.transaction() as connection:
            left = text("SELECT extract(epoch FROM max(expires_at) - now()) FROM former_secrets")
            assert 86_390 < connection.execute(left).scalar_one() <= 86_400


def test_a_former_secret_ends_with_its_overlap_and_all_end_with_an_overlap_of_nothing(
    client: Client, database: Database, finish: Finish
) -> None:
    publish = client()
    rotate, _ = _subscribe(publish)
    second = publish.post(rotate).json()["secret"]
    _expire(database)
    assert "former_secrets_until" not in publish.get(rotate.removesuffix("/rotate")).json()
    third = publish.post(rotate).json()["secret"]
    finish()
    [claimed] = _claim(database, seconds=0.001)
    assert _secrets(claimed) == [third, second]
    last = publish.post(rotate, json={"overlap_seconds": 0}).json()
    assert "former_secrets_until" not in last
    finish()
    assert [_secrets(each) for each in _claim(database)] == [
        [last["secret"]],
        [last["secret"]],
    ]


def test_former_secrets_are_bounded_and_none_is_dropped_before_its_time(
    client: Client, database: Database
) -> None:
    publish = client()
    rotate, _ = _subscribe(publish)
    for _ in range(secrets.MOST_FORMER):
        assert publish.post(rotate).status_code == 200
    refused = publish.post(rotate)
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert "an overlap of 0 seconds" in refused.json()["detail"]
    with database.transaction() as connection:
        count = text("SELECT count(*) FROM former_secrets")
        assert connection.execute(count).scalar() == secrets.MOST_FORMER
    assert publish.post(rotate, json={"overlap_seconds": 0}).status_code == 200
    assert publish.post(rotate).status_code == 200


def test_the_new_secret_is_shown_when_nothing_is_under_way_without_it(
    client: Client, database: Database, finish: Finish, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish = client()
    rotate, _ = _subscribe(publish)
    finish()
    [claimed] = _claim(database)
    monkeypatch.setattr(subscription_routes, "SENT_SECONDS", 0.3)
    began = time.monotonic()
    assert "secret" in publish.post(rotate).json(), "an endpoint that hangs delays it, and no more"
    assert time.monotonic() - began >= 0.3
    monkeypatch.setattr(subscription_routes, "SENT_SECONDS", 60)
    replies: list[dict[str, Any]] = []
    asking = threading.Thread(target=lambda: replies.append(publish.post(rotate).json()))
    asking.start()
    with database.transaction() as connection:
        connection.execute(
            text("UPDATE deliveries SET state = 'delivered' WHERE id = :id"), {"id": claimed.delivery_id}
        )
    asking.join(30)
    assert "secret" in replies[0]


def test_the_secret_of_somebody_else_or_of_nobody_is_not_rotated(client: Client) -> None:
    rotate, _ = _subscribe(client("reuters"))
    other = client("afp")
    for path in (rotate, f"/v1/subscriptions/{uuid4()}/rotate"):
        assert (other.post(path).status_code, other.post(path).json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"json": {"overlap_seconds": 604_801}}, "schema_violation"),
        ({"json": {"overlap_seconds": 0.5}}, "schema_violation"),
        ({"json": {"secret": "mine"}}, "schema_violation"),
        ({"content": b"{", "headers": {"Content-Type": "application/json"}}, "bad_json"),
        ({"content": b"overlap_seconds=0"}, "unsupported_media_type"),
    ],
)
def test_a_rotation_that_breaks_its_contract_changes_nothing(
    client: Client, body: dict[str, Any], code: str
) -> None:
    publish = client()
    rotate, _ = _subscribe(publish)
    before = publish.get(rotate.removesuffix("/rotate")).json()
    assert publish.post(rotate, **body).json()["code"] == code
    assert publish.get(rotate.removesuffix("/rotate")).json() == before


def test_a_deleted_subscription_leaves_no_former_secret(client: Client, database: Database) -> None:
    publish = client()
    rotate, _ = _subscribe(publish)
    publish.post(rotate)
    assert publish.delete(rotate.removesuffix("/rotate")).status_code == 204
    with database.transaction() as connection:
        assert connection.execute(text("SELECT count(*) FROM former_secrets")).scalar() == 0
