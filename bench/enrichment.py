"""The pure pipeline: words a CPU-second, by step, beside the bare model; memory, start, long texts."""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from bench import stories
from bench.figures import Figure, Goal, Row, Scale, Spread, Tell, at_least, at_most, number
from services.enrich.actors.model import ModelTagger
from services.enrich.actors.windows import pack
from services.enrich.pipeline import Pipeline, Story, load_pipeline
from services.enrich.sentences import split

MUST, AIM = 5_000, 10_000
LENGTHS = (100, 1_000, 10_000, 100_000)
FLAT = 1.5
MOST_MB = 250.0
MOST_SECONDS = 1.5

COLD = """
import time
began = time.perf_counter()
import json, sys
import psutil
from services.enrich.pipeline import Story, load_pipeline
load_pipeline().enrich(Story(**json.load(sys.stdin)))
print(json.dumps([time.perf_counter() - began, psutil.Process().memory_info().rss / 1e6]))
"""
"""What a process does from its start to its first enriched story: prints seconds and MB."""


def measure(scale: Scale, tell: Tell) -> Figure:
    """Enriches one story over and over in this process, and once in fresh ones."""
    pipeline, story = load_pipeline(), Story.from_document(stories.document())
    words = len(story.body.split())
    tagger, runs = ModelTagger(), max(5, scale.stories // 10)
    whole, alone, bare, steps = [], [], [], Counter[str]()
    windows = _windows(tagger, story.body)
    for turn in range(scale.rounds):
        tell(f"round {turn + 1} of {scale.rounds}")
        whole.append(runs * words / _seconds(lambda: _steps(pipeline, story, steps), runs))
        alone.append(runs * words / _seconds(lambda: tagger(story.body, split(story.body)), runs))
        bare.append(runs * words / _seconds(lambda: [tagger.run(*window) for window in windows], runs))
    cold = [_cold(story) for _ in range(scale.rounds)]
    ours, model, raw = Spread.of(whole), Spread.of(alone), Spread.of(bare)
    start, size = (Spread.of(values) for values in zip(*cold, strict=True))
    costs = {length: _cost(pipeline, length, tell) for length in LENGTHS}
    return Figure(
        "Words a CPU-second through the pipeline",
        f"One process, one thread, no server. A story of {words} words is enriched {runs} times a"
        " round; then the tagging model alone reads its body, and then the bare onnxruntime session the same"
        " windows, made beforehand.",
        (
            Row("whole enrichment", ours, "words/CPU-s"),
            Row("tagger: cutting, model, names", model, "words/CPU-s"),
            Row("bare session", raw, "words/CPU-s", "limit"),
            *(
                Row(f"share of step {name}", Spread.of([100 * spent / steps.total()]), "%")
                for name, spent in steps.items()
            ),
            *(Row(f"{length:,} words", Spread.of([cost]), "CPU-µs/word") for length, cost in costs.items()),
            Row("start to first enrichment", start, "s"),
            Row("resident memory after it", size, "MB"),
        ),
        (
            at_least("words a CPU-second", ours, MUST),
            at_least("words a CPU-second, aim", ours, AIM),
            at_least("tagger ÷ bare session", model / raw, 0.85),
            at_most("start", start, MOST_SECONDS, "s"),
            at_most("resident memory", size, MOST_MB, "MB"),
            _flat(costs),
        ),
    )


def _seconds(work: Callable[[], object], runs: int) -> float:
    """Returns the CPU-seconds of so many runs."""
    work()
    began = time.process_time()
    for _ in range(runs):
        work()
    return time.process_time() - began


def _steps(pipeline: Pipeline, story: Story, spent: Counter[str]) -> None:
    for step in pipeline.enrich(story)["enrichment"]["steps"]:
        spent[step["name"]] += step["duration_ms"]


def _windows(tagger: ModelTagger, body: str) -> list[tuple[Any, Any]]:
    """Returns what the model is given of a body."""
    pieces = tagger.cut(body)
    return [tagger.window(pieces, first, last) for first, last in pack(pieces, split(body))]


def _cold(story: Story) -> tuple[float, float]:
    given = json.dumps({"title": story.title, "body": story.body})
    done = subprocess.run(
        [sys.executable, "-c", COLD], input=given, capture_output=True, text=True, check=True
    )
    seconds, size = json.loads(done.stdout)
    return seconds, size


def _cost(pipeline: Pipeline, length: int, tell: Tell) -> float:
    """Returns the CPU-microseconds a word of a text of so many words."""
    tell(f"{length} words")
    words = stories.document()["body"].split(" ")
    body = " ".join((words * (length // len(words) + 1))[:length])
    runs = max(1, 5_000 // length)
    return _seconds(lambda: pipeline.enrich(Story("", body)), runs) / runs / length * 1e6


def _flat(costs: dict[int, float]) -> Goal:
    ratio = max(costs.values()) / min(costs.values())
    return Goal(f"dearest ÷ cheapest length ≤ {FLAT:g}", number(ratio), ratio <= FLAT)
