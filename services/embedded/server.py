"""A server that runs in the foreground as a child of this process, in a session of its own."""

import contextlib
import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from copydesk.errors import CopydeskError
from services.embedded import leash

START_SECONDS = 60.0
POLL_SECONDS = 0.02
LOG_BYTES = 1 << 20  # a longer log starts anew at the next start


def environment() -> dict[str, str]:
    """Returns what a server needs of our environment: where libraries lie, and none of its own variables."""
    kept = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")
    return {**{name: os.environ[name] for name in kept if name in os.environ}, "LC_ALL": "C"}


class ServerError(CopydeskError):
    """A server of this machine could not be started; says why and what to do."""


class Server(ABC):
    """One foreground process: starts, stops, is killed, frozen and thawed.

    Args:
        name: for errors, like `PostgreSQL`.
        log: the file that takes what the process writes.
        stop_signal: asks it to end soon and cleanly; also sent when this process dies.
        user: the system user it runs as; None means ours.
    """

    def __init__(self, name: str, log: Path, *, stop_signal: int, user: str | None = None) -> None:
        self.name = name
        self.log = log
        self.user = user
        self._stop_signal = stop_signal
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process id, or None when it does not run."""
        return self._process.pid if self._process and self.is_running else None

    @property
    def is_running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    @abstractmethod
    def start(self) -> None:
        """Starts the server and returns once it answers; ends one left over from a killed run first.

        Raises:
            ServerError: it cannot start; says why.
        """

    def restart(self) -> None:
        """Stops and starts the server on the same data and URL."""
        self.stop()
        self.start()

    def launch(self, argv: Sequence[str], *, directory: Path) -> None:
        """Starts the process and returns at once."""
        with self._open_log() as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own command line
                leash.command(list(argv), death_signal=self._stop_signal, user=self.user),
                cwd=directory,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until(self, ready: Callable[[], bool], seconds: float = START_SECONDS) -> None:
        """Returns once `ready()` holds.

        Raises:
            ServerError: the process ended, or `seconds` passed; holds the last lines of its log.
        """
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.is_running:
                raise ServerError(f"{self.name} ended while it was starting. {self._log_tail()}")
            if time.monotonic() > deadline:
                self.kill()
                raise ServerError(f"{self.name} was not ready after {seconds:g} s. {self._log_tail()}")
            time.sleep(POLL_SECONDS)

    def stop(self, grace_seconds: float = 20.0) -> None:
        """Ends the process cleanly, by force after `grace_seconds`; stopping twice is fine."""
        if self._process is None:
            return
        self._signal(self._stop_signal)
        self.thaw()
        try:
            self._process.wait(grace_seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """Ends the process as a power cut would (SIGKILL) and waits until it is gone."""
        if self._process is not None:
            self._signal(signal.SIGKILL)
            self._process.wait()

    def freeze(self) -> None:
        """Stops the process in its tracks (SIGSTOP): its connections stay open and silent."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Lets a frozen process go on (SIGCONT)."""
        self._signal(signal.SIGCONT)

    def _open_log(self) -> IO[bytes]:
        """Opens the log, which none but its owner may read: PostgreSQL writes statements into it."""
        fits = self.log.exists() and self.log.stat().st_size < LOG_BYTES
        flags = os.O_WRONLY | os.O_CREAT | (os.O_APPEND if fits else os.O_TRUNC)
        return os.fdopen(os.open(self.log, flags, 0o600), "wb")

    def _signal(self, number: int) -> None:
        if self._process is not None and self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def _log_tail(self, lines: int = 15) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        tail = "\n".join(text.splitlines()[-lines:])
        return f"The end of {self.log}:\n{tail}"
