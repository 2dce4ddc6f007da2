"""`python -m tests.system.dying`: dispatchers that are killed where a line on standard input says.

Each line is a crash point. A dispatcher is forked, for it would take a second to start, works on real servers
until it is there, and sends itself SIGKILL: no handler, no rollback, no farewell to anybody. Each answer is
the point where it died and its exit status. At a `moment` it is killed from outside, after some milliseconds.
"""

import asyncio
import os
import random
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvloop
from sqlalchemy import Connection

from copydesk import logs
from copydesk import settings as configuration
from copydesk.settings import DispatcherSettings
from copydesk.store import claims, events, replays, settlements
from copydesk.store.database import Database
from services.publish import sender
from services.publish.dispatcher import Dispatcher

MOMENT_SECONDS, REQUEST_SECONDS = 0.3, 0.01  # at the most
SENDING = ("claim", "settle")


def _points(*commits: str) -> tuple[str, ...]:
    return (
        *(f"{when} the commit of {name}" for name in commits for when in ("before", "after")),
        "before a request",
        "during a request",
        "after a request",
        "moment",
    )


POINTS = _points("fan_out", *SENDING)
IN_A_REPLAY = _points("step", *SENDING)
AHEAD = 4  # deliveries that a replay makes due at once: there are many steps to die in


def die() -> None:
    """Ends this process as `kill -9` does."""
    os.kill(os.getpid(), signal.SIGKILL)


class Deadly:
    """Kills this process at one crash point, and never at another.

    Args:
        point: one of `POINTS` or `IN_A_REPLAY`.
    """

    def __init__(self, point: str) -> None:
        self._point = point
        self._done = threading.local()  # what the transaction of this thread has done

    def arm(self) -> None:
        """Puts the crash point into the code that is about to run."""
        noted = (events, "fan_out"), (claims, "claim"), (settlements, "settle"), (replays, "step")
        for module, name in noted:
            setattr(module, name, self._noted(name, getattr(module, name)))
        sender.attempt = self._attempt(sender.attempt)
        Database.transaction = self._transaction(Database.transaction)

    def _reach(self, point: str) -> None:
        if point == self._point:
            die()

    def _noted(self, name: str, change: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*given: Any, **named: Any) -> Any:
            found = change(*given, **named)
            # A claim that found nothing is no point, and no step of a replay is that made nothing due.
            if found and getattr(found, "deliveries", True) and getattr(found, "made", True):
                self._done.names.add(name)
            return found

        return noted

    def _transaction(self, original: Callable[[Database], Any]) -> Callable[[Database], Any]:
        @contextmanager
        def transaction(database: Database) -> Iterator[Connection]:
            self._done.names = set()
            with original(database) as connection:
                yield connection
                for name in self._done.names:
                    self._reach(f"before the commit of {name}")
            for name in self._done.names:
                self._reach(f"after the commit of {name}")

        return transaction

    def _attempt(self, original: Callable[..., Any]) -> Callable[..., Any]:
        async def attempt(*given: Any, **named: Any) -> Any:
            self._reach("before a request")
            sending = asyncio.ensure_future(original(*given, **named))
            if self._point == "during a request":
                await asyncio.sleep(random.uniform(0, REQUEST_SECONDS))  # noqa: S311 - chance is the point
                die()
            made = await sending
            self._reach("after a request")
            return made

        return attempt


def work(point: str, settings: DispatcherSettings) -> None:
    """Runs a dispatcher that dies at a crash point."""
    Deadly(point).arm()
    setattr(replays, "AHEAD", AHEAD)  # noqa: B010 - it is final for whoever is not about to die
    uvloop.run(Dispatcher(settings).run())


def main() -> None:
    """Lets one dispatcher after the other die."""
    settings = configuration.load(DispatcherSettings)
    logs.configure(settings, "dispatcher")
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            try:
                work(line.strip(), settings)
            except BaseException:  # noqa: BLE001 - it is told
                traceback.print_exc()
            os._exit(1)  # it lived, or failed otherwise
        if line.strip() == "moment":
            time.sleep(random.uniform(0, MOMENT_SECONDS))  # noqa: S311 - the same
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
