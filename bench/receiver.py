"""Endpoints that take what they get: `python -m bench.receiver PORT`, one process for any number of paths."""

import sys
import time
from collections.abc import Callable

import httpx2
import uvloop
from aiohttp import web

from bench.children import HelperProcess

WAIT_SECONDS = 0.02
MAX_BYTES = 4 << 20


def application(arrived: Callable[[bytes], None]) -> web.Application:
    """Returns endpoints at `/hook/…` that read each body, hand it over and answer 204."""

    async def hook(request: web.Request) -> web.Response:
        arrived(await request.read())
        return web.Response(status=204)

    app = web.Application(client_max_size=MAX_BYTES)
    app.router.add_post("/hook/{number}", hook)
    return app


def counting() -> web.Application:
    """Returns endpoints that count, and tell at `/count` and `/last` of what came."""
    count, last = 0, b""

    def note(body: bytes) -> None:
        nonlocal count, last
        count, last = count + 1, body

    async def tell(_request: web.Request) -> web.Response:
        return web.Response(text=str(count))

    async def show(_request: web.Request) -> web.Response:
        return web.Response(body=last)

    app = application(note)
    app.router.add_get("/count", tell)
    app.router.add_get("/last", show)
    app.router.add_get("/__heartbeat__", tell)
    return app


class Receiver(HelperProcess):
    """The endpoints in a process of their own; used as a context manager."""

    def __init__(self) -> None:
        super().__init__("bench.receiver")

    def endpoint(self, number: int = 0) -> str:
        """Returns the URL of one endpoint."""
        return f"{self.url}/hook/{number}"

    def count(self) -> int:
        """Returns how many requests came so far."""
        return int(self.ask("/count"))

    def last(self) -> bytes:
        """Returns the body of the newest request."""
        return self.ask("/last")

    def await_count(self, wanted: int, seconds: float) -> None:
        """Returns once so many requests came.

        Raises:
            TimeoutError: they did not come in time.
        """
        deadline = time.monotonic() + seconds
        while (found := self.count()) < wanted:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{found} of {wanted} deliveries came within {seconds:g} s")
            time.sleep(WAIT_SECONDS)

    def ask(self, path: str) -> bytes:
        """Returns what it answers."""
        return httpx2.get(f"{self.url}{path}", timeout=30).content


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
