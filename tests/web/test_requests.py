import asyncio
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client import REGISTRY
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from copydesk import contracts, logs
from copydesk.web.requests import RequestMiddleware
from tests.web.wire import Wire, ask, request, settings, until

SCOPE: dict[str, Any] = {"type": "http", "method": "GET", "path": "/x", "raw_path": b"/x", "headers": []}


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    """The log lines of the test, as they come."""
    stream = Lines()
    logs.configure(settings(log_level="debug"), "edge", stream=stream)
    yield stream.events
    logs.configure(settings(log_level="error"), "edge")


class Lines(io.StringIO):
    def __init__(self) -> None:
        super().__init__()
        self.events: list[dict[str, Any]] = []

    def write(self, text: str) -> int:
        self.events += [json.loads(line) for line in text.splitlines() if line]
        return len(text)


def count(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0


def named(lines: list[dict[str, Any]], event: str) -> list[dict[str, Any]]:
    """The lines of an event, but for a slow request that an earlier test left behind."""
    return [line for line in lines if line["event"] == event and line.get("route") != "/slow"]


def test_a_request_is_one_log_line(edge: str, lines: list[dict[str, Any]]) -> None:
    reply = ask(edge, request("GET", "/path/secret-story?token=secret"))
    until(lambda: named(lines, "http.request"))
    (line,) = named(lines, "http.request")
    assert line["request_id"] == reply.headers["x-request-id"]
    assert (line["method"], line["route"], line["status"]) == ("GET", "/path/{rest:path}", 200)
    assert line["duration_ms"] > 0
    assert "secret" not in json.dumps(line)


def test_a_problem_is_logged_and_counted_by_its_code(edge: str, lines: list[dict[str, Any]]) -> None:
    before = count("copydesk_problems_total", service="edge", code="conflict")
    ask(edge, request("GET", "/refuse"))
    until(lambda: named(lines, "http.request"))
    assert named(lines, "http.request")[0]["problem"] == "conflict"
    assert count("copydesk_problems_total", service="edge", code="conflict") == before + 1


def test_requests_are_counted_by_route_and_status(edge: str, lines: list[dict[str, Any]]) -> None:
    labels = {"service": "edge", "method": "GET", "route": "unmatched", "status": "404"}
    before = count("copydesk_http_requests_total", **labels)
    for path in ("/a", "/b"):
        ask(edge, request("GET", path))
    until(lambda: len(named(lines, "http.request")) == 2)
    assert count("copydesk_http_requests_total", **labels) == before + 2
    assert count("copydesk_http_request_seconds_count", service="edge", route="unmatched") >= 2


@pytest.mark.parametrize("given", ["story-42", "A.b_c-9"])
def test_a_well_formed_request_id_is_kept(edge: str, given: str) -> None:
    assert ask(edge, request("GET", "/path/x", x_request_id=given)).headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "{}", "a\x80"])
def test_another_request_id_is_replaced(edge: str, given: str) -> None:
    made = ask(edge, request("GET", "/path/x", x_request_id=given)).headers["x-request-id"]
    assert len(made) == 36


def test_an_unexpected_error_tells_nothing_but_its_id(edge: str, lines: list[dict[str, Any]]) -> None:
    reply = ask(edge, request("GET", "/fail"))
    problem = reply.problem()
    assert (reply.status, problem["code"]) == (500, "internal")
    assert problem["request_id"] == reply.headers["x-request-id"]
    assert b"the body of the story" not in reply.body
    until(lambda: named(lines, "http.request"))
    (failed,) = named(lines, "http.failed")
    assert failed["request_id"] == problem["request_id"]
    assert failed["exception"][0] == "RuntimeError"
    assert any("fail" in frame for frame in failed["exception"])
    assert "the body of the story" not in json.dumps(lines)


def test_a_reply_that_fails_midway_is_cut_off(edge: str, lines: list[dict[str, Any]]) -> None:
    with Wire(edge) as wire:
        wire.send(request("GET", "/cut"))
        raw = wire.file.read()
    assert raw.startswith(b"HTTP/1.1 200 ")
    assert not raw.endswith(b"0\r\n\r\n")
    until(lambda: named(lines, "http.failed"))


def test_a_client_that_goes_away_is_told_as_499(edge: str, lines: list[dict[str, Any]]) -> None:
    start = request("POST", "/echo", content_type="application/json")
    with Wire(edge) as wire:
        wire.send(start.replace(b"content-length: 0", b"content-length: 10") + b"{")
    until(lambda: named(lines, "http.request"))
    assert named(lines, "http.request")[0]["status"] == 499


def test_heartbeats_are_logged_for_those_who_debug(edge: str, lines: list[dict[str, Any]]) -> None:
    ask(edge, request("GET", "/__lbheartbeat__"))
    until(lambda: named(lines, "http.request"))
    assert named(lines, "http.request")[0]["level"] == "debug"


def test_a_refusal_before_the_application_is_logged_and_counted(
    edge: str, lines: list[dict[str, Any]]
) -> None:
    before = count("copydesk_problems_total", service="edge", code="bad_request")
    ask(edge, b"nonsense\r\n\r\n")
    assert [line["code"] for line in named(lines, "http.refused")] == ["bad_request"]
    assert count("copydesk_problems_total", service="edge", code="bad_request") == before + 1


async def run(app: ASGIApp) -> list[Message]:
    """Returns what the middleware sends around an application."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    await RequestMiddleware(app, "edge")(dict(SCOPE), receive, send)
    return sent


async def cancelled(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise asyncio.CancelledError


def test_a_request_that_the_stopping_server_cancels_is_answered() -> None:
    start, body = asyncio.run(run(cancelled))
    assert start["status"] == 503
    assert (b"retry-after", b"5") in start["headers"]
    problem = json.loads(body["body"])
    assert contracts.violations("problem", problem) == []
    assert problem["code"] == "stopping"


def test_other_scopes_pass_through() -> None:
    seen = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["type"])

    async def nothing(*_: Any) -> Any:
        return None

    asyncio.run(RequestMiddleware(app, "edge")({"type": "lifespan"}, nothing, nothing))
    assert seen == ["lifespan"]
