"""The client, against a server that answers as it is told."""

import asyncio
import itertools
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench import client


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.send_response(400 if body == b"refuse" else 202)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_: object) -> None:
        pass  # a client that is done leaves at once


@pytest.fixture
def url() -> Iterator[str]:
    server = _Server(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1/stories"
    server.shutdown()
    server.server_close()
    thread.join()


def test_as_many_are_posted_as_asked(url: str) -> None:
    load = client.post_all(url, itertools.repeat(b"{}"), seconds=30, most=50)
    assert load.count == 50
    assert load.rate == pytest.approx(50 / load.seconds)


def test_posting_ends_when_its_time_is_over(url: str) -> None:
    load = client.post_all(url, itertools.repeat(b"{}"), seconds=0.05, most=1_000_000)
    assert 0 < load.count < 1_000_000


def test_a_refusal_is_no_success(url: str) -> None:
    with pytest.raises(ExceptionGroup) as caught:
        client.post_all(url, itertools.repeat(b"refuse"), seconds=5, most=3)
    assert caught.group_contains(client.RefusedError, match="400")


def test_the_reply_is_returned(url: str) -> None:
    async def post() -> bytes:
        async with client.Connection(url) as connection:
            return await connection.post(b"story")

    assert asyncio.run(post()) == b"story"


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, parts: list[bytes]) -> None:
    try:
        await reader.readuntil(b"story")
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.02)
    finally:
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize(
    ("parts", "reply"),
    [
        ([b"HTTP/1.1 202 Accepted\r\nContent-Len", b"gth: 2\r\n\r\n{", b"}"], b"{}"),
        ([b"HTTP/1.1 204 No Content\r\n\r\n"], b""),
        ([b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{"], None),
    ],
)
def test_a_reply_in_parts_is_one_and_half_a_reply_is_none(parts: list[bytes], reply: bytes | None) -> None:
    async def post() -> bytes:
        server = await asyncio.start_server(lambda *both: _answer(*both, parts), "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()
        async with server, client.Connection(f"http://{host}:{port}/") as connection:
            return await connection.post(b"story")

    if reply is None:
        with pytest.raises(OSError, match="ended"):
            asyncio.run(post())
    else:
        assert asyncio.run(post()) == reply


def test_a_server_that_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "REPLY_SECONDS", 0.05)

    async def post() -> bytes:
        server = await asyncio.start_server(lambda *both: _answer(*both, []), "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()
        async with server, client.Connection(f"http://{host}:{port}/") as connection:
            return await connection.post(b"nothing")

    with pytest.raises(OSError, match="no reply"):
        asyncio.run(post())
