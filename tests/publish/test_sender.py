"""What endpoints do to us, over real sockets."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from copydesk.model import Attempt
from copydesk.settings import EndpointSettings
from services.publish import endpoints, sender, signature
from services.publish.connector import BlockedAddressError
from tests.publish.conftest import BROKER, HERE

POLICY = endpoints.policy(EndpointSettings(database_url="postgresql://x", broker_url=BROKER, **HERE))
SECRET = b"s" * 32
BODY = b'{"type": "story.published"}'


def _attempt(url: str, seconds: float = 5) -> Attempt:
    async def attempt() -> Attempt:
        async with sender.create_session(seconds, POLICY) as session:
            return await sender.attempt(session, url, SECRET, "event-1", BODY)

    return asyncio.run(attempt())


def _against(
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]], seconds: float = 5, body: bytes = BODY
) -> Attempt:
    """Makes one attempt against a web application on loopback."""

    async def attempt() -> Attempt:
        app = web.Application(client_max_size=len(body) + 1)
        app.router.add_route("*", "/", handler)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        try:
            async with sender.create_session(seconds, POLICY) as session:
                return await sender.attempt(session, f"http://127.0.0.1:{port}/", SECRET, "event-1", body)
        finally:
            await runner.cleanup()

    return asyncio.run(attempt())


def test_a_request_is_a_signed_post_of_exactly_the_body() -> None:
    seen: dict[str, Any] = {}

    async def endpoint(request: web.Request) -> web.Response:
        seen.update(method=request.method, body=await request.read(), headers=request.headers)
        return web.Response(text="thank you")

    reply = _against(endpoint)
    assert (reply.status, reply.error_class, reply.detail, reply.response) == (200, None, None, "thank you")
    assert (seen["method"], seen["body"]) == ("POST", BODY)
    assert seen["headers"]["Content-Type"] == "application/json"
    assert seen["headers"]["User-Agent"].startswith("copydesk/")
    assert "Accept-Encoding" not in seen["headers"]
    signature.verify(signature.shown(SECRET), seen["headers"], BODY)


def test_a_large_body_arrives_whole() -> None:
    body, seen = b"x" * (3 << 20), []

    async def endpoint(request: web.Request) -> web.Response:
        seen.append((await request.read(), request.headers["Content-Length"]))
        signature.verify(signature.shown(SECRET), request.headers, body)
        assert request.headers["Content-Type"] == "application/json"
        return web.Response()

    reply = _against(endpoint, body=body)
    assert (reply.status, seen) == (200, [(body, str(len(body)))])


@pytest.mark.parametrize(
    ("status", "found"), [(301, "redirect"), (400, "http_4xx"), (410, "http_4xx"), (500, "http_5xx")]
)
def test_any_other_status_is_a_failure(status: int, found: str) -> None:
    async def endpoint(_request: web.Request) -> web.Response:
        return web.Response(status=status, text="no", headers={"Location": "http://127.0.0.1:1/"})

    reply = _against(endpoint)
    assert (reply.status, reply.error_class, reply.response) == (status, found, "no")
    assert reply.detail == f"The endpoint answered {status}."


def test_four_kibibytes_of_a_reply_are_kept() -> None:
    async def endpoint(_request: web.Request) -> web.Response:
        return web.Response(body=b"x" * 10_000)

    reply = _against(endpoint)
    assert reply.error_class is None
    assert reply.response == "x" * sender.KEPT_BYTES


def test_an_endpoint_that_never_answers_is_a_timeout() -> None:
    async def endpoint(_request: web.Request) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    assert _against(endpoint, 0.3).error_class == "timeout"


def test_nobody_there_is_refused() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        reply = _attempt(f"http://127.0.0.1:{taken.getsockname()[1]}/")
    assert (reply.status, reply.error_class) == (None, "refused")


def test_a_name_that_nobody_knows_is_dns() -> None:
    assert _attempt("http://nowhere.invalid/").error_class == "dns"


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (TimeoutError(), "timeout"),
        (ConnectionRefusedError(), "refused"),
        (ConnectionResetError(), "reset"),
        (BrokenPipeError(), "reset"),
        (ssl.SSLError(), "tls"),
        (socket.gaierror(), "dns"),
        (aiohttp.ClientPayloadError(), "bad_reply"),
        (BlockedAddressError("no"), "blocked_address"),
        (UnicodeError("label too long"), "bad_url"),
        (aiohttp.InvalidURL("x"), "bad_url"),
        (OSError(101, "Network is unreachable"), "unreachable"),
        (OSError(113, "No route to host"), "unreachable"),
        (ValueError("whatever"), "connection"),
    ],
)
def test_every_error_has_its_class(error: BaseException, found: str) -> None:
    assert sender.classify(error) == found


def test_a_reply_that_is_no_text_is_kept_as_one() -> None:
    async def endpoint(_request: web.Request) -> web.Response:
        return web.Response(body=b"\xff\x00\xed\xa0\x80")

    reply = _against(endpoint)
    assert reply.response is not None
    reply.response.encode()
    assert "\0" not in reply.response


@pytest.mark.parametrize(
    ("status", "header", "seconds"), [(503, "7", 7), (429, "later", None), (500, None, None)]
)
def test_what_an_endpoint_asks_for_is_read_from_its_reply(
    status: int, header: str | None, seconds: float | None
) -> None:
    async def endpoint(_: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Retry-After": header} if header else {})

    assert _against(endpoint).retry_after_seconds == seconds
