import threading
import time
from collections.abc import Callable

import anyio
import pytest
from anyio import CapacityLimiter
from fastapi import FastAPI
from structlog.testing import capture_logs

from copydesk.errors import OutageError, SchemaError
from copydesk.model import VERSION
from copydesk.web import health
from copydesk.web.health import run_checks
from tests.web.wire import Wire, ask, request, running, settings, url_of


def fine() -> None:
    """Nothing is wrong."""


def away() -> None:
    raise OutageError("away")


def unmigrated() -> None:
    raise SchemaError("the database has schema 1, this version needs 2")


def broken() -> None:
    raise RuntimeError("broken")


def results(threads: int = 8, **checks: Callable[[], object]) -> dict[str, str]:
    async def run() -> dict[str, str]:
        return await run_checks(checks, CapacityLimiter(threads))

    return anyio.run(run)


def test_each_check_has_its_result() -> None:
    found = results(a=fine, b=away, c=broken, d=unmigrated)
    assert found == {"a": "ok", "b": "down", "c": "down", "d": "unmigrated"}
    assert results() == {}


def test_a_check_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "CHECK_SECONDS", 0.2)
    release = threading.Event()
    threading.Timer(1, release.set).start()
    started = time.monotonic()

    async def run() -> tuple[dict[str, str], float]:
        found = await run_checks({"a": fine, "b": release.wait}, CapacityLimiter(8))
        return found, time.monotonic() - started

    found, seconds = anyio.run(run)
    assert found == {"a": "ok", "b": "timeout"}
    assert seconds < 0.9


def test_the_heartbeat_names_what_is_down() -> None:
    app = FastAPI()
    app.include_router(health.router("edge", {"database": away, "broker": fine}))
    with running(app, settings()) as server:
        reply = ask(url_of(server), request("GET", "/__heartbeat__"))
    assert reply.status == 503
    assert reply.json() == {
        "status": "down",
        "down": ["database"],
        "checks": {"database": "down", "broker": "ok"},
    }


def test_why_something_is_down_is_logged() -> None:
    with capture_logs() as logged:
        results(database=unmigrated, broker=broken)
    told = {line["check"]: line for line in logged if line["event"] == "health.down"}
    assert told["database"]["reason"] == "the database has schema 1, this version needs 2"
    assert told["broker"]["error"] == "RuntimeError"
    assert "reason" not in told["broker"], "what a library raises may hold anything"


def test_a_service_that_is_well_says_so(edge: str) -> None:
    assert ask(edge, request("GET", "/__lbheartbeat__")).json() == {"status": "ok"}
    reply = ask(edge, request("GET", "/__heartbeat__"))
    assert (reply.status, reply.json()) == (200, {"status": "ok", "down": [], "checks": {}})


@pytest.mark.parametrize("path", ["/__lbheartbeat__", "/__heartbeat__"])
def test_a_load_balancer_may_ask_without_wanting_a_body(edge: str, path: str) -> None:
    with Wire(edge) as wire:
        wire.send(request("HEAD", path))
        assert wire.file.readline() == b"HTTP/1.1 200 OK\r\n"


def test_a_service_tells_its_version(edge: str) -> None:
    reply = ask(edge, request("GET", "/__version__"))
    assert reply.json() == {"name": "copydesk", "version": VERSION, "service": "edge"}


def test_a_service_shows_its_metrics(edge: str) -> None:
    reply = ask(edge, request("GET", "/metrics"))
    assert reply.headers["content-type"].startswith("text/plain; version=")
    assert b"# TYPE copydesk_http_requests_total counter" in reply.body
