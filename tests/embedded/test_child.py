import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from services.embedded import child as module
from services.embedded.child import Child, Command, pause

SECONDS = 20.0


class Diary:
    """What was said, and by whom."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def __call__(self, name: str, line: str) -> None:
        self.lines.append((name, line))

    async def until(self, part: str, times: int = 1) -> None:
        async with asyncio.timeout(SECONDS):
            while sum(part in line for _, line in self.lines) < times:  # noqa: ASYNC110 - polls
                await asyncio.sleep(0.01)


def command(script: str, grace_seconds: float = 10.0) -> Command:
    return Command("desk", (sys.executable, "-uc", script), os.environ, grace_seconds)


def make(script: str, diary: Diary, grace_seconds: float = 10.0) -> tuple[Child, asyncio.Event]:
    hasten = asyncio.Event()
    return Child(command(script, grace_seconds), diary, hasten), hasten


@pytest.mark.parametrize(
    ("earlier", "lived_seconds", "expected"),
    [(0, 1, 0.5), (0.5, 1, 1.0), (16, 1, 30.0), (30, 1, 30.0), (30, 61, 0.5)],
)
def test_the_pause_doubles_and_is_forgotten_after_a_minute(
    earlier: float, lived_seconds: float, expected: float
) -> None:
    assert pause(earlier, lived_seconds) == expected


def test_every_line_is_passed_on_and_an_endless_one_in_pieces() -> None:
    async def scene() -> None:
        diary = Diary()
        child, _ = make(
            "import sys; print('a'); print('b', file=sys.stderr); sys.stdout.write('c' * 200000)", diary
        )
        child.start()
        await diary.until("ended (status 0)")
        await child.stop()
        said = [line for name, line in diary.lines if name == "desk"]
        assert said[:2] == ["a", "b"]
        assert sum(line.count("c") for line in said if set(line) == {"c"}) == 200000

    asyncio.run(scene())


def test_a_child_that_dies_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE_SECONDS", 0.01)

    async def scene() -> None:
        diary = Diary()
        child, _ = make("print('here'); import time; time.sleep(300)", diary)
        child.start()
        await diary.until("here")
        first = child.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await diary.until("here", times=2)
        assert child.pid != first
        assert any("ended (SIGKILL); starts again in 0.01 s" in line for _, line in diary.lines)
        await child.stop()
        assert child.pid is None

    asyncio.run(scene())


def test_a_child_that_ignores_the_request_is_killed_with_its_group(
    eventually: Callable[..., None], is_alive: Callable[[int], bool]
) -> None:
    script = (
        "import signal, subprocess, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('grandchild', subprocess.Popen(['sleep', '300']).pid); time.sleep(300)"
    )

    async def scene() -> int:
        diary = Diary()
        child, _ = make(script, diary, grace_seconds=0.1)
        child.start()
        await diary.until("grandchild")
        await child.stop()
        assert ("desk", "does not end; killing it") in diary.lines
        return next(int(line.split()[1]) for _, line in diary.lines if "grandchild" in line)

    grandchild = asyncio.run(scene())
    eventually(lambda: not is_alive(grandchild))


def test_haste_cuts_the_grace_short() -> None:
    async def scene() -> None:
        diary = Diary()
        child, hasten = make(
            "import signal, time; signal.signal(15, signal.SIG_IGN); print('here'); time.sleep(300)",
            diary,
            300,
        )
        child.start()
        await diary.until("here")
        hasten.set()
        async with asyncio.timeout(SECONDS):
            await child.stop()

    asyncio.run(scene())


def test_a_child_is_asked_first(tmp_path: Path) -> None:
    script = (
        "import signal, pathlib; signal.pthread_sigmask(signal.SIG_BLOCK, {15})\n"
        "print('here'); signal.sigwait({15})\n"
        f"pathlib.Path({str(tmp_path / 'mark')!r}).touch()"
    )

    async def scene() -> None:
        diary = Diary()
        child, _ = make(script, diary)
        child.start()
        await diary.until("here")
        await child.stop()

    asyncio.run(scene())
    assert (tmp_path / "mark").exists()


def test_stopping_between_two_lives_ends_the_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE_SECONDS", 300.0)

    async def scene() -> None:
        diary = Diary()
        child, _ = make("", diary)
        child.start()
        await diary.until("starts again")
        async with asyncio.timeout(SECONDS):
            await child.stop()

    asyncio.run(scene())


def test_stopping_at_once_after_the_start_leaves_nothing() -> None:
    async def scene() -> None:
        diary = Diary()
        child, _ = make("import time; time.sleep(300)", diary)
        await child.stop()  # never started
        second, _ = make("import time; time.sleep(300)", diary)
        second.start()
        await asyncio.sleep(0)  # the task began, the process is being made
        async with asyncio.timeout(SECONDS):
            await second.stop()
        assert second.pid is None

    asyncio.run(scene())


def test_words_of_a_grandchild_that_left_the_group_are_not_awaited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DRAIN_SECONDS", 0.05)
    script = (
        "import subprocess\n"
        "print('grandchild', subprocess.Popen(['sleep', '300'], start_new_session=True).pid)"
    )

    async def scene() -> int:
        diary = Diary()
        child, _ = make(script, diary)
        child.start()
        await diary.until("ended (status 0)")
        await child.stop()
        return next(int(line.split()[1]) for _, line in diary.lines if "grandchild" in line)

    os.kill(asyncio.run(scene()), signal.SIGKILL)


def test_a_port_that_another_program_took_is_done_without_until_it_is_free_again() -> None:
    async def scene() -> None:
        diary = Diary()
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = str(other.getsockname()[1])
            environment = {**os.environ, "METRICS": port, "FIXED": port}
            argv = (sys.executable, "-uc", "import os; print(os.environ['METRICS'], os.environ['FIXED'])")
            child = Child(Command("desk", argv, environment, spare=("METRICS",)), diary, asyncio.Event())
            child.start()
            await diary.until(f"0 {port}")
        await diary.until(f"{port} {port}")
        await child.stop()

    asyncio.run(scene())
