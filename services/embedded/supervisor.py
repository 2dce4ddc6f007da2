"""The processes of copydesk, started in one order, watched, and stopped in another."""

import asyncio
import time
from collections.abc import Sequence

import aiohttp

from services.embedded.child import Child, Command, Say, pause
from services.embedded.server import Server, ServerError

READY_SECONDS = 60.0
POLL_SECONDS = 0.1
WATCH_SECONDS = 0.5


class Supervisor:
    """Runs servers and commands until it is told to stop.

    Use it in the main thread's event loop; everything it starts ends with that thread.

    Args:
        say: takes a name and a line for a person.
    """

    def __init__(self, say: Say) -> None:
        self._say = say
        self._hasten = asyncio.Event()
        self._children: list[Child] = []
        self._servers: list[Server] = []
        self._watches: list[asyncio.Task[None]] = []

    def watch(self, server: Server) -> None:
        """Starts a running server again whenever it ends; it is stopped after all commands."""
        self._servers.append(server)
        self._watches.append(asyncio.create_task(self._keep_running(server)))

    def start(self, commands: Sequence[Command]) -> None:
        """Starts the commands and returns at once; they are stopped in the same order."""
        children = [Child(command, self._say, self._hasten) for command in commands]
        self._children.extend(children)
        for child in children:
            child.start()

    async def ready(self, seconds: float = READY_SECONDS) -> None:
        """Returns once every command that has a heartbeat answers it.

        Raises:
            ServerError: one did not answer in time; names it.
        """
        deadline = time.monotonic() + seconds
        waiting = [child.command for child in self._children if child.command.heartbeat]
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
            for command in waiting:
                while not (answer := await _heartbeat(session, command)).startswith("200"):
                    if time.monotonic() > deadline:
                        raise ServerError(
                            f"{command.name} was not ready after {seconds:g} s: {command.heartbeat} {answer}"
                        )
                    await asyncio.sleep(POLL_SECONDS)

    def hasten(self) -> None:
        """Waits for nobody any more: what is still there is killed."""
        self._hasten.set()

    async def stop(self) -> None:
        """Stops every command in order, one at a time, then the servers, the newest first."""
        for child in self._children:
            self._say(child.command.name, "stopping")
            await child.stop()
        for task in self._watches:
            task.cancel()
        for server in reversed(self._servers):
            self._say(server.name, "stopping")
            server.stop(0.5 if self._hasten.is_set() else 20.0)

    async def _keep_running(self, server: Server) -> None:
        seconds, begun = 0.0, time.monotonic()
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if server.is_running:
                continue
            seconds = pause(seconds, time.monotonic() - begun)
            self._say(server.name, f"ended; starts again in {seconds:g} s")
            await asyncio.sleep(seconds)
            begun = time.monotonic()
            try:
                server.start()
            except ServerError as error:
                self._say(server.name, str(error))


async def _heartbeat(session: aiohttp.ClientSession, command: Command) -> str:
    """Returns how a command answers: a status and what it says, or why there is no answer."""
    try:
        async with session.get(str(command.heartbeat)) as response:
            return f"{response.status} {(await response.text())[:500]}"
    except (aiohttp.ClientError, TimeoutError) as error:
        return f"does not answer ({type(error).__name__})"
