"""Endpoints that take what they get: `python -m bench.receiver PORT`, one process for any number of paths."""

import asyncio
import contextlib
import heapq
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from types import TracebackType

import httpx2
import orjson
import uvloop
from aiohttp import web

from bench.arrivals import Arrivals
from bench.children import HelperProcess

WAIT_SECONDS = 10.0  # for a count, in one request
MAX_BYTES = 4 << 20
STAMP = b'"timestamp":"'  # before the moment of publishing, at the head of a webhook
STAMP_CHARACTERS = len("2026-03-01T08:30:00.000Z")


def application(arrived: Callable[[web.Request, bytes], None]) -> web.Application:
    """Returns endpoints at `/hook/…` that read each body, hand it over and answer 204."""

    async def hook(request: web.Request) -> web.Response:
        arrived(request, await request.read())
        return web.Response(status=204)

    app = web.Application(client_max_size=MAX_BYTES)
    app.router.add_post("/hook/{number}", hook)
    return app


class Notes:
    """Notes what arrives, and answers those who wait for so many."""

    def __init__(self) -> None:
        self.count, self.last = 0, b""
        self.forget()
        self._waiting: list[tuple[int, int, asyncio.Event]] = []

    def forget(self) -> None:
        """Begins anew; only the count goes on."""
        self._times: dict[str, Counter[str]] = {}
        self._milliseconds: list[float] = []

    def note(self, request: web.Request, body: bytes) -> None:
        """Takes one webhook: which, where, and how long after it was published."""
        self.count, self.last = self.count + 1, body
        times = self._times.setdefault(request.headers.get("webhook-id", ""), Counter())
        times[request.match_info["number"]] += 1
        start = body.index(STAMP) + len(STAMP)
        published = datetime.fromisoformat(body[start : start + STAMP_CHARACTERS].decode())
        self._milliseconds.append(1000 * (time.time() - published.timestamp()))
        while self._waiting and self._waiting[0][0] <= self.count:
            heapq.heappop(self._waiting)[-1].set()

    async def tell(self, request: web.Request) -> web.Response:
        """Answers how many came, once they are as many as wanted, or after a while."""
        wanted = int(request.query.get("wanted", 0))
        if self.count < wanted:
            enough = asyncio.Event()
            heapq.heappush(self._waiting, (wanted, id(enough), enough))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(enough.wait(), WAIT_SECONDS)
        return web.Response(text=str(self.count))

    async def show(self, _request: web.Request) -> web.Response:
        """Answers with the newest body."""
        return web.Response(body=self.last)

    async def hand_over(self, _request: web.Request) -> web.Response:
        """Answers with what arrived since the last time, and forgets it."""
        told = orjson.dumps({"times": self._times, "milliseconds": self._milliseconds})
        self.forget()
        return web.Response(body=told)


def counting() -> web.Application:
    """Returns endpoints that count, and tell at `/count`, `/last` and `/arrivals` of what came.

    Requests to `/hang/…` are read and never answered.
    """
    notes = Notes()

    async def hang(request: web.Request) -> web.Response:
        await request.read()
        await asyncio.Event().wait()
        raise AssertionError("nobody sets it")

    app = application(notes.note)
    app.router.add_post("/hang/{number}", hang)
    app.router.add_get("/count", notes.tell)
    app.router.add_get("/last", notes.show)
    app.router.add_get("/arrivals", notes.hand_over)
    app.router.add_get("/__heartbeat__", notes.show)
    return app


class Receiver(HelperProcess):
    """The endpoints in a process of their own; used as a context manager."""

    def __init__(self) -> None:
        super().__init__("bench.receiver")
        self._client = httpx2.Client(base_url=self.url, timeout=2 * WAIT_SECONDS)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()
        super().__exit__(kind, error, trace)

    def endpoint(self, number: int = 0, *, hanging: bool = False) -> str:
        """Returns the URL of one endpoint."""
        return f"{self.url}/{'hang' if hanging else 'hook'}/{number}"

    def count(self) -> int:
        """Returns how many requests came so far."""
        return int(self.ask("/count"))

    def last(self) -> bytes:
        """Returns the body of the newest request."""
        return self.ask("/last")

    def arrivals(self) -> Arrivals:
        """Returns what came since the last time that this was asked."""
        return Arrivals(**orjson.loads(self.ask("/arrivals")))

    def await_count(self, wanted: int, seconds: float) -> None:
        """Returns once so many requests came.

        Raises:
            TimeoutError: they did not come in time.
        """
        deadline = time.monotonic() + seconds
        while (found := int(self.ask(f"/count?wanted={wanted}"))) < wanted:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{found} of {wanted} deliveries came within {seconds:g} s")

    def ask(self, path: str) -> bytes:
        """Returns what it answers."""
        return self._client.get(path).content


def main() -> None:
    """Receives until SIGTERM."""
    web.run_app(
        counting(),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        print=None,
        access_log=None,
        loop=uvloop.new_event_loop(),
    )


if __name__ == "__main__":
    main()
