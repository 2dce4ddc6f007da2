import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from copydesk.errors import SettingError
from services.embedded import given as given_servers
from services.embedded import tips
from services.embedded import up as module
from services.embedded.child import Command
from services.embedded.commands import Options
from services.embedded.home import Home
from services.embedded.redis import Redis
from services.embedded.server import ServerError

pytestmark = pytest.mark.servers

COPYDESK = (sys.executable, "-c", "from services.cli import main; main()")
RECORD = {"title": "It came back", "highlights": [], "actors": [], "places": []}


class Run:
    """One `copydesk up` as its user starts it."""

    def __init__(self, data: Path, *arguments: str, **environment: str) -> None:
        self.output = data.with_name(f"{data.name}.out")
        command = [
            *COPYDESK,
            "up",
            "--data",
            str(data),
            "--ingest-port",
            "0",
            "--publish-port",
            "0",
            *arguments,
        ]
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                command,
                stdout=output,
                stderr=output,
                env={**os.environ, **environment},
                start_new_session=True,
            )

    def said(self) -> str:
        return self.output.read_text()

    def children(self) -> list[int]:
        """Every descendant, grandchildren too."""
        found, waiting = [], [self.process.pid]
        while waiting:
            path = Path(f"/proc/{(pid := waiting.pop())}/task/{pid}/children")
            below = [int(each) for each in path.read_text().split()] if path.exists() else []
            found += below
            waiting += below
        return found


@pytest.fixture
def start() -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []

    def start(data: Path, *arguments: str, **environment: str) -> Run:
        runs.append(Run(data, *arguments, **environment))
        return runs[-1]

    yield start
    for run in runs:
        run.process.kill()
        run.process.wait()


@pytest.mark.system
@pytest.mark.servers
@pytest.mark.timeout(400)
def test_a_new_user_sees_a_story_and_everything_ends_and_begins_again(
    server_directory: Path,
    start: Callable[..., Run],
    eventually: Callable[..., None],
    is_alive: Callable[[int], bool],
) -> None:
    data = server_directory / "desk"

    first = start(data, COPYDESK_WORKER_CONCURRENCY="2")
    eventually(lambda: "Ctrl-C stops everything" in first.said(), 150)
    assert "Kenya and Norway agree" in first.said()
    assert "signature verified" in first.said()
    assert re.search(r"API key of source desk, with every scope: cdk_\S{43}", first.said())

    other = start(server_directory / "desk-again", "--data", str(data))
    assert other.process.wait(60) == 1
    assert f"already running on {data}, as process {first.process.pid}" in other.said()
    environment = {**os.environ, "COPYDESK_DATA": str(data)}
    argv = [*COPYDESK, "keys", "list"]
    listed = subprocess.run(argv, env=environment, capture_output=True, text=True, check=True)
    assert " desk " in listed.stdout

    left = first.children()
    assert len(left) > 7
    first.process.kill()
    first.process.wait()
    eventually(lambda: not any(map(is_alive, left)), 60)

    second = start(data, "--once")
    eventually(lambda: "ingest answers" in second.said(), 150)
    left = second.children()
    assert second.process.wait(150) == 0, second.said()
    assert "API key of source" not in second.said()
    assert not any(map(is_alive, left))
    assert not (data / "environment").exists()
    order = [line.split()[0] for line in second.said().splitlines() if line.endswith("| stopping")]
    assert order == ["ingest", "enrich", "sweep", "publish", "dispatcher", "Redis", "PostgreSQL"]


@pytest.fixture
def options(tmp_path: Path) -> Options:
    return Options(tmp_path / "desk", ingest_port=0, publish_port=0)


@pytest.fixture
def given(database_url: str, broker_url: str) -> dict[str, str]:
    return {"DATABASE_URL": database_url, "BROKER_URL": broker_url}


@pytest.fixture(autouse=True)
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """One sleeping command in place of the real ones, and a sample that comes back at once."""

    async def walk(*_: str) -> dict[str, Any]:
        return RECORD

    sleeper = Command("sleeper", (sys.executable, "-c", "import time; time.sleep(300)"), os.environ)
    monkeypatch.setattr(module, "commands", lambda *_: [sleeper])
    monkeypatch.setattr(module, "walk", walk)


def run(options: Options, given: dict[str, str], *numbers: signal.Signals) -> None:
    """Runs it in this process; sends the signals once it invites to stop it."""

    async def scene() -> None:
        up = module.Up(Home(options.data), options, {**os.environ, **given})

        async def interrupt() -> None:
            while not Home(options.data).environment():  # noqa: ASYNC110 - polls
                await asyncio.sleep(0.01)
            for number in numbers:
                os.kill(os.getpid(), number)

        interrupting = asyncio.create_task(interrupt()) if numbers else None
        async with asyncio.timeout(60):
            await up.run()
        if interrupting:
            interrupting.cancel()

    with Home(options.data).hold():
        asyncio.run(scene())


def test_given_servers_are_used_and_once_ends_by_itself(
    options: Options, given: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    run(Options(options.data, 0, 0, once=True), given)
    said = capsys.readouterr().out
    assert "subscriptions may name http:// here, and addresses in 127.0.0.0/8, ::1/128" in said
    assert "using the PostgreSQL of DATABASE_URL" in said
    assert "using the broker of BROKER_URL" in said
    assert "It came back" in said
    assert "Next, in another terminal" not in said
    assert not (options.data / "postgres").exists()


@pytest.mark.parametrize("variable", ["DATABASE_URL", "BROKER_URL"])
def test_a_given_server_that_is_away_is_waited_for_by_its_name_and_address(
    options: Options,
    given: dict[str, str],
    variable: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(given_servers, "ANSWER_SECONDS", 0.5)
    nowhere = f"{given[variable].partition('://')[0]}://u:s3cret@127.0.0.1:1/0"
    with pytest.raises(ServerError, match=f"{variable} at 127.0.0.1:1/0 in 0.5 s .* correct {variable}"):
        run(options, {**given, variable: nowhere})
    said = capsys.readouterr().out
    assert f"of {variable} at 127.0.0.1:1/0 (" in said
    assert "s3cret" not in said


@pytest.mark.parametrize("numbers", [[signal.SIGTERM], [signal.SIGHUP], [signal.SIGINT, signal.SIGINT]])
def test_a_signal_stops_it_and_a_second_one_hastens(
    options: Options, given: dict[str, str], numbers: list[signal.Signals], capsys: pytest.CaptureFixture[str]
) -> None:
    run(options, given, *numbers)
    said = capsys.readouterr().out
    assert said.count("stopping; once more stops at once") == 1
    assert said.rstrip().endswith("stopped")


def test_a_run_that_waits_for_the_sample_fails_when_it_is_stopped_before(
    options: Options, given: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow(*_: str) -> dict[str, Any]:
        await asyncio.Event().wait()
        return RECORD

    monkeypatch.setattr(module, "walk", slow)
    with pytest.raises(ServerError, match="stopped before the sample came through"):
        run(Options(options.data, 0, 0, once=True), given, signal.SIGTERM)


def test_without_the_sample_it_says_what_to_try(
    options: Options,
    given: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def asked(*_: str) -> dict[str, Any]:
        raise AssertionError("no sample was wanted")

    monkeypatch.setattr(module, "walk", asked)
    ready = tips.next_lines

    def next_lines(*given: Any) -> str:
        os.kill(os.getpid(), signal.SIGINT)
        return ready(*given)

    monkeypatch.setattr(module, "next_lines", next_lines)
    run(Options(options.data, 0, 0, sample=False), given)
    assert "Next, in another terminal" in capsys.readouterr().out


def test_a_sample_that_does_not_come_back_fails_only_a_run_that_waits_for_it(
    options: Options,
    given: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def missing(*_: str) -> dict[str, Any]:
        raise ServerError("The sample story did not arrive")

    monkeypatch.setattr(module, "walk", missing)
    run(options, given, signal.SIGINT)
    with pytest.raises(ServerError, match="did not arrive"):
        run(Options(options.data, 0, 0, once=True), given)
    assert capsys.readouterr().out.rstrip().endswith("stopped")


def test_servers_come_up_by_themselves(server_directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        run(Options(server_directory / "own", 0, 0, once=True), {"DATABASE_URL": "", "BROKER_URL": ""})
    said = capsys.readouterr().out
    assert said.count("PostgreSQL is up") == 2
    assert said.count("API key of source desk") == 1


def test_a_server_that_cannot_start_leaves_nothing(
    options: Options, given: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise ServerError("no room")

    monkeypatch.setattr(Redis, "start", fail)
    with pytest.raises(ServerError, match="no room"):
        run(options, {**given, "BROKER_URL": ""})


def test_root_is_told_where_the_data_lies_and_why(
    options: Options,
    given: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for user in (0, 1000):
        monkeypatch.setattr(os, "geteuid", lambda user=user: user)
        run(Options(options.data, 0, 0, once=True), given)
    assert capsys.readouterr().out.count("running as root: PostgreSQL refuses root") == 1


def test_two_services_cannot_share_a_port(options: Options, given: dict[str, str]) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(ServerError, match="must differ"):
        run(Options(options.data, port, port), given)


def test_a_wrong_setting_stops_the_start_before_anything(
    options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COPYDESK_LOG_FROMAT", "json")
    with pytest.raises(SettingError, match=r"COPYDESK_LOG_FROMAT: .* did you mean COPYDESK_LOG_FORMAT"):
        module.main(options)
    assert not options.data.exists()


def test_main_holds_the_directory(
    options: Options, given: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    module.main(Options(options.data, 0, 0, once=True))
    with Home(options.data).hold(), pytest.raises(ServerError, match="already running"):
        module.main(options)
