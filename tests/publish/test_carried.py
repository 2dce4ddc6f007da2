"""Headers and a password that requests carry: sent, sealed, and never shown again."""

import asyncio
import base64
import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from standardwebhooks import Webhook
from starlette.testclient import TestClient

from copydesk import contracts
from copydesk.model import Attempt, Exchange
from copydesk.settings import DispatcherSettings
from copydesk.store import secrets
from copydesk.store.database import Database
from services.publish import carried, sealing
from services.publish.carried import NOTHING, Carried
from services.publish.dispatcher import Dispatcher
from services.publish.exchange import SHOWN, STRUCK
from services.publish.vault import Vault, VaultError
from tests.conftest import SECRETS_KEY
from tests.publish.conftest import BROKER, HERE, Client, Finish
from tests.publish.endpoint import Endpoint
from tests.publish.test_routes import URL, _assert_problem

OLD, NEW = b"o" * 32, b"n" * 32
VALUE, PASSWORD = "made-up-for-the-night-desk", 'made "up": as well'
BASIC = base64.b64encode(f"desk:{PASSWORD}".encode()).decode()
SECRETS = (VALUE, PASSWORD, orjson.dumps(PASSWORD).decode()[1:-1], BASIC)
HEADERS = {"X-Desk": VALUE, "x-shift": "night"}
ALONG = {"headers": HEADERS, "basic_auth": {"username": "desk", "password": PASSWORD}}
HIDDEN = {
    "headers": {"X-Desk": STRUCK, "x-shift": STRUCK},
    "basic_auth": {"username": "desk", "password": STRUCK},
}
VISIBLE = st.characters(min_codepoint=0x21, max_codepoint=0x7E)
PRINTABLE = st.characters(min_codepoint=0x20, max_codepoint=0x7E)


class Echo(Endpoint):
    """An endpoint that repeats the headers it gets in its own, and in its body; a challenge it echoes."""

    def respond(self, headers: dict[str, str], event: dict[str, Any]) -> tuple[dict[str, str], bytes]:
        challenge = event["data"].get("challenge", "")
        seen = {f"Seen-{name}": headers.get(name, "none") for name in ("x-desk", "authorization")}
        return seen, orjson.dumps({"challenge": challenge, "password": PASSWORD, **headers})


@pytest.fixture
def endpoint() -> Iterator[Echo]:
    with Echo() as made:
        yield made


def _subscribe(publish: TestClient, **more: object) -> dict[str, Any]:
    reply = publish.post("/v1/subscriptions", json={"url": URL, **ALONG, **more})
    assert reply.status_code == 201, reply.text
    made: dict[str, Any] = reply.json()
    return made


def _assert_hidden(*texts: str) -> None:
    assert not [(each, found) for each in SECRETS for found in texts if each in found]


def _wait(condition: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        threading.Event().wait(0.01)


def _dispatch(database_url: str, until: Callable[[], object]) -> None:
    async def scene() -> None:
        settings = DispatcherSettings(database_url=database_url, broker_url=BROKER, poll_seconds=0.2, **HERE)
        dispatcher = Dispatcher(settings)
        running = asyncio.create_task(dispatcher.run())
        try:
            await asyncio.to_thread(_wait, until)
        finally:
            dispatcher.stop()
            await running

    asyncio.run(scene())


@pytest.mark.parametrize("status", [200, 410])
def test_every_request_carries_them_and_nothing_that_is_kept_shows_them(
    client: Client,
    endpoint: Echo,
    finish: Finish,
    database: Database,
    database_url: str,
    status: int,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    publish = client()
    made = _subscribe(publish, url=endpoint.url, verify=True)
    path = f"/v1/subscriptions/{made['id']}"
    verified = publish.post(f"{path}/verify")
    assert verified.json()["verified"] is True
    tested = publish.post(f"{path}/test")
    requests = len(endpoint.got)
    assert requests == 3
    endpoint.status = status
    finish()
    _dispatch(database_url, lambda: len(endpoint.got) > requests)
    assert len(endpoint.got) == requests + 1
    for headers, body in endpoint.got:
        assert (headers["x-desk"], headers["x-shift"]) == (VALUE, "night")
        assert headers["authorization"] == f"Basic {BASIC}"
        Webhook(made["secret"]).verify(body, headers)
    with database.transaction() as connection:
        kept = "\n".join(connection.execute(text("SELECT attempts::text FROM attempts")).scalars())
    log = publish.get(f"{path}/attempts")
    deliveries = publish.get(f"{path}/deliveries")
    assert STRUCK in kept
    assert "x-shift" in kept.lower()
    _assert_hidden(
        kept, verified.text, tested.text, log.text, deliveries.text, caplog.text, *capfd.readouterr()
    )


def test_replies_show_names_and_a_mark_for_each_value(client: Client) -> None:
    publish = client()
    made = _subscribe(publish)
    assert contracts.violations("subscription", made, part="reply") == []
    path = f"/v1/subscriptions/{made['id']}"
    changed = publish.patch(path, json={"description": "the night desk"}).json()
    rotated = publish.post(f"{path}/rotate").json()
    listed = publish.get("/v1/subscriptions").json()["items"][0]
    for reply in (made, publish.get(path).json(), changed, rotated, listed):
        assert {name: reply[name] for name in HIDDEN} == HIDDEN
        assert "carried" not in reply
    plain = publish.post("/v1/subscriptions", json={"url": URL}).json()
    assert (plain["headers"], plain["basic_auth"]) == (None, None)


def _stored(database: Database) -> Carried:
    [row] = _rows(database)
    return carried.opened(Vault([base64.b64decode(SECRETS_KEY)]), row.id, row.carried)


def _rows(database: Database) -> Any:
    with database.transaction() as connection:
        return connection.execute(text("SELECT id, carried FROM subscriptions")).all()


def test_they_are_stored_sealed_and_deleted_with_the_subscription(client: Client, database: Database) -> None:
    publish = client()
    made = _subscribe(publish)
    [row] = _rows(database)
    assert not [each for each in (*SECRETS, "X-Desk", "desk") if each.encode() in row.carried]
    assert _stored(database) == Carried(**ALONG)
    publish.delete(f"/v1/subscriptions/{made['id']}")
    assert [row.carried for row in _rows(database)] == [None]


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({"description": "as it was"}, Carried(**ALONG)),
        ({"url": URL}, Carried(**ALONG)),
        ({"headers": {"x-new": "yes"}}, Carried({"x-new": "yes"}, ALONG["basic_auth"])),
        ({"headers": None}, Carried(None, ALONG["basic_auth"])),
        ({"headers": {}}, Carried(None, ALONG["basic_auth"])),
        ({"basic_auth": None}, Carried(HEADERS)),
        (
            {"basic_auth": None, "headers": {"Authorization": "Bearer it"}},
            Carried({"Authorization": "Bearer it"}),
        ),
        ({"url": f"{URL}2", **ALONG}, Carried(**ALONG)),
        ({"headers": None, "basic_auth": None}, NOTHING),
        ({"url": f"{URL}2", "headers": None, "basic_auth": None}, NOTHING),
    ],
)
def test_a_change_replaces_what_it_names(
    client: Client, database: Database, changes: dict[str, Any], left: Carried
) -> None:
    publish = client()
    path = f"/v1/subscriptions/{_subscribe(publish)['id']}"
    reply = publish.patch(path, json=changes)
    assert reply.status_code == 200, reply.text
    assert _stored(database) == left
    assert {name: reply.json()[name] for name in HIDDEN} == left.shown()


@pytest.mark.parametrize(
    ("changes", "pointer", "says"),
    [
        ({"headers": {"X-Desk": STRUCK}}, "/headers/X-Desk", "the mark … of a reply is no value"),
        (
            {"basic_auth": HIDDEN["basic_auth"]},
            "/basic_auth/password",
            "the mark … of a reply is no password",
        ),
        ({"headers": {"authorization": f"Bearer {VALUE}"}}, "/headers/authorization", "null for the other"),
        ({"headers": {"x-a": VALUE, "X-A": VALUE}}, "/headers/x-a", "there twice"),
        ({"url": f"{URL}2"}, "/url", "headers were given for the former URL"),
        ({"url": f"{URL}2", "headers": None}, "/url", "basic_auth were given for the former URL"),
        ({"headers": {"Host": VALUE}}, "/headers/Host", "copydesk sets the header Host itself"),
        ({"headers": {"x-a": f"{VALUE}\r\nx-b: c"}}, "/headers/x-a", "visible ASCII"),
        ({"headers": {"x-a": f"{VALUE}\n"}}, "/headers/x-a", "visible ASCII"),
        ({"headers": {"x-a": f" {VALUE}"}}, "/headers/x-a", "visible ASCII"),
        ({"headers": {"x-a": f"{VALUE}\x7f"}}, "/headers/x-a", "visible ASCII"),
        ({"headers": {"x-a": f"{VALUE}é"}}, "/headers/x-a", "visible ASCII"),
        ({"headers": {"x-a": VALUE * 40}}, "/headers/x-a", "1024"),
        ({"headers": {"x-a": [VALUE]}}, "/headers/x-a", "string"),
        ({"headers": VALUE}, "/headers", "object"),
        ({"headers": {"x a": VALUE}}, "/headers/x a", "RFC 9110"),
        ({"headers": {"x-a\n": VALUE}}, "/headers/x-a\n", "RFC 9110"),
        ({"headers": {"n" * 65: VALUE}}, f"/headers/{'n' * 65}", "1 to 64"),
        ({"headers": {f"x-{n}": VALUE for n in range(21)}}, "/headers", "20"),
        (
            {"basic_auth": {"username": "a:b", "password": PASSWORD}},
            "/basic_auth/username",
            "without a colon",
        ),
        ({"basic_auth": {"username": "desk"}}, "/basic_auth/password", "required"),
        (
            {"basic_auth": {"username": "desk", "password": f"{PASSWORD}\n"}},
            "/basic_auth/password",
            "printable",
        ),
        (
            {"basic_auth": {"username": "d", "password": "p", "passwort": PASSWORD}},
            "/basic_auth/passwort",
            "known",
        ),
        ({"basic_auth": f"desk:{PASSWORD}"}, "/basic_auth", "object"),
    ],
)
def test_what_cannot_be_carried_is_refused_without_showing_it(
    client: Client, database: Database, changes: dict[str, Any], pointer: str, says: str
) -> None:
    publish = client()
    path = f"/v1/subscriptions/{_subscribe(publish)['id']}"
    reply = publish.patch(path, json=changes)
    _assert_problem(reply, 422, "schema_violation")
    [found] = reply.json()["violations"]
    assert found["pointer"] == pointer
    assert says in found["message"]
    _assert_hidden(reply.text)
    assert _stored(database) == Carried(**ALONG)


def test_a_new_subscription_is_held_against_the_same_rules(client: Client) -> None:
    reply = client().post("/v1/subscriptions", json={"url": URL, "headers": {"Webhook-Id": VALUE}})
    _assert_problem(reply, 422, "schema_violation")
    assert reply.json()["violations"][0]["pointer"] == "/headers/Webhook-Id"
    _assert_hidden(reply.text)
    both = {"url": URL, **ALONG, "headers": {"Authorization": VALUE}}
    _assert_problem(client().post("/v1/subscriptions", json=both), 422, "schema_violation")


def test_nobody_elses_subscription_is_changed(client: Client) -> None:
    made = _subscribe(client("reuters"))
    other = client("afp")
    for path in (made["id"], uuid4()):
        _assert_problem(other.patch(f"/v1/subscriptions/{path}", json={"headers": None}), 404, "not_found")


@pytest.mark.parametrize(
    "name",
    [
        "Host", "content-length", "Content-Type", "transfer-encoding", "Connection", "expect", "TE",
        "trailer",
        "upgrade", "user-agent", "webhook-id", "Webhook-Anything", "copydesk-sequence", "proxy-authorization",
        "x-forwarded-for", "forwarded", "keep-alive", "accept-encoding", *sorted(SHOWN),
    ],
)  # fmt: skip
def test_what_others_set_is_reserved(name: str) -> None:
    assert carried.reserved_by(name)
    assert Carried({name: "x"}).fault() is not None


@pytest.mark.parametrize(
    "name", ["authorization", "cookie", "x-api-key", "webhooks", "x-host", "hosts", "teapot"]
)
def test_what_is_free_may_be_set(name: str) -> None:
    assert carried.reserved_by(name) is None
    assert Carried({name: "x"}).fault() is None


def test_what_cannot_be_decrypted_is_not_shown_and_can_be_given_anew(
    client: Client, database: Database
) -> None:
    publish = client()
    made = _subscribe(publish)
    path = f"/v1/subscriptions/{made['id']}"
    lost = carried.sealed(Vault([OLD]), UUID(made["id"]), Carried(**ALONG))
    with database.transaction() as connection:
        connection.execute(text("UPDATE subscriptions SET carried = :lost"), {"lost": lost})
    shown = publish.get(path).json()
    assert shown.keys().isdisjoint({"carried", *HIDDEN})
    assert contracts.violations("subscription", shown, part="reply") == []
    refused = publish.patch(path, json={"headers": None})
    _assert_problem(refused, 409, "conflict")
    assert "give both headers and basic_auth" in refused.json()["detail"]
    assert publish.patch(path, json=ALONG).status_code == 200
    assert _stored(database) == Carried(**ALONG)


def test_a_new_key_encrypts_them_anew_wherever_a_batch_ends(
    client: Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish = client()
    for _ in range(3):
        _subscribe(publish)
    publish.post("/v1/subscriptions", json={"url": URL})
    former = base64.b64decode(SECRETS_KEY)
    monkeypatch.setattr(sealing, "BATCH", 3)  # the fourth is of the same row as the third
    both = Vault([NEW, former])
    assert sealing.count(database, both) == sealing.Count(seen=7, behind=7)
    assert list(sealing.encrypt(database, both))[-1].encrypted == 7
    assert sealing.count(database, Vault([NEW])) == sealing.Count(seen=7)
    opened = [carried.opened(Vault([NEW]), row.id, row.carried) for row in _rows(database)]
    assert opened == [Carried(**ALONG)] * 3 + [NOTHING]
    assert sealing.count(database, Vault([OLD])).unknown == 7
    with database.transaction() as connection:
        stored = [each for each in secrets.stored(connection, limit=9) if each.place == "carried"]
        assert secrets.replace(connection, stored[0], b"q" * 61)
        assert not secrets.replace(connection, stored[0], b"r" * 61)


@given(
    headers=st.none()
    | st.dictionaries(st.from_regex(r"\A[A-Za-z0-9-]{1,64}\Z"), st.text(VISIBLE, min_size=1), min_size=1),
    basic_auth=st.none()
    | st.fixed_dictionaries({"username": st.text(PRINTABLE, min_size=1), "password": st.text(PRINTABLE)}),
)
def test_what_is_sealed_opens_to_what_was_given_for_its_subscription_alone(
    headers: dict[str, str] | None, basic_auth: dict[str, str] | None
) -> None:
    vault, mine, given_ = Vault([NEW]), uuid4(), Carried(headers, basic_auth)
    stored = carried.sealed(vault, mine, given_)
    assert carried.opened(vault, mine, stored) == given_
    if stored is None:
        assert (headers, basic_auth) == (None, None)
        return
    with pytest.raises(VaultError):
        carried.opened(vault, uuid4(), stored)
    with pytest.raises(VaultError):
        carried.opened(Vault([OLD]), mine, stored)


@pytest.mark.parametrize("plain", [b"no JSON", b"[]", b'{"other": 1}', b"3"])
def test_what_was_changed_where_it_is_stored_is_refused(plain: bytes) -> None:
    vault, mine = Vault([NEW]), uuid4()
    with pytest.raises(VaultError, match="give them anew"):
        carried.opened(vault, mine, vault.seal(mine, plain))


@given(st.text(VISIBLE, min_size=4), st.text(max_size=9), st.integers(4, 4096))
def test_what_an_endpoint_repeats_is_struck_wherever_it_is_cut(value: str, before: str, end: int) -> None:
    said = f"{before}{value} and {value}"[: max(end, len(before) + 4)]
    line = Exchange(received=[("Seen", f"{said}{STRUCK}"), ("None", "")])
    attempt = Attempt(datetime.now(UTC), 1.0, 500, None, f"answered {value}", said, line)
    struck = Carried({"x-a": value}).struck(attempt)
    if value in carried.ECHO:
        return
    assert value not in (struck.response or "")
    assert value not in (struck.detail or "")
    assert not any((struck.response or "").endswith(value[:size]) for size in range(4, len(value)))
    assert value not in (struck.exchange.received or [("", value)])[0][1]


def test_what_is_short_or_part_of_every_echo_is_left() -> None:
    said = '{"challenge": "on"}'
    attempt = Attempt(datetime.now(UTC), 1.0, 200, None, None, said)
    assert Carried({"x-a": "on", "x-b": "challenge"}).struck(attempt) == attempt


def test_it_has_no_text_form() -> None:
    assert VALUE not in repr(Carried(**ALONG))
    assert PASSWORD not in f"{Carried(**ALONG)}"
