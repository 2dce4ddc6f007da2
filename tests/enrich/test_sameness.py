"""The same story gives the same bytes: in any process, on any thread, after whatever was read before."""

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.enrich.pipeline import Story
from tests.enrich.known import PIPELINE
from tests.gold.gold import load

_HOSTILE = (
    Story("KENYA AND CHAD", "KENYA TOLD THE UN. THE WHO SAID NO. " * 40),
    Story("a visit", "iraqi prime minister omar hadi met hamas officials in tehran. he said it went well."),
    Story("Smiths", "Mary Smith met John Smith. Smith said that Smith's brother, a Smith, had left. " * 10),
    Story(
        "\u200fHamas\u200e",
        "Ha\u200bmas\u00ad met \u202eGuterres\u202c \U0001f469\u200d\U0001f680 in Iraq\ufeff.",
    ),
    Story("<p>Talks", "<ul><li>Kenya</li><li>Chad & Mali</li></ul>" * 20 + "<script>Kenya said no."),
    Story("Tables", "| Kenya | 4 |\n| Chad | 5 |\n" * 60),
    Story("No stops", "Ana Ruiz of Acme told Kenya that " * 200),
    Story(
        "Gespr\u00e4che",
        "Die Bundesregierung hat am Montag mit Kenia und dem Iran \u00fcber Hilfen gesprochen.",
        "de",
    ),
    Story(
        "\u0643\u064a\u0646\u064a\u0627",
        "\u0648\u0635\u0644 \u0627\u0644\u0648\u0632\u064a\u0631 \u0625\u0644\u0649 Kenya. " * 20,
    ),
)
_READ = """
import sys, orjson
from services.enrich.pipeline import Story, load_pipeline
from tests.enrich.test_sameness import answer
pipeline = load_pipeline()
for told in orjson.loads(sys.stdin.buffer.read()):
    sys.stdout.buffer.write(answer(pipeline, Story(*told)) + b"\\n")
"""


def answer(pipeline: Any, story: Story) -> bytes:
    """Returns what a pipeline makes of a story, but for how long that took."""
    enrichment = pipeline.enrich(story)
    for step in enrichment["enrichment"]["steps"]:
        del step["duration_ms"]
    return orjson.dumps(enrichment)


def stories() -> list[Story]:
    """Returns a few stories of the gold, and some that no desk would write."""
    return [*(Story(each.title, each.body) for each in load()[::13]), *_HOSTILE]


def answers(of: Sequence[Story]) -> list[bytes]:
    return [answer(PIPELINE, story) for story in of]


@pytest.mark.no_cover
@pytest.mark.parametrize(("seed", "threads", "backwards"), [("0", "4", True), ("4242", "16", False)])
def test_another_process_gives_the_same_bytes(seed: str, threads: str, backwards: bool) -> None:
    told = stories()[::-1] if backwards else stories()
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    given = {**os.environ, **dict.fromkeys(names, threads), "PYTHONHASHSEED": seed}
    made = subprocess.run(
        [sys.executable, "-c", _READ],
        input=orjson.dumps([astuple(story) for story in told]),
        env=given,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
    )
    assert made.stdout.splitlines() == answers(told)


@pytest.mark.no_cover
def test_many_threads_at_once_give_the_same_bytes() -> None:
    told = stories()
    wanted = dict(zip(told, answers(told), strict=True))
    jumbled = [story for turn in range(2) for story in (*told[turn:], *told[:turn])]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda story: answer(PIPELINE, story), jumbled))
    assert all(answer == wanted[story] for story, answer in zip(jumbled, found, strict=True))


@pytest.mark.no_cover
def test_what_was_read_before_changes_nothing() -> None:
    told = stories()
    first = answers(told)
    for story in told:
        PIPELINE.enrich(Story(story.body[:200], story.title, "en", 1, "1990-01-01T00:00:00Z"))
    assert answers(told[::-1])[::-1] == first
