from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, Security
from starlette.requests import Request
from starlette.responses import Response

from copydesk.errors import CallerError, OutageError
from copydesk.web import app as web
from copydesk.web import replies
from copydesk.web.direct import DirectRoute
from tests.web.wire import ask, request, running, settings, url_of

RAISED = {"caller": CallerError("conflict", "Not now."), "outage": OutageError("away"), "bug": RuntimeError()}


async def who(request: Request, _documented: Annotated[object, Security(lambda: None)]) -> str:
    if "authorization" not in request.headers:
        raise CallerError("conflict", "Nobody asks.")
    return request.headers["authorization"]


Caller = Annotated[str, Depends(who)]


async def thing(request: Request, caller: Caller) -> Response:
    if error := RAISED.get(request.query_params.get("raise", "")):
        raise error
    return replies.json({"caller": caller, "body": (await request.body()).decode()})


def application(route: type[DirectRoute] | None = DirectRoute) -> FastAPI:
    routes = APIRouter(prefix="/things", default_response_class=Response)
    routes.add_api_route("", thing, methods=["POST"], route_class_override=route, summary="Make one")

    @routes.get("")
    def listing() -> Response:
        return replies.json([])

    return web.create("edge", description="For tests.", checks={}, documented=(), routes=routes)


@pytest.fixture(scope="module")
def direct() -> Iterator[str]:
    with running(application(), settings()) as server:
        yield url_of(server)


@pytest.fixture(scope="module")
def usual() -> Iterator[str]:
    with running(application(None), settings()) as server:
        yield url_of(server)


SENT = [
    request("POST", "/things", b"x", authorization="me"),
    request("POST", "/things?raise=caller", b"x", authorization="me"),
    request("POST", "/things?raise=outage", b"x", authorization="me"),
    request("POST", "/things?raise=bug", b"x", authorization="me"),
    request("POST", "/things", b"x"),
    request("POST", "/things/", b"x"),
    request("PUT", "/things", b"x"),
    request("GET", "/things"),
]


@pytest.mark.parametrize("sent", SENT, ids=lambda sent: sent.split(b" HTTP")[0].decode())
def test_a_direct_route_answers_what_any_route_would(direct: str, usual: str, sent: bytes) -> None:
    replied = [ask(url, sent) for url in (direct, usual)]
    first, second = (
        (
            reply.status,
            {name: value for name, value in reply.headers.items() if name not in {"x-request-id", "date"}},
            reply.body.replace(reply.headers["x-request-id"].encode(), b""),
        )
        for reply in replied
    )
    assert first == second


def test_a_direct_route_is_documented_as_any_route() -> None:
    assert application().openapi() == application(None).openapi()


async def with_more(request: Request, caller: Caller, limit: int = 5) -> None:
    """Takes a parameter that nobody would read."""


async def without_caller(request: Request) -> None:
    """Takes anybody."""


@pytest.mark.parametrize("endpoint", [with_more, without_caller])
def test_what_takes_anything_else_is_no_direct_route(endpoint: Any) -> None:
    with pytest.raises(TypeError, match="/things"):
        DirectRoute("/things", endpoint, response_class=Response, response_model=None)
