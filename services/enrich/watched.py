"""A pipeline whose catalogue file may change while it works."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import structlog

from services.enrich.catalogue import CatalogueError
from services.enrich.pipeline import Story, load_pipeline

log = structlog.get_logger(__name__)
PAUSE: Final = 2.0
"""Seconds between two looks at the file."""

Print = tuple[int, int, int]


class WatchedPipeline:
    """The pipeline over a catalogue file, made anew between two stories after the file has changed.

    A file that cannot be used any more is told once in the log, and the catalogue before it stays.

    Args:
        path: the file; see `catalogue.load`.
        passthrough: see `Pipeline`.
        pause: seconds between two looks at the file.
        clock: what tells the time, in seconds.

    Raises:
        CatalogueError: the file cannot be used at the start.
    """

    def __init__(
        self,
        path: Path,
        passthrough: tuple[type[BaseException], ...] = (MemoryError,),
        *,
        pause: float = PAUSE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = path
        self._passthrough = passthrough
        self._pause = pause
        self._clock = clock
        self._seen = _print(path)  # before it is read, so that a change meanwhile is seen later
        self._pipeline = load_pipeline(path, passthrough)
        self._next_look = clock() + pause

    def enrich(self, story: Story) -> dict[str, Any]:
        """Returns the enrichment of one story; see `Pipeline.enrich`."""
        now = self._clock()
        if now >= self._next_look:
            self._next_look = now + self._pause
            self._look()
        return self._pipeline.enrich(story)

    def _look(self) -> None:
        seen = _print(self._path)
        if seen == self._seen:
            return
        try:
            self._pipeline = load_pipeline(self._path, self._passthrough)
        except CatalogueError as error:
            log.error("catalogue.rejected", error=str(error), kept=self._pipeline.catalogue)  # noqa: TRY400 - its sentence says it all
        else:
            log.info("catalogue.loaded", version=self._pipeline.catalogue)
        self._seen = seen  # not where a time limit came between: then it is read again


def _print(path: Path) -> Print | None:
    """Returns what changes with a file's content: when it was written, its size, which file it is."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
