"""A worker whose pipeline does what a story's title says: crash, hang, or run out of memory."""

import contextlib
import ctypes
import sys
import time
from typing import Any

from copydesk import process
from copydesk.settings import EnrichSettings
from services.enrich import worker
from services.enrich.pipeline import Story, load_pipeline


class HostilePipeline:
    """The real pipeline, but for stories whose title begins with `poison:`."""

    def __init__(self) -> None:
        self._pipeline = load_pipeline()

    def enrich(self, story: Story) -> dict[str, Any]:
        """Enriches a story, or does harm."""
        kind = story.title.removeprefix("poison: ")
        if kind == "segfault":
            ctypes.string_at(0)
        if kind == "soft":
            time.sleep(60)
        if kind == "hard":
            _ignore_everything(time.monotonic() + 60)
        if kind == "memory":
            raise MemoryError
        if kind == "error":
            raise RuntimeError("a fault of the pipeline")
        enrichment = self._pipeline.enrich(story)
        if kind == "output":
            enrichment["actors"] = [{"id": "nobody"}]
        if kind == "offsets":
            enrichment["highlights"] = [{"text": "elsewhere", "start": 0, "end": 9, "rank": 1, "score": 1.0}]
        return enrichment


def _ignore_everything(until: float) -> None:
    while time.monotonic() < until:
        with contextlib.suppress(Exception):  # its time limit too: that is its poison
            time.sleep(60)


def main() -> int:
    """Runs the worker."""
    settings = process.begin("python -m tests.system.hostile", __doc__, EnrichSettings, "enrich")
    worker.run(worker.create_worker(settings, HostilePipeline()), settings)
    return 0


if __name__ == "__main__":
    sys.exit(main())
