import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from copydesk.web import protocol
from copydesk.web.server import Server
from tests.web.conftest import edge_app
from tests.web.wire import Wire, ask, request, running, settings, until, url_of

SCRIPT = """
import sys
from copydesk import logs
from copydesk.web import server
from tests.web.conftest import edge_app
from tests.web.wire import settings
bounds = settings(shutdown_seconds=float(sys.argv[1]))
logs.configure(bounds, "edge", stream=sys.stdout)
server.serve(edge_app(), sys.argv[3], int(sys.argv[2]), bounds, service="edge")
"""


def start(shutdown_seconds: float = 20, port: int = 0, host: str = "127.0.0.1") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(shutdown_seconds), str(port), host],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )


def read_url(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = httpx2.Response(200, text=process.stdout.readline()).json()
    assert line["event"] == "http.listening"
    return str(line["url"])


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    rest, _ = process.communicate(timeout=20)
    return process.returncode, rest


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_finishes_the_requests_in_hand(number: signal.Signals) -> None:
    process = start()
    url = read_url(process)
    with Wire(url) as busy, Wire(url) as idle:
        idle.send(request("GET", "/path/x")).reply()
        body = request("POST", "/echo", b'{"a":1}', content_type="application/json")
        busy.send(body[:-3])
        until(lambda: ask(url, request("GET", "/path/x")).status == 200)
        process.send_signal(number)
        assert idle.is_closed()
        reply = busy.send(body[-3:]).reply()
        assert (reply.status, reply.json(), reply.headers["connection"]) == (200, {"a": 1}, "close")
        assert busy.is_closed()
    code, rest = finish(process)
    assert code == 0
    assert "exceeded" not in rest  # nothing was waited for in vain


def test_what_takes_too_long_is_cancelled_and_told_so() -> None:
    process = start(shutdown_seconds=0.5)
    with Wire(read_url(process)) as wire:
        wire.send(request("GET", "/slow?seconds=60"))
        until(lambda: ask(url_for(wire), request("GET", "/path/x")).status == 200)
        process.send_signal(signal.SIGTERM)
        assert wire.reply().problem()["code"] == "stopping"
    code, rest = finish(process)
    assert code == 0
    assert "http.cancelled" in rest


def url_for(wire: Wire) -> str:
    host, port = wire.socket.getpeername()
    return f"http://{host}:{port}"


def test_a_port_that_is_taken_is_told_with_its_number() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, rest = finish(start(port=port))
    assert code == 2
    assert f"COPYDESK_EDGE_PORT: port {port} cannot be used on 127.0.0.1 (Address already in use)" in rest


def test_an_address_that_is_nobodys_is_told_with_its_setting() -> None:
    code, rest = finish(start(host="nowhere.invalid"))
    assert code == 2
    assert "cannot be used on nowhere.invalid (" in rest
    assert "Unknown error" not in rest
    assert "correct COPYDESK_HOST" in rest


def test_a_server_tells_its_url_once_it_listens() -> None:
    with running(edge_app(), settings()) as server:
        assert ask(url_of(server), request("GET", "/path/x")).status == 200


def test_an_address_of_ipv6_is_bracketed() -> None:
    from copydesk.web.server import create_server

    if not socket.has_ipv6:
        pytest.skip("there is no IPv6 here")
    told: list[str] = []
    server = create_server(edge_app(), "::1", 0, settings(), service="edge", on_listening=told.append)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: told or not thread.is_alive())
    server.should_exit = True
    thread.join(20)
    assert told[0].startswith("http://[::1]:")


def test_idle_connections_are_no_reason_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "LINGER_SECONDS", 0.1)
    app: FastAPI = edge_app()
    with running(app, settings()) as server:
        wires = [Wire(url_of(server)) for _ in range(100)]
        assert ask(url_of(server), request("GET", "/path/x")).status == 200
        stop(server)
        assert all(wire.is_closed() for wire in wires)
        for wire in wires:
            wire.close()


def stop(server: Server) -> None:
    server.should_exit = True
