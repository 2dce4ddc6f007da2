"""The pipeline's peers, each in a process of the environment that `make beside` makes."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from bench.children import ROOT

PYTHON = ROOT / ".venv/peers/bin/python"
_REMEDY = "`make beside` installs it"


class PeerError(RuntimeError):
    """A peer cannot be measured; the message says which, why, and what to do."""


class Peer:
    """One peer that reads the same text over and over.

    Args:
        name: of `bench.peer.PEERS`, the package's own.
        given: the text as that peer wants it.
        python: of the environment that has it.

    Raises:
        PeerError: it is not there or does not start.
    """

    def __init__(self, name: str, given: Mapping[str, Any], python: Path = PYTHON) -> None:
        self._name = name
        try:
            self._process = subprocess.Popen(
                [str(python), "-m", "bench.peer", name],
                cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )  # fmt: skip
        except OSError as error:
            raise PeerError(f"{name} is not measured: {python} is not there. {_REMEDY}.") from error
        self.version = self._asked(json.dumps(given))

    def seconds(self, runs: int) -> float:
        """Returns the CPU-seconds of so many readings.

        Raises:
            PeerError: it has ended.
        """
        return float(self._asked(str(runs)))

    def close(self) -> None:
        """Ends it; twice is fine."""
        self._process.kill()
        with self._process:
            pass  # waits, and closes the pipes

    def _asked(self, line: str) -> str:
        written, read, told = self._process.stdin, self._process.stdout, self._process.stderr
        assert written
        assert read
        assert told
        answer = said = ""
        if not written.closed:
            with suppress(BrokenPipeError):
                print(line, file=written, flush=True)
            answer = read.readline().strip()
            said = "" if answer else told.read().strip().rpartition("\n")[2]
        if not answer:
            self.close()
            raise PeerError(f"{self._name} is not measured: {said or 'it has ended'}. {_REMEDY}.")
        return answer


@contextmanager
def running(
    wanted: Mapping[str, Mapping[str, Any]], python: Path = PYTHON
) -> Iterator[tuple[dict[str, Peer], list[str]]]:
    """Yields the peers that start, by name, and a sentence for each that does not; ends them afterwards."""
    found: dict[str, Peer] = {}
    missing: list[str] = []
    try:
        for name, given in wanted.items():
            try:
                found[name] = Peer(name, given, python)
            except PeerError as error:
                missing.append(str(error))
        yield found, missing
    finally:
        for peer in found.values():
            peer.close()
