"""The attempt log: what was sent, what came back and how long it took, from the socket to the API."""

import asyncio
import datetime as dt
import ssl
from collections.abc import Awaitable, Callable
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import aiohttp.connector
import pytest
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from copydesk.model import Attempt, DeliveryState, ErrorClass, Settlement
from copydesk.store import claims, events, settlements
from copydesk.store.database import Database
from copydesk.store.matching import Matching
from services.publish import sender
from services.publish.endpoints import Policy
from services.publish.matching import Index
from tests.publish.conftest import Client, Finish

HERE = Policy((ip_network("127.0.0.0/8"),), http=True, ports=(range(1024, 1 << 16),))
SECRET = b"s" * 32
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
Endpoint = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
TIMES = ("dns_ms", "connect_ms", "tls_ms", "first_byte_ms")


def _attempts(
    endpoint: Endpoint, *, times: int = 1, seconds: float = 5, tls: ssl.SSLContext | None = None
) -> list[Attempt]:
    """Makes attempts, one after the other, in one session."""

    async def run() -> list[Attempt]:
        server = await asyncio.start_server(endpoint, "127.0.0.1", 0, ssl=tls)
        scheme = "https" if tls else "http"
        url = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with sender.create_session(seconds, HERE) as session:
            made = [
                await sender.attempt(session, url, SECRET, "event-1", b"{}", sequence=7) for _ in range(times)
            ]
        server.close()
        return made

    return uvloop.run(run())


def _says(data: bytes, heard: list[bytes] | None = None) -> Endpoint:
    """Answers each request with the same, until we hang up."""

    async def endpoint(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await reader.read(4096):
                if heard is not None:
                    heard.append(request)
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass  # we hung up first
        finally:
            writer.close()

    return endpoint


def _times(attempt: Attempt) -> list[str]:
    return [name for name in TIMES if getattr(attempt.exchange, name) is not None]


def test_the_headers_are_kept_as_they_were_sent_and_came() -> None:
    heard: list[bytes] = []
    [attempt] = _attempts(_says(OK + b"Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\nok", heard))
    head = heard[0].partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    sent = dict(attempt.exchange.sent or [])
    signature = dict(line.split(": ", 1) for line in head)["webhook-signature"]
    assert signature.startswith(sent.pop("webhook-signature").removesuffix("…"))
    assert signature not in str(attempt)
    assert [f"{name}: {value}" for name, value in sent.items()] == [
        line for line in head if not line.startswith("webhook-signature")
    ]
    assert attempt.exchange.received == [
        ("Content-Length", "2"),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
    ]


def test_the_parts_of_an_attempt_take_no_longer_than_all_of_it() -> None:
    first, second = _attempts(_says(OK + b"\r\nok"), times=2)
    assert _times(first) == ["dns_ms", "connect_ms", "first_byte_ms"]
    assert _times(second) == ["first_byte_ms"]  # on the connection that was there
    for attempt in (first, second):
        parts = [getattr(attempt.exchange, name) for name in _times(attempt)]
        assert 0 < sum(parts) <= attempt.duration_ms
        assert min(parts) >= 0


def test_a_part_that_did_not_end_has_no_time() -> None:
    [attempt] = _attempts(_says(b""), seconds=0.3)
    assert attempt.error_class == "timeout"
    assert _times(attempt) == ["dns_ms", "connect_ms"]
    assert attempt.exchange.sent is not None
    assert attempt.exchange.received is None


def test_what_could_not_be_sent_has_no_headers() -> None:
    async def run() -> Attempt:
        server = await asyncio.start_server(_says(b""), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        async with sender.create_session(5, HERE) as session:
            return await sender.attempt(session, f"http://127.0.0.1:{port}/", SECRET, "event-1", b"{}")

    attempt = uvloop.run(run())
    assert attempt.error_class == "refused"
    assert _times(attempt) == ["dns_ms"]
    assert (attempt.exchange.sent, attempt.exchange.received) == (None, None)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Makes a key and a certificate for 127.0.0.1 that signs itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "here")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "here.pem"
    encoding = serialization.Encoding.PEM
    path.write_bytes(
        key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(encoding)
    )
    return path


@pytest.mark.parametrize("is_trusted", [True, False])
def test_tls_has_a_time_of_its_own(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, is_trusted: bool
) -> None:
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(certificate)
    if is_trusted:
        trusting = ssl.create_default_context(cafile=str(certificate))
        monkeypatch.setattr(aiohttp.connector, "_SSL_CONTEXT_VERIFIED", trusting)
    [attempt] = _attempts(_says(OK + b"\r\nok"), tls=serving)
    assert attempt.error_class == (None if is_trusted else "tls"), attempt
    after = ["tls_ms", "first_byte_ms"] if is_trusted else []
    assert _times(attempt) == ["dns_ms", "connect_ms", *after]
    assert (attempt.exchange.sent is not None) is is_trusted


def test_attempts_are_listed_page_by_page(client: Client, finish: Finish, database: Database) -> None:
    publish = client()
    made = publish.post("/v1/subscriptions", json={"url": "http://127.0.0.1:9/"}).json()
    path = f"/v1/subscriptions/{made['id']}/attempts"
    assert publish.get(path).json() == {"items": [], "next": None}
    for number in range(3):
        finish(title=f"Kenya and Uganda agree on railway {number}")
    with database.transaction() as connection:
        events.fan_out(connection, Matching(Index()))
        claimed = claims.claim(connection, cap=8, limit=100, lease_seconds=30).deliveries
        now = dt.datetime.now(dt.UTC)
        outcomes = [
            Settlement(
                DeliveryState.EXHAUSTED,
                Attempt(now - dt.timedelta(seconds=n), 1.0, 503, ErrorClass.SERVER_ERROR, "no", "reply"),
            )
            for n in range(3)
        ]
        settlements.settle(connection, list(zip(claimed, outcomes, strict=True)), "d1")
    first = publish.get(path, params={"limit": 2, "failed": True}).json()
    second = publish.get(path, params={"limit": 2, "failed": True, "after": first["next"]}).json()
    assert (len(first["items"]), len(second["items"]), second["next"]) == (2, 1, None)
    found = [*first["items"], *second["items"]]
    assert [each["delivery_id"] for each in found] == [str(each.delivery_id) for each in claimed]
    assert (found[0]["number"], found[0]["status"], found[0]["error_class"]) == (1, 503, "http_5xx")
    assert publish.get(path, params={"until": "2026-01-01T00:00:00Z"}).json()["items"] == []
    assert publish.get(path, params={"error_class": "tls"}).json()["items"] == []
    assert client("other").get(path).status_code == 404


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("after", "yesterday"),
        ("after", "-1-" + "0" * 32),
        ("after", "9" * 17 + "-" + "0" * 32),
        ("after", "0-" + "0" * 32 + "\n"),
        ("error_class", "boredom"),
        ("status", "1000"),
        ("until", "2026-01-01T00:00:00"),
        ("limit", "0"),
        ("failed", "perhaps"),
    ],
)
def test_a_wrong_parameter_is_named(client: Client, name: str, value: str) -> None:
    reply = client().get(f"/v1/subscriptions/{uuid4()}/attempts", params={name: value})
    assert (reply.status_code, reply.json()["code"]) == (422, "bad_parameter")
    assert reply.json()["detail"].startswith(f"{name}: ")


@pytest.mark.parametrize("until", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_any_moment_may_be_asked_for(client: Client, until: str) -> None:
    publish = client()
    made = publish.post("/v1/subscriptions", json={"url": "http://127.0.0.1:9/"}).json()
    reply = publish.get(f"/v1/subscriptions/{made['id']}/attempts", params={"until": until})
    assert reply.json() == {"items": [], "next": None}


@pytest.fixture
def log(client: Client, finish: Finish, database: Database) -> Callable[[Attempt], dict[str, Any]]:
    """Stores what came of an attempt as a dispatcher does, and returns the delivery as the API shows it."""

    def log(attempt: Attempt) -> dict[str, Any]:
        publish = client()
        subscription = UUID(
            publish.post("/v1/subscriptions", json={"url": "http://127.0.0.1:9/"}).json()["id"]
        )
        finish()
        with database.transaction() as connection:
            events.fan_out(connection, Matching(Index()))
            claimed = next(
                each
                for each in claims.claim(connection, cap=8, limit=100, lease_seconds=30).deliveries
                if each.subscription_id == subscription
            )
            settlements.settle(connection, [(claimed, Settlement(DeliveryState.EXHAUSTED, attempt))], "d1")
        reply = publish.get(f"/v1/deliveries/{claimed.delivery_id}")
        assert reply.status_code == 200, reply.text
        shown: dict[str, Any] = reply.json()
        return shown

    return log


def test_a_delivery_shows_what_went_over_the_line(log: Callable[[Attempt], dict[str, Any]]) -> None:
    [attempt] = _attempts(_says(OK + b"X-Answer: 42\r\n\r\nok"))
    [shown] = log(attempt)["attempts"]
    assert shown["received"] == [["Content-Length", "2"], ["X-Answer", "42"]]
    assert ["copydesk-sequence", "7"] in shown["sent"]
    assert (shown["response"], shown["status"], shown["error_class"]) == ("ok", 200, None)
    assert 0 < shown["first_byte_ms"] < shown["duration_ms"]
    assert shown["tls_ms"] is None


@pytest.mark.parametrize(
    ("said", "error_class", "received"),
    [
        (b"X: " + b"x" * 8_000 + b"\r\n\r\nok", None, [["Content-Length", "2"], ["X", "x" * 4_080 + "…"]]),
        (b"X: \xff\xfe\xed\xa0\x80\r\n\r\nok", None, [["Content-Length", "2"], ["X", "\ufffd" * 5]]),
        (b"X: a\0b\r\n\r\nok", "bad_reply", None),
        (b"X: y\r\n" * 1_000 + b"\r\nok", "too_large", None),
        (b"".join(b"X-%d: y\r\n" % n for n in range(127)) + b"\r\nok", None, 128),
        (b"X: \xf0\x9f\x92\xa9\r\n\r\n\0\xff", None, [["Content-Length", "2"], ["X", "\U0001f4a9"]]),
    ],
    ids=["8 KB", "no UTF-8", "NUL", "a thousand", "as many as may be", "a body of no text"],
)
def test_whatever_an_endpoint_says_is_stored_and_shown(
    log: Callable[[Attempt], dict[str, Any]], said: bytes, error_class: str | None, received: Any
) -> None:
    [attempt] = _attempts(_says(OK + said))
    [shown] = log(attempt)["attempts"]
    assert shown["error_class"] == error_class, shown
    if isinstance(received, int):
        assert len(shown["received"]) == received
    else:
        assert shown["received"] == received
