"""What endpoints do to us, over real sockets."""

import asyncio
import gzip
import socket
import ssl
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from copydesk.model import Attempt
from services.publish import sender, signature

SECRET = b"s" * 32
BODY = b'{"type": "story.published"}'
Raw = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def _attempt(url: str, seconds: float = 5) -> Attempt:
    async def attempt() -> Attempt:
        async with sender.create_session(seconds) as session:
            return await sender.attempt(session, url, SECRET, "event-1", BODY)

    return asyncio.run(attempt())


def _against(handler: Callable[[web.Request], Awaitable[web.StreamResponse]], seconds: float = 5) -> Attempt:
    """Makes one attempt against a web application on loopback."""

    async def attempt() -> Attempt:
        app = web.Application()
        app.router.add_route("*", "/", handler)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        try:
            async with sender.create_session(seconds) as session:
                return await sender.attempt(session, f"http://127.0.0.1:{port}/", SECRET, "event-1", BODY)
        finally:
            await runner.cleanup()

    return asyncio.run(attempt())


def _against_raw(handler: Raw, seconds: float = 5, scheme: str = "http") -> Attempt:
    """Makes one attempt against a server that speaks bytes."""

    async def attempt() -> Attempt:
        server = await asyncio.start_server(handler, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, sender.create_session(seconds) as session:
            return await sender.attempt(session, f"{scheme}://127.0.0.1:{port}/", SECRET, "event-1", BODY)

    return asyncio.run(attempt())


def _says(data: bytes) -> Raw:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(data)
        await writer.drain()
        writer.close()

    return handler


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


def test_an_endless_reply_is_not_read_to_its_end() -> None:
    sent = 0

    async def endpoint(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while sent < 1 << 30:
                await response.write(b"x" * 65536)
                sent += 65536
        except ConnectionError:
            pass
        return response

    reply = _against(endpoint)
    assert reply.error_class is None
    assert sent < 64 << 20


def test_a_compressed_reply_stays_compressed() -> None:
    bomb = gzip.compress(b"\0" * (8 << 20))

    async def endpoint(_request: web.Request) -> web.Response:
        return web.Response(body=bomb, headers={"Content-Encoding": "gzip"})

    reply = _against(endpoint)
    assert reply.error_class is None
    assert reply.response is not None
    assert len(reply.response) <= sender.KEPT_BYTES
    assert "\0" not in reply.response


def test_a_body_that_drips_ends_at_the_total_timeout() -> None:
    async def endpoint(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            for _ in range(100):
                await response.write(b"x")
                await asyncio.sleep(0.05)
        except ConnectionError:
            pass
        return response

    began = time.monotonic()
    reply = _against(endpoint, 0.5)
    assert (reply.status, reply.error_class) == (200, "timeout")
    assert time.monotonic() - began < 4


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


def test_a_connection_that_ends_without_a_reply_is_reset() -> None:
    assert _against_raw(_says(b"")).error_class == "reset"


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01 this is not HTTP\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"x: " + b"y" * 200_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nshort",
        b"HTTP/1.1 99999 OK\r\n\r\n",
    ],
)
def test_what_is_no_http_is_a_bad_reply(data: bytes) -> None:
    assert _against_raw(_says(data)).error_class in {"bad_reply", "reset"}


def test_endless_headers_end_early() -> None:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(b"HTTP/1.1 200 OK\r\n")
        try:
            for number in range(2_000_000):
                writer.write(b"x-%d: y\r\n" % number)
                await writer.drain()
        except ConnectionError:
            pass
        writer.close()

    began = time.monotonic()
    reply = _against_raw(handler, 3)
    assert reply.error_class in {"bad_reply", "timeout"}
    assert time.monotonic() - began < 8


def test_garbage_for_tls_is_tls() -> None:
    reply = _against_raw(_says(b"HTTP/1.1 200 OK\r\n\r\n"), scheme="https")
    assert reply.error_class == "tls"
    assert reply.status is None


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
