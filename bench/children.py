"""Processes that end with the bench, whatever ends it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import httpx2
import psutil

from services.embedded import leash
from services.embedded.ports import HOST, free_port

ROOT = Path(__file__).parents[1]
GRACE_SECONDS = 40.0
READY_SECONDS = 60.0


def start(
    argv: tuple[str, ...], environment: Mapping[str, str], log: BinaryIO | int, *, directory: Path = ROOT
) -> subprocess.Popen[bytes]:
    """Starts a process that is killed when the bench dies. Call it in the main thread."""
    return subprocess.Popen(
        leash.command(list(argv), death_signal=signal.SIGKILL),
        cwd=directory,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,  # Ctrl-C is for the bench to hear
    )


def stop(process: subprocess.Popen[bytes], grace_seconds: float = GRACE_SECONDS) -> None:
    """Ends a process and what it started, by force after its grace; twice is fine."""
    process.terminate()
    try:
        process.wait(grace_seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def await_answer(url: str, process: subprocess.Popen[bytes], seconds: float = READY_SECONDS) -> None:
    """Returns once a URL answers 200.

    Raises:
        TimeoutError: it did not in time, or its process ended.
    """
    deadline = time.monotonic() + seconds
    while not _answers(url):
        if process.poll() is not None or time.monotonic() > deadline:
            raise TimeoutError(f"{url} did not answer within {seconds:g} s (status {process.poll()})")
        time.sleep(0.1)


def _answers(url: str) -> bool:
    try:
        return httpx2.get(url, timeout=3).status_code == 200  # noqa: PLR2004 - it is well
    except httpx2.TransportError:
        return False


def cpu_seconds(pid: int) -> float:
    """Returns the CPU seconds that a process used so far, its living and its ended children included."""
    while True:
        try:  # PostgreSQL starts a child a connection: those that ended count too
            return sum(sum(process.cpu_times()[:4]) for process in _family(pid))  # user and system, twice
        except psutil.NoSuchProcess:  # a child ended while we looked: its parent has its times by now
            psutil.Process(pid)  # or it is the process itself


def memory_bytes(pid: int) -> int:
    """Returns the proportional memory (PSS) of a process, its children included."""
    return sum(int(process.memory_full_info().pss) for process in _family(pid))


def _family(pid: int) -> list[psutil.Process]:
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


class HelperProcess:
    """A module of the bench that serves HTTP on a port of its own; used as a context manager.

    Args:
        module: is run with the port as its argument.
        settings: what it finds in its environment besides.
    """

    def __init__(self, module: str, settings: Mapping[str, str] | None = None) -> None:
        port = free_port()
        self._environment = {**os.environ, **(settings or {})}
        self.url = f"http://{HOST}:{port}"
        self._argv = (sys.executable, "-m", module, str(port))

    def __enter__(self) -> Self:
        self._process = start(self._argv, self._environment, subprocess.DEVNULL)
        try:
            await_answer(f"{self.url}/__heartbeat__", self._process)
        except BaseException:
            stop(self._process)
            raise
        return self

    def cpu_seconds(self) -> float:
        """Returns the CPU seconds that it used so far."""
        return cpu_seconds(self._process.pid)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        stop(self._process, 5)
