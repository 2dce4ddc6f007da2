"""One command that is kept running: its lines are passed on, and when it dies it starts again."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from services.embedded import leash
from services.embedded.ports import HOST, is_free

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0  # alive for so long, a command starts over with the first pause
DRAIN_SECONDS = 2.0  # a grandchild may hold the pipe open; its words are not waited for longer
CHUNK_BYTES = 1 << 16

Say = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class Command:
    """What to run.

    Args:
        name: the prefix of its lines.
        argv: the command line.
        environment: all of its environment.
        grace_seconds: how long it may take to end when asked.
        heartbeat: a URL that answers 200 once it is ready; None when it has none.
        spare: variables that name a port which it can do without: 0 where another program has that.
    """

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    grace_seconds: float = 20.0
    heartbeat: str | None = None
    spare: tuple[str, ...] = ()


def pause(earlier: float, lived_seconds: float) -> float:
    """Returns the seconds to wait before the next start: doubling, anew after a steady minute."""
    if lived_seconds >= STEADY_SECONDS or not earlier:
        return FIRST_PAUSE_SECONDS
    return min(earlier * 2, LONGEST_PAUSE_SECONDS)


class Child:
    """A command in a session of its own, started again whenever it ends, until it is stopped.

    Use it in the main thread's event loop: the kernel ties a child to the thread that starts it.

    Args:
        command: what to run.
        say: takes the command's name and a line.
        hasten: once set, stopping waits no longer.
    """

    def __init__(self, command: Command, say: Say, hasten: asyncio.Event) -> None:
        self.command = command
        self._say = say
        self._hasten = hasten
        self._stopping = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The process id, or None between two lives."""
        return self._process.pid if self._process and self._process.returncode is None else None

    def start(self) -> None:
        """Starts the command and keeps it running in the background."""
        self._task = asyncio.create_task(self._keep_running(), name=self.command.name)

    async def stop(self) -> None:
        """Ends the command: SIGTERM, then after its grace SIGKILL to its whole process group."""
        self._stopping.set()
        if self._task is None:
            return
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
        ways = [self._task, asyncio.create_task(self._hasten.wait())]
        await asyncio.wait(ways, timeout=self.command.grace_seconds, return_when=asyncio.FIRST_COMPLETED)
        ways[1].cancel()
        if self._process is not None and not self._task.done():
            self._say(self.command.name, "does not end; killing it")
            _kill_group(self._process)
        await self._task

    async def _keep_running(self) -> None:
        seconds = 0.0
        while not self._stopping.is_set():
            begun = time.monotonic()
            status = await self._live()
            if self._stopping.is_set():
                return
            seconds = pause(seconds, time.monotonic() - begun)
            self._say(self.command.name, f"ended ({_ending(status)}); starts again in {seconds:g} s")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), seconds)

    async def _live(self) -> int:
        """Runs the command once, from start to end; leaves nothing of its group behind."""
        # A pipe of our own: asyncio's would make the end of the process wait for the end of the pipe, which
        # a grandchild may hold open for good.
        reading, writing = os.pipe()
        try:
            self._process = await asyncio.create_subprocess_exec(
                *leash.command(list(self.command.argv), death_signal=signal.SIGKILL),
                env=_environment(self.command),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=writing,
                stderr=writing,
                start_new_session=True,
            )
        finally:
            os.close(writing)
        lines = asyncio.create_task(self._pass_on(reading))
        if self._stopping.is_set():  # asked to stop before there was a process to tell
            self._process.send_signal(signal.SIGTERM)
        status = await self._process.wait()
        _kill_group(self._process)
        await asyncio.wait([lines], timeout=DRAIN_SECONDS)
        lines.cancel()
        return status

    async def _pass_on(self, descriptor: int) -> None:
        """Says every line as it comes; an endless one in pieces."""
        stream, rest = asyncio.StreamReader(), b""
        loop = asyncio.get_running_loop()
        with os.fdopen(descriptor, "rb", buffering=0) as pipe:
            protocol = asyncio.StreamReaderProtocol(stream)
            transport, _ = await loop.connect_read_pipe(lambda: protocol, pipe)
            with contextlib.closing(transport):
                while chunk := await stream.read(CHUNK_BYTES):
                    *lines, rest = (rest + chunk).split(b"\n")
                    if len(rest) >= CHUNK_BYTES:
                        lines, rest = [*lines, rest], b""
                    self._say_all(lines)
        self._say_all([rest] if rest else [])

    def _say_all(self, lines: list[bytes]) -> None:
        for line in lines:
            self._say(self.command.name, line.decode(errors="replace").rstrip())


def _environment(command: Command) -> dict[str, str]:
    """Looks for the ports at each start: another program may have taken one meanwhile."""
    environment = dict(command.environment)
    host = environment.get("COPYDESK_HOST", HOST)
    taken = [each for each in command.spare if not is_free(int(environment[each]), host)]
    return environment | dict.fromkeys(taken, "0")


def _kill_group(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _ending(status: int) -> str:
    return f"status {status}" if status >= 0 else signal.Signals(-status).name
