"""One bash for the blocks of a page, one after the other: later ones see what earlier ones set."""

import itertools
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

POLL_SECONDS = 0.05
GRACE_SECONDS = 15.0
LOOP = """set -euo pipefail
while IFS= read -r block; do
    source "$block" > "$block.out" 2>&1 < /dev/null
    touch "$block.done"
done
"""


class Shell:
    """A bash that ends at the first command that fails, as `set -euo pipefail` says.

    Args:
        directory: where it stands.
        blocks: a new directory, for what is run and what it writes.
        environment: all of its variables.
    """

    def __init__(self, directory: Path, blocks: Path, environment: Mapping[str, str]) -> None:
        blocks.mkdir()
        self._blocks = blocks
        self._numbers = itertools.count(1)
        self._process = subprocess.Popen(
            ["bash", "--noprofile", "--norc", "-c", LOOP],
            cwd=directory,
            env=dict(environment),
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def run(self, script: str, seconds: float) -> str:
        """Runs a block to its end; returns what it wrote by then.

        Raises:
            AssertionError: a command failed, or it took longer.
        """
        block = self._write(script)
        done, output = block.with_suffix(".done"), block.with_suffix(".out")
        wait_for(lambda: done.exists() or self._process.poll() is not None, seconds, f"end of:\n{script}")
        printed = output.read_text()
        assert done.exists(), f"status {self._process.returncode} of:\n{script}\nIt printed:\n{printed}"
        return printed

    def begin(self, script: str) -> Callable[[], str]:
        """Starts a block that does not end by itself; returns a function that reads what it wrote so far."""
        block = self._write(f"{{\n{script}\n}} &\n")
        return lambda: _read(block.with_suffix(".out"))

    def close(self, seconds: float = GRACE_SECONDS) -> None:
        """Ends bash and what it left in the background; what does not go in time is killed."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            end_group(self._process.pid, number, seconds)
        self._process.wait()
        assert self._process.stdin is not None
        self._process.stdin.close()

    def _write(self, script: str) -> Path:
        block = self._blocks / f"{next(self._numbers):02}"
        block.write_text(script)
        assert self._process.stdin is not None
        self._process.stdin.write(f"{block}\n".encode())
        self._process.stdin.flush()
        return block


def end_group(group: int, number: signal.Signals, seconds: float) -> None:
    """Sends a signal to every process of a group that we started, and waits a while for them to be gone."""
    deadline = time.monotonic() + seconds
    try:
        os.killpg(group, number)
        while time.monotonic() < deadline and _alive(group):
            time.sleep(POLL_SECONDS)
    except ProcessLookupError:
        return


def wait_for(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Polls until a condition holds.

    Raises:
        AssertionError: it does not in time.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(POLL_SECONDS)


def _alive(group: int) -> bool:
    """Whether a process of a group runs; one that ended and was not waited for does not."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        fields = _read(path).rpartition(")")[2].split()
        if fields and int(fields[2]) == group and fields[0] != "Z":
            return True
    return False


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
