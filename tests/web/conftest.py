"""A service with a few routes, which shows what the edge does by itself."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator

import pytest
from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from copydesk.errors import CallerError, OutageError
from copydesk.web import app as web
from copydesk.web import body, replies, strict_json
from tests.web.wire import running, settings, url_of


def edge_app(**bounds: float) -> FastAPI:
    """Returns the service; its routes are named for what they do."""
    limits = settings(**bounds)
    app = web.create("edge", description="For tests.", checks={}, documented=("story",), routes=APIRouter())

    @app.post("/echo")
    async def echo(request: Request) -> Response:
        return replies.json(strict_json.parse(await body.read(request, limits)))

    @app.post("/raw")
    async def raw(request: Request) -> Response:
        return replies.json({"length": len(await request.body()), "headers": sorted(request.headers)})

    @app.get("/path/{rest:path}")
    async def path(rest: str) -> Response:
        return replies.json(rest)

    @app.get("/slow")
    async def slow(seconds: float) -> Response:
        await asyncio.sleep(seconds)
        return replies.json({"slept": seconds})

    @app.get("/fail")
    async def fail() -> Response:
        raise RuntimeError("the body of the story")

    @app.get("/cut")
    async def cut() -> Response:
        async def parts() -> AsyncIterator[bytes]:
            yield b"begun"
            raise RuntimeError("the body of the story")

        return StreamingResponse(parts())

    @app.get("/outage")
    async def outage() -> Response:
        raise OutageError("the database does not answer")

    @app.get("/refuse")
    async def refuse() -> Response:
        raise CallerError("conflict", "Not now.", headers={"X-More": "yes"})

    return app


@pytest.fixture(scope="session")
def edge() -> Iterator[str]:
    """The URL of a running service with the usual bounds."""
    with running(edge_app(), settings()) as server:
        yield url_of(server)


@pytest.fixture(scope="session")
def hasty() -> Iterator[str]:
    """The URL of a running service that waits half a second for headers and bodies."""
    with running(edge_app(body_timeout_seconds=0.5), settings(body_timeout_seconds=0.5)) as server:
        yield url_of(server)


@pytest.fixture
def unused_port() -> int:
    """A port of the loopback on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
