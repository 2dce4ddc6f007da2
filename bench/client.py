"""A client that costs little: requests on connections that stay open, no more than asked at once."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

import uvloop

CONNECTIONS = 16
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


class Connection:
    """One connection to a server, kept open; used as a context manager."""

    def __init__(self, url: str, token: str = "") -> None:
        parts = urlsplit(url)
        self._host, self._port = str(parts.hostname), int(parts.port or 80)
        self._head = (
            f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {token}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        ).encode()

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()

    async def post(self, body: bytes) -> bytes:
        """Posts a body and returns what is answered.

        Raises:
            RefusedError: the status is not 2xx.
        """
        self._writer.write(b"%s%d\r\n\r\n%s" % (self._head, len(body), body))
        async with asyncio.timeout(REPLY_SECONDS):
            head = await self._reader.readuntil(b"\r\n\r\n")
            reply = await self._reader.readexactly(_length(head))
        if head[9:10] != b"2":
            raise RefusedError((head.splitlines()[0] + b" " + reply[:300]).decode(errors="replace"))
        return reply


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
