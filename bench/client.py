"""A client that costs little: requests on connections that stay open, no more than asked at once."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

import uvloop

CONNECTIONS = 64
REPLY_SECONDS = 30.0
_LENGTH = b"content-length:"


class RefusedError(Exception):
    """A request was not answered 2xx."""


@dataclass(frozen=True, slots=True)
class Load:
    """What was posted in how many seconds."""

    count: int
    seconds: float

    @property
    def rate(self) -> float:
        """Posts a second."""
        return self.count / self.seconds


class Connection(asyncio.Protocol):
    """One connection to a server, kept open; used as a context manager. One post at a time."""

    def __init__(self, url: str, token: str = "") -> None:
        parts = urlsplit(url)
        self._host, self._port = str(parts.hostname), int(parts.port or 80)
        self._head = (
            f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {token}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        ).encode()
        self._received = b""
        self._reply: asyncio.Future[bytes] | None = None

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._transport, _ = await self._loop.create_connection(lambda: self, self._host, self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._transport.close()

    async def post(self, body: bytes) -> bytes:
        """Posts a body and returns what is answered.

        Raises:
            RefusedError: the status is not 2xx.
            OSError: the connection ended, or nothing came for `REPLY_SECONDS`.
        """
        self._reply = self._loop.create_future()
        late = self._loop.call_later(REPLY_SECONDS, self._end, TimeoutError("there is no reply"))
        self._transport.write(b"%s%d\r\n\r\n%s" % (self._head, len(body), body))
        try:
            return await self._reply
        finally:
            late.cancel()

    def data_received(self, data: bytes) -> None:
        """Takes a part of a reply, mostly all of it."""
        self._received += data
        if (found := parted(self._received)) is None:
            return
        head, reply = found
        self._received = b""
        if head[9:10] == b"2":
            self._end(reply)
        else:
            told = head.splitlines()[0] + b" " + reply[:300]
            self._end(RefusedError(told.decode(errors="replace")))

    def connection_lost(self, exc: Exception | None) -> None:
        """Ends the post in hand, if there is one."""
        self._end(exc or ConnectionResetError("the server ended the connection"))

    def _end(self, reply: bytes | Exception) -> None:
        if self._reply is None or self._reply.done():
            return
        if isinstance(reply, bytes):
            self._reply.set_result(reply)
        else:
            self._reply.set_exception(reply)


def parted(received: bytes) -> tuple[bytes, bytes] | None:
    """Returns the head and the body of a message; None before it is whole."""
    head, blank, body = received.partition(b"\r\n\r\n")
    return (head, body) if blank and len(body) >= _length(head) else None


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(_LENGTH):
            return int(line[len(_LENGTH) :])
    return 0


def post_all(url: str, bodies: Iterator[bytes], *, token: str = "", seconds: float, most: int) -> Load:
    """Posts at full speed on all connections, for `seconds` or `most` bodies, whichever ends first.

    Raises:
        RefusedError: one was not answered 2xx.
    """
    return uvloop.run(_post_all(url, bodies, token, seconds, most))


async def _post_all(url: str, bodies: Iterator[bytes], token: str, seconds: float, most: int) -> Load:
    numbers = iter(range(most))
    began = time.perf_counter()

    async def work() -> int:
        done = 0
        async with Connection(url, token) as connection:
            for _ in numbers:
                await connection.post(next(bodies))
                done += 1
                if time.perf_counter() - began > seconds:
                    break
        return done

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(work()) for _ in range(min(CONNECTIONS, most))]
    return Load(sum(task.result() for task in tasks), time.perf_counter() - began)
