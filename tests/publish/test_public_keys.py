"""Subscriptions whose deliveries are signed with a private key."""

import asyncio
import base64
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import text
from starlette.testclient import TestClient

from copydesk import contracts
from copydesk.settings import DispatcherSettings
from copydesk.store.database import Database
from services.publish import signature
from services.publish.dispatcher import Dispatcher
from tests.publish.conftest import BROKER, HERE, Client, Finish
from tests.system.receiver import Receiver

WANTED = {"url": "http://127.0.0.1:9/hook", "signature_scheme": "v1a"}


class Endpoint(Receiver):
    """Keeps what comes, to be verified with another library."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        super().__init__()

    def _take(self, headers: dict[str, str], body: bytes) -> None:
        self.requests.append((headers, body))


def _keys(publish: TestClient, made: dict[str, Any]) -> list[dict[str, str]]:
    reply = publish.get(f"/v1/subscriptions/{made['id']}/jwks", headers={"Authorization": ""})
    assert reply.status_code == 200, "nobody needs an API key for a public one"
    found: list[dict[str, str]] = reply.json()["keys"]
    return found


def test_the_public_key_is_shown_always_and_the_private_one_never(client: Client) -> None:
    publish = client()
    made = publish.post("/v1/subscriptions", json=WANTED)
    assert made.status_code == 201
    subscription = made.json()
    assert contracts.violations("subscription", subscription, part="reply") == []
    assert subscription["signature_scheme"] == "v1a"
    assert "secret" not in subscription
    assert publish.get(made.headers["location"]).json() == subscription
    assert _keys(publish, subscription) == [signature.jwk(subscription["public_key"])]


def test_a_rotation_shows_the_new_key_beside_the_former_one_until_its_overlap_ends(
    client: Client, database: Database
) -> None:
    publish = client()
    made = publish.post("/v1/subscriptions", json=WANTED).json()
    rotated = publish.post(f"/v1/subscriptions/{made['id']}/rotate").json()
    assert contracts.violations("subscription", rotated, part="reply") == []
    assert "secret" not in rotated
    both = [signature.jwk(each["public_key"]) for each in (rotated, made)]
    assert both[0] != both[1]
    assert _keys(publish, made) == both
    with database.transaction() as connection:
        connection.execute(text("UPDATE former_secrets SET expires_at = now()"))
    assert _keys(publish, made) == both[:1]


def test_who_has_no_public_key_is_not_found(client: Client) -> None:
    publish = client()
    secret = publish.post("/v1/subscriptions", json={"url": WANTED["url"]}).json()
    assert secret["signature_scheme"] == "v1"
    gone = publish.post("/v1/subscriptions", json=WANTED).json()
    publish.delete(f"/v1/subscriptions/{gone['id']}")
    for subscription in (secret["id"], gone["id"], uuid4()):
        reply = publish.get(f"/v1/subscriptions/{subscription}/jwks")
        assert (reply.status_code, reply.json()["code"]) == (404, "not_found")


@pytest.mark.timeout(60)
def test_a_delivery_is_verified_with_the_keys_of_the_subscription(
    client: Client, database_url: str, finish: Finish
) -> None:
    publish, endpoint = client(), Endpoint()
    made = publish.post("/v1/subscriptions", json={**WANTED, "url": endpoint.url}).json()
    publish.post(f"/v1/subscriptions/{made['id']}/rotate")
    finish()

    async def scene() -> None:
        settings = DispatcherSettings(database_url=database_url, broker_url=BROKER, **HERE)
        dispatcher = Dispatcher(settings)
        running = asyncio.create_task(dispatcher.run())
        try:
            async with asyncio.timeout(30):
                while not endpoint.requests:  # noqa: ASYNC110 - another thread's
                    await asyncio.sleep(0.01)
        finally:
            dispatcher.stop()
            await running

    asyncio.run(scene())
    endpoint.close()
    headers, body = endpoint.requests[0]
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    given = headers["webhook-signature"].split(" ")
    for key, signed in zip(_keys(publish, made), given, strict=True):
        public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key["x"] + "="))
        public.verify(base64.b64decode(signed.removeprefix("v1a,")), content)
    signature.verify(made["public_key"], headers, body)
