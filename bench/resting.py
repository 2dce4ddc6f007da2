"""`python -m bench.resting`: a worker of enrich that costs everything but the pure pipeline.

It computes the enrichment of the bench's story once, while it starts. To every story it gives that one, after
a rest as long as computing took. All else is the worker's own.
"""

import sys
import time
from dataclasses import replace
from typing import Any
from unittest import mock

from bench import stories
from bench.children import ROOT
from services.embedded.child import Command
from services.enrich import __main__ as worker
from services.enrich import pipeline
from services.enrich.pipeline import Pipeline, Story

MODULE = "services.enrich"
_TIMES = 5


class Resting:
    """An enricher that computes nothing.

    Args:
        real: what computes the one enrichment.
    """

    def __init__(self, real: Pipeline) -> None:
        story = Story.from_document(stories.document())
        self._found = real.enrich(story)  # what is slow only the first time is done
        began = time.perf_counter()
        for _ in range(_TIMES):
            real.enrich(story)
        self._seconds = (time.perf_counter() - began) / _TIMES

    def enrich(self, _story: Story) -> dict[str, Any]:
        """Returns the one enrichment; of other stories than the bench's it is not true."""
        time.sleep(self._seconds)
        return self._found


def instead(command: Command) -> Command:
    """Returns the command of a worker with its pipeline at rest; any other command as it is."""
    if MODULE not in command.argv:
        return command
    argv = tuple(__spec__.name if part == MODULE else part for part in command.argv)
    return replace(command, argv=argv, environment={**command.environment, "PYTHONPATH": str(ROOT)})


def main() -> int:
    """Runs the worker until it is told to stop."""
    load = pipeline.load_pipeline
    with mock.patch.object(pipeline, "load_pipeline", lambda **options: Resting(load(**options))):
        return worker.main()


if __name__ == "__main__":
    sys.exit(main())
