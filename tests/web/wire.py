"""A real server in a thread, and a client that sends bytes exactly as they are given."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

from starlette.types import ASGIApp

from copydesk import contracts
from copydesk.settings import WebSettings
from copydesk.web.server import Server, create_server

DEADLINE_SECONDS = 20.0
NOWHERE = {"database_url": "postgresql://127.0.0.1:1/none", "broker_url": "redis://127.0.0.1:1/0"}


def settings(**overrides: Any) -> WebSettings:
    """Returns settings of a service that reaches neither database nor broker."""
    return WebSettings(**{**NOWHERE, **overrides})


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def problem(self) -> dict[str, Any]:
        """Returns the problem document, after checking it against its contract."""
        assert self.headers["content-type"] == "application/problem+json", self
        document: dict[str, Any] = self.json()
        assert contracts.violations("problem", document) == []
        assert document["status"] == self.status
        return document


class Wire:
    """One connection to a server."""

    def __init__(self, url: str) -> None:
        host, _, port = url.removeprefix("http://").rpartition(":")
        self.socket = socket.create_connection((host, int(port)), timeout=DEADLINE_SECONDS)
        self.file = self.socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.file.close()
        self.socket.close()

    def send(self, *parts: bytes) -> Self:
        """Sends the parts one by one; a server that has hung up does not matter."""
        try:
            for part in parts:
                self.socket.sendall(part)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return self

    def reply(self) -> Reply:
        """Reads one reply; one that is only an interim answer is skipped."""
        status = int(self.file.readline().split()[1])
        headers = dict(self._headers())
        if status == 100:
            return self.reply()
        return Reply(status, headers, self._body(headers))

    def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding") != "chunked":
            return self.file.read(int(headers.get("content-length", 0)))
        body = b""
        while size := int(self.file.readline(), 16):
            body += self.file.read(size)
            self.file.readline()
        self.file.readline()
        return body

    def _headers(self) -> Iterator[tuple[str, str]]:
        while line := self.file.readline().strip():
            name, _, value = line.decode("latin-1").partition(":")
            yield name.strip().lower(), value.strip()

    def is_closed(self) -> bool:
        """Whether the server ends the connection before the deadline, with nothing more to say."""
        try:
            return self.file.read(1) == b""
        except ConnectionResetError:
            return True


def request(method: str, path: str, body: bytes = b"", /, **headers: str) -> bytes:
    """Returns the bytes of a request; `content_type="…"` becomes `Content-Type: …`."""
    given = {"host": "test", "content-length": str(len(body)), **headers}
    lines = [f"{method} {path} HTTP/1.1", *(f"{n.replace('_', '-')}: {v}" for n, v in given.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def ask(url: str, *parts: bytes) -> Reply:
    """Sends the parts on a connection of their own and returns the reply."""
    with Wire(url) as wire:
        return wire.send(*parts).reply()


@contextmanager
def running(
    app: ASGIApp,
    bounds: WebSettings,
    service: str = "edge",
    on_stopping: Callable[[], None] | None = None,
) -> Iterator[Server]:
    """Runs a server on a free port of the loopback until the block ends."""
    server = create_server(app, "127.0.0.1", 0, bounds, service=service, on_stopping=on_stopping)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.url is not None)
    try:
        yield server
    finally:
        server.should_exit = True
        thread.join(DEADLINE_SECONDS)
        assert not thread.is_alive()


def url_of(server: Server) -> str:
    assert server.url is not None
    return server.url


def until(done: Any, seconds: float = DEADLINE_SECONDS) -> None:
    """Polls until `done()` is true."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "the deadline passed"
        time.sleep(0.01)
