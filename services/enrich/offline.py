"""The pipeline without any server: stories as NDJSON in, enrichments as NDJSON out, in order."""

import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import IO, Any, Final

import orjson

from copydesk.contracts import violations
from services.enrich.pipeline import Pipeline, Story, load_pipeline

MAX_LINE: Final = 8 * 1024 * 1024
"""Bytes. A longer line is answered with an error, and never held in memory as a whole."""

_BATCH: Final = 16
_AHEAD: Final = 3
_PROGRESS_EVERY: Final = 1000

Numbered = tuple[int, bytes]
Answer = dict[str, Any]


class StoryError(ValueError):
    """The input is no story; the message says why."""


def enrich_bytes(data: bytes, pipeline: Pipeline) -> Answer:
    """Returns the enrichment of one story as JSON, with its `uri` where it has one.

    Raises:
        StoryError: it is no JSON, or breaks the story's schema.
    """
    document = read_story(data)
    uri = {"uri": document["uri"]} if "uri" in document else {}
    return {**uri, **pipeline.enrich(Story.from_document(document))}


def read_story(data: bytes) -> dict[str, Any]:
    """Returns the document of one story as JSON, valid.

    Raises:
        StoryError: it is no JSON, or breaks the story's schema.
    """
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise StoryError(f"no JSON: {error}") from error
    found = violations("story", document, limit=1)
    if found:
        raise StoryError(f"{found[0].pointer or '/'}: {found[0].message}")
    story: dict[str, Any] = document
    return story


def main_jsonl(
    stdin: IO[bytes], stdout: IO[bytes], stderr: IO[str], jobs: int = 1, *, catalogue: Path | None = None
) -> int:
    """Enriches a story a line; returns the exit code: 0, or 1 where a line was bad.

    A bad line is answered in its place with `{"error": ..., "line": n}`, counted from 1; an empty one is left
    out. At most a few batches a process are in memory at once.

    Args:
        stdin: NDJSON in UTF-8.
        stdout: the answers, one a line.
        stderr: progress, for a person.
        jobs: how many processes; 1 runs here.
        catalogue: a file that extends the built-in catalogue.

    Raises:
        CatalogueError: the catalogue cannot be used.
    """
    batches = _batches(_lines(stdin))
    answered = _here(batches, catalogue) if jobs <= 1 else _spread(batches, catalogue, jobs)
    done = bad = 0
    for line, failed in answered:
        stdout.write(line + b"\n")
        done, bad = done + 1, bad + failed
        if done % _PROGRESS_EVERY == 0:
            stderr.write(f"{done} stories\n")
    stdout.flush()
    stderr.write(f"{done} stories, {bad} bad\n")
    return 1 if bad else 0


def _lines(stdin: IO[bytes]) -> Iterator[Numbered]:
    number = 0
    while line := stdin.readline(MAX_LINE):
        number += 1
        rest = line
        while len(rest) == MAX_LINE and not rest.endswith(b"\n"):
            rest = stdin.readline(MAX_LINE)
            line = b""  # answered as bad: no story is empty
        if line.strip() or rest is not line:
            yield number, line


def _batches(lines: Iterator[Numbered]) -> Iterator[list[Numbered]]:
    while batch := list(islice(lines, _BATCH)):
        yield batch


def _here(batches: Iterable[list[Numbered]], catalogue: Path | None) -> Iterator[tuple[bytes, bool]]:
    pipeline = load_pipeline(catalogue)
    for batch in batches:
        yield from _answers(batch, pipeline)


def _spread(
    batches: Iterator[list[Numbered]], catalogue: Path | None, jobs: int
) -> Iterator[tuple[bytes, bool]]:
    load_pipeline(catalogue)  # a broken catalogue is told here, not by a dead process
    waiting: deque[Future[list[tuple[bytes, bool]]]] = deque()
    with ProcessPoolExecutor(jobs, get_context("spawn"), _start, (catalogue,)) as pool:
        for batch in islice(batches, jobs * _AHEAD):
            waiting.append(pool.submit(_work, batch))
        while waiting:
            yield from waiting.popleft().result()
            for batch in islice(batches, 1):
                waiting.append(pool.submit(_work, batch))


_process: dict[str, Pipeline] = {}


def _start(catalogue: Path | None) -> None:
    _process["pipeline"] = load_pipeline(catalogue)


def _work(batch: list[Numbered]) -> list[tuple[bytes, bool]]:
    return _answers(batch, _process["pipeline"])


def _answers(batch: list[Numbered], pipeline: Pipeline) -> list[tuple[bytes, bool]]:
    return [_answer(number, line, pipeline) for number, line in batch]


def _answer(number: int, line: bytes, pipeline: Pipeline) -> tuple[bytes, bool]:
    """Returns one line of output, and whether the line was bad."""
    try:
        return orjson.dumps(enrich_bytes(line, pipeline)), False
    except StoryError as error:
        return orjson.dumps({"error": str(error), "line": number}), True


if __name__ == "__main__":
    sys.exit(main_jsonl(sys.stdin.buffer, sys.stdout.buffer, sys.stderr, int((sys.argv[1:] or ["1"])[0])))
