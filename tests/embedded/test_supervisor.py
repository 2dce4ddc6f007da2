import asyncio
import os
import sys
from pathlib import Path

import pytest

from services.embedded import child as child_module
from services.embedded import supervisor as module
from services.embedded.child import Command
from services.embedded.ports import free_port
from services.embedded.redis import Redis
from services.embedded.server import ServerError
from services.embedded.supervisor import Supervisor

SECONDS = 20.0
SERVER = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(sys.argv[2])); self.end_headers(); self.wfile.write(b"broker is down")
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


class Diary:
    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def __call__(self, name: str, line: str) -> None:
        self.lines.append((name, line))

    async def until(self, part: str) -> None:
        async with asyncio.timeout(SECONDS):
            while not any(part in line for _, line in self.lines):  # noqa: ASYNC110 - polls
                await asyncio.sleep(0.01)


def sleeper(name: str) -> Command:
    return Command(name, (sys.executable, "-c", "import time; time.sleep(300)"), os.environ)


def web(status: int) -> Command:
    port = free_port()
    argv = (sys.executable, "-c", SERVER, str(port), str(status))
    return Command("web", argv, os.environ, heartbeat=f"http://127.0.0.1:{port}/__heartbeat__")


def test_it_stops_in_order_commands_before_servers(redis_server: Redis) -> None:
    async def scene() -> None:
        diary = Diary()
        supervisor = Supervisor(diary)
        supervisor.watch(redis_server)
        supervisor.start([sleeper("first"), sleeper("second")])
        await supervisor.ready()
        await supervisor.stop()
        assert [name for name, line in diary.lines if line == "stopping"] == ["first", "second", "Redis"]

    asyncio.run(scene())
    assert not redis_server.is_running


def test_it_is_ready_when_the_heartbeats_answer() -> None:
    async def scene() -> None:
        supervisor = Supervisor(Diary())
        supervisor.start([web(200), sleeper("worker")])
        await supervisor.ready()
        await supervisor.stop()

    asyncio.run(scene())


def test_a_heartbeat_that_fails_is_named_with_its_answer() -> None:
    async def scene() -> None:
        supervisor = Supervisor(Diary())
        supervisor.start([web(503)])
        try:
            with pytest.raises(ServerError, match=r"web was not ready after 2 s: .* 503 broker is down"):
                await supervisor.ready(2)
        finally:
            await supervisor.stop()

    asyncio.run(scene())


def test_a_server_that_dies_is_started_again(redis_server: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_module, "FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(module, "WATCH_SECONDS", 0.01)

    async def scene() -> None:
        diary = Diary()
        supervisor = Supervisor(diary)
        supervisor.watch(redis_server)
        redis_server.kill()
        async with asyncio.timeout(SECONDS):
            while not redis_server.is_running:  # noqa: ASYNC110 - polls
                await asyncio.sleep(0.01)
        assert ("Redis", "ended; starts again in 0.01 s") in diary.lines
        supervisor.hasten()
        await supervisor.stop()

    asyncio.run(scene())


def test_a_server_that_cannot_start_again_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_module, "FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(module, "WATCH_SECONDS", 0.01)

    class Broken(Redis):
        def start(self) -> None:
            raise ServerError("the disk is full")

    async def scene() -> None:
        diary = Diary()
        supervisor = Supervisor(diary)
        supervisor.watch(Broken(tmp_path))
        await diary.until("the disk is full")
        await supervisor.stop()

    asyncio.run(scene())
