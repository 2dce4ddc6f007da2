"""Endpoints that mean harm, on real sockets: each attempt ends in time, in little memory, in its class."""

import asyncio
import gzip
import socket
import struct
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from ipaddress import ip_network

import pytest
import uvloop

from copydesk.model import Attempt, ErrorClass
from services.publish import sender
from services.publish.endpoints import Policy

HERE = Policy((ip_network("127.0.0.0/8"),), http=True, ports=(range(1024, 1 << 16),))
SECONDS = 0.7  # for one attempt
LATE_SECONDS = 5.0  # by which a crowded machine may miss that
MEMORY_BYTES = 4 << 20  # at its peak, this end and the other together
FLOOD_BYTES = 1 << 30
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
Endpoint = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def _attempt(endpoint: Endpoint, *, scheme: str = "http", body: bytes = b"{}", times: int = 1) -> Attempt:
    """Makes attempts in one session, on the event loop of the dispatcher; returns the last."""
    serving = set()  # a task that waits for nothing, on a connection that is not read, is garbage to Python

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.add(asyncio.current_task())
        try:
            await endpoint(reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass  # we hung up
        finally:
            writer.close()

    async def run() -> Attempt:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        url = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with server, sender.create_session(SECONDS, HERE) as session:
            for _ in range(times):
                reply = await sender.attempt(session, url, b"s" * 32, "event-1", body)
            return reply

    return uvloop.run(run())


def _says(data: bytes, *, then_waits: bool = False) -> Endpoint:
    async def endpoint(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(data)
        await writer.drain()
        if then_waits:
            await asyncio.Event().wait()

    return endpoint


def _floods(head: bytes, again: bytes) -> Endpoint:
    """Says `head`, then `again` and again."""
    block = again * (1 + (64 << 10) // len(again))

    async def endpoint(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(head)
        for _ in range(FLOOD_BYTES // len(block)):
            writer.write(block)
            await writer.drain()

    return endpoint


def _drips(head: bytes, drop: bytes) -> Endpoint:
    async def endpoint(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(head)
        for _ in range(1_000):
            writer.write(drop)
            await writer.drain()
            await asyncio.sleep(0.05)

    return endpoint


def _resets_after(data: bytes) -> Endpoint:
    async def endpoint(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(data)
        await writer.drain()
        now = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
        writer.transport.abort()

    return endpoint


async def _never_reads(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    await asyncio.Event().wait()


async def _half_closes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(4096)
    writer.write_eof()
    await asyncio.Event().wait()


async def _half_closes_in_a_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(4096)
    writer.write(OK + b"Content-Length: 10\r\n\r\nhello")
    writer.write_eof()
    await asyncio.Event().wait()


TIMEOUT, RESET, BAD, LARGE = (
    ErrorClass.TIMEOUT,
    ErrorClass.RESET,
    ErrorClass.BAD_REPLY,
    ErrorClass.TOO_LARGE,
)
REPLIES: dict[str, tuple[Endpoint, ErrorClass | None]] = {
    # Too slow
    "headers that drip": (_drips(OK, b"x: y\r\n"), TIMEOUT),
    "a body that drips": (_drips(OK + b"\r\n", b"x"), TIMEOUT),
    "chunks that drip": (_drips(CHUNKED, b"1\r\nx\r\n"), TIMEOUT),
    "a status line that never ends": (_says(b"HTTP/1.1 200", then_waits=True), TIMEOUT),
    "a body that never comes": (_says(OK + b"Content-Length: 9\r\n\r\n", then_waits=True), TIMEOUT),
    "a body without a length that never ends": (_says(OK + b"\r\nhello", then_waits=True), TIMEOUT),
    "100 Continue without end": (_floods(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), TIMEOUT),
    "early hints without end": (_floods(b"", b"HTTP/1.1 103 Hints\r\nlink: x\r\n\r\n"), TIMEOUT),
    "a chunk's size without end": (_floods(CHUNKED, b"0"), TIMEOUT),
    # Too much
    "headers without end": (_floods(OK, b"x: y\r\n"), LARGE),
    "headers without end, all different": (
        _says(OK + b"".join(b"x-%d: y\r\n" % n for n in range(9999))),
        LARGE,
    ),
    "cookies without end": (_floods(OK, b"Set-Cookie: a=b\r\n"), LARGE),
    "one header without end": (_floods(OK + b"x: ", b"y"), LARGE),
    "a header's name without end": (_floods(OK, b"y"), LARGE),
    "a header of 64 KiB": (_says(OK + b"x: " + b"y" * (64 << 10) + b"\r\n\r\n"), LARGE),
    "a reason without end": (_floods(b"HTTP/1.1 200 ", b"y"), LARGE),
    "trailers without end": (_floods(CHUNKED + b"0\r\n", b"x: y\r\n"), LARGE),
    "one trailer without end": (_floods(CHUNKED + b"0\r\nx: ", b"y"), LARGE),
    "1 GiB": (_floods(OK + b"Content-Length: 1073741824\r\n\r\n", b"x"), LARGE),
    "a body without a length and without end": (_floods(OK + b"\r\n", b"x"), LARGE),
    "one chunk of 1 GiB": (_floods(CHUNKED + b"40000000\r\n", b"x"), LARGE),
    "1 GiB of failure": (
        _floods(b"HTTP/1.1 500 No\r\nContent-Length: 1073741824\r\n\r\n", b"x"),
        ErrorClass.SERVER_ERROR,
    ),
    "1 GiB elsewhere": (
        _floods(b"HTTP/1.1 302 Found\r\nContent-Length: 1073741824\r\n\r\n", b"x"),
        ErrorClass.REDIRECT,
    ),
    # Cut
    "nothing": (_says(b""), RESET),
    "half a header": (_says(OK + b"x: "), RESET),
    "a reset": (_resets_after(b""), RESET),
    "a reset in the headers": (_resets_after(OK + b"x: "), RESET),
    "a reset in the body": (_resets_after(OK + b"Content-Length: 10\r\n\r\nhello"), RESET),
    "a reset in a chunk": (_resets_after(CHUNKED + b"5\r\nhe"), RESET),
    "half a connection": (_half_closes, RESET),
    # Wrong
    "half a connection in the body": (_half_closes_in_a_body, BAD),
    "less than its length": (_says(OK + b"Content-Length: 500\r\n\r\nshort"), BAD),
    "more than its length": (_says(OK + b"Content-Length: 2\r\n\r\nok and more"), BAD),
    "a negative length": (_says(OK + b"Content-Length: -5\r\n\r\nhello"), BAD),
    "a length in words": (_says(OK + b"Content-Length: five\r\n\r\nhello"), BAD),
    "a length beyond 64 bits": (_says(OK + b"Content-Length: 99999999999999999999\r\n\r\nhello"), BAD),
    "two lengths": (_says(OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nok"), BAD),
    "a length and chunks": (
        _says(OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        BAD,
    ),
    "no chunks": (_says(CHUNKED + b"zz\r\nhello\r\n"), BAD),
    "a negative chunk": (_says(CHUNKED + b"-1\r\nhello\r\n"), BAD),
    "half a chunk": (_says(CHUNKED + b"5\r\nhe"), BAD),
    "binary garbage": (_says(bytes(range(256)) * 64), BAD),
    "a TLS alert": (_says(b"\x15\x03\x01\x00\x02\x02\x0a"), BAD),
    "HTTP/0.9": (_says(b"hello\r\n"), BAD),
    "a NUL in a header": (_says(OK + b"x: a\0b\r\n\r\n"), BAD),
    "a status of five digits": (_says(b"HTTP/1.1 99999 OK\r\n\r\n"), BAD),
    "status 999": (_says(b"HTTP/1.1 999 OK\r\nContent-Length: 0\r\n\r\n"), BAD),
    "status 000": (_says(b"HTTP/1.1 000 OK\r\nContent-Length: 0\r\n\r\n"), BAD),
    "another protocol": (_says(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"), BAD),
    # Odd, and told well enough
    "100 Continue some times": (_says(b"HTTP/1.1 100 Continue\r\n\r\n" * 50 + OK + b"\r\n"), None),
    "a gzip bomb": (
        _says(OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(bytes(64 << 20), 1)),
        None,
    ),
}


@pytest.fixture
def little_memory() -> object:
    """Fails a test at whose peak more was allocated than two ends of a connection need."""
    tracemalloc.start()
    yield
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < MEMORY_BYTES


@pytest.mark.usefixtures("little_memory")
@pytest.mark.parametrize("said", REPLIES)
def test_a_hostile_reply_ends_in_time_and_in_its_class(said: str) -> None:
    endpoint, expected = REPLIES[said]
    began = time.monotonic()
    reply = _attempt(endpoint)
    assert reply.error_class == expected, reply.detail
    assert time.monotonic() - began < SECONDS + LATE_SECONDS
    assert (reply.detail is None) == (expected is None)
    for text in filter(None, (reply.detail, reply.response)):
        assert len(text) <= sender.KEPT_BYTES
        assert "\0" not in text
        text.encode()


@pytest.mark.parametrize("size", [0, 100, 32 << 20])
def test_an_endpoint_that_never_reads_is_a_timeout(size: int) -> None:
    assert _attempt(_never_reads, body=b"x" * size).error_class == ErrorClass.TIMEOUT


@pytest.mark.usefixtures("little_memory")
@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        (_says(OK + b"\r\n"), ErrorClass.TLS),
        (_floods(b"", bytes(range(256))), ErrorClass.TLS),
        (_says(b"\x16\x03\x03\xff\xff" + b"a" * 64, then_waits=True), ErrorClass.TLS),
        (_says(b"\x15\x03\x03\x00\x02\x02\x28"), ErrorClass.TLS),
        (_says(b""), ErrorClass.RESET),
        (_resets_after(b""), ErrorClass.RESET),
        (_says(b"", then_waits=True), ErrorClass.TIMEOUT),
        (_drips(b"\x16\x03\x03\x40\x00", b"\x02"), ErrorClass.TIMEOUT),
        (_never_reads, ErrorClass.TIMEOUT),
    ],
    ids=[
        "HTTP",
        "garbage",
        "a record too long",
        "an alert",
        "nothing",
        "a reset",
        "silence",
        "a drip",
        "deaf",
    ],
)
def test_a_handshake_that_fails_ends_in_time_and_in_its_class(endpoint: Endpoint, expected: str) -> None:
    began = time.monotonic()
    assert _attempt(endpoint, scheme="https").error_class == expected
    assert time.monotonic() - began < SECONDS + LATE_SECONDS


def test_of_1_gib_little_more_is_taken_than_is_read() -> None:
    sent = 0

    async def endpoint(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.read(4096)
        writer.write(OK + b"Content-Length: 1073741824\r\n\r\n")
        while sent < FLOOD_BYTES:
            writer.write(bytes(64 << 10))
            sent += 64 << 10
            await writer.drain()

    reply = _attempt(endpoint)
    assert (reply.status, reply.error_class) == (200, ErrorClass.TOO_LARGE)
    assert reply.detail == "The endpoint answered 200 with more than 1024 KiB."
    assert sent < 32 << 20  # the rest is what sockets hold


@pytest.mark.parametrize(
    ("size", "expected"), [(sender.READ_BYTES, None), (sender.READ_BYTES + 1, ErrorClass.TOO_LARGE)]
)
def test_a_reply_of_the_largest_size_is_success(size: int, expected: ErrorClass | None) -> None:
    head = OK + f"Content-Length: {size}\r\n\r\n".encode()
    reply = _attempt(_says(head + b"x" * size))
    assert reply.error_class == expected
    assert reply.response == "x" * sender.KEPT_BYTES


@pytest.mark.parametrize("late", [False, True], ids=["at once", "later"])
def test_what_was_said_after_a_reply_is_not_the_reply_to_the_next_request(late: bool) -> None:
    """Else an endpoint, or who shares its address, could answer for a delivery that was never made."""
    connections = 0

    async def endpoint(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.readuntil(b"\r\n\r\n{}")
        if connections > 1:
            writer.write(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")
            return
        forged = OK + b"Content-Length: 6\r\n\r\nforged"
        writer.write(OK + b"Content-Length: 0\r\n\r\n" + (b"" if late else forged))
        if late:
            await writer.drain()
            writer.write(forged)
        await asyncio.Event().wait()

    reply = _attempt(endpoint, times=2)
    assert reply.response != "forged"
    assert (reply.status, connections) == (500, 2)
