"""The pure pipeline: words a CPU-second, by step, beside the bare model; memory, start, long texts."""

import json
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from bench import machine, peers, stories, walk
from bench.figures import Figure, Goal, Row, Scale, Spread, Tell, at_least, at_most, number
from services.enrich.actors.model import ModelTagger
from services.enrich.actors.windows import pack
from services.enrich.pipeline import Pipeline, Story
from services.enrich.sentences import split

MUST, AIM = 5_000, 10_000
READ_WHOLE = (100, 1_000, 10_000)
LENGTHS = (*READ_WHOLE, 100_000)  # words; of the last the tagger reads a part
FLAT = 1.5
MOST_MB = 250.0
MOST_SECONDS = 1.5
MOST_HIGHLIGHTS_MS = 5.0  # of the story, which is as long as most
_HOW = (
    "One process, one thread, no server; large pages of memory where there are any, and what is loaded left"
    " out of the search for garbage, as in a worker. A story is enriched; then the tagging model alone reads"
    " its body, and then the bare onnxruntime session the same windows, made beforehand. A step's words a"
    " second are those of the whole by its share of the time. In turn with these spaCy's blank English"
    " tagger, taught for a moment by the names of this story, finds names: its like is the tagger."
    " sumy's LexRank, given the sentences, chooses three: its like is the step highlights."
)
_UNIT = "words/CPU-s"
_PEERS = {"spacy": "spaCy's blank tagger", "sumy": "sumy's LexRank"}

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
    """Enriches one story over and over in this process, in turn with its peers, and once in fresh ones."""
    tagger, story = ModelTagger(), Story.from_document(stories.document())
    pipeline, runs = walk.settled_pipeline(), max(5, scale.stories // 10)
    with peers.running(_given(tagger, story.body)) as (beside, missing):
        found = _rates(pipeline, tagger, story, beside, runs=runs, rounds=scale.rounds, tell=tell)
        versions = {name: peer.version for name, peer in beside.items()}
    cold = [_cold(story) for _ in range(scale.rounds)]
    start, size = (Spread.of(values) for values in zip(*cold, strict=True))
    costs = {length: _cost(pipeline, length, tell) for length in LENGTHS}
    ours, model, raw = found["whole"], found["tagger"], found["bare"]
    words = len(story.body.split())
    chosen = a_story(found["step highlights"], words)
    return Figure(
        "Words a CPU-second through the pipeline",
        f"{_HOW} The story has {words} words and is read {runs} times a round.",
        (
            Row("whole enrichment", ours, _UNIT),
            Row("tagger: cutting, model, names", model, _UNIT),
            Row("bare session", raw, _UNIT, "limit"),
            *(Row(name, spread, _UNIT) for name, spread in found.items() if name.startswith("step")),
            Row("highlights of the story", chosen, "ms"),
            *(Row(f"{_PEERS[name]} {of}", found[name], _UNIT, "peer") for name, of in versions.items()),
            *(Row(f"{length:,} words", Spread.of([cost]), "CPU-µs/word") for length, cost in costs.items()),
            Row("start to first enrichment", start, "s"),
            Row("resident memory after it", size, "MB"),
        ),
        (
            at_least("words a CPU-second", ours, MUST),
            at_least("words a CPU-second, aim", ours, AIM),
            at_least("tagger ÷ bare session", model / raw, 0.85),
            at_most("highlights of a story", chosen, MOST_HIGHLIGHTS_MS, "ms"),
            at_most("start", start, MOST_SECONDS, "s"),
            at_most("resident memory", size, MOST_MB, "MB"),
            _flat(costs),
        ),
        (*missing, machine.vectors()),
    )


def a_story(rate: Spread, words: int) -> Spread:
    """Returns the milliseconds of a story of so many words at a rate of words a second."""
    return Spread.of(words / each * 1000 for each in rate.values)


def _rates(  # noqa: PLR0913 - what is measured, and how often
    pipeline: Pipeline,
    tagger: ModelTagger,
    story: Story,
    beside: Mapping[str, peers.Peer],
    *,
    runs: int,
    rounds: int,
    tell: Tell,
) -> dict[str, Spread]:
    """Returns the words a CPU-second of the whole, its steps, the model alone and bare, and the peers."""
    read = runs * len(story.body.split())
    windows = _windows(tagger, story.body)
    found: dict[str, list[float]] = defaultdict(list)
    for turn in range(rounds):
        tell(f"round {turn + 1} of {rounds}")
        steps: Counter[str] = Counter()
        found["whole"].append(read / _seconds(partial(_steps, pipeline, story, steps), runs))
        found["tagger"].append(read / _seconds(lambda: tagger(story.body, split(story.body)), runs))
        found["bare"].append(read / _seconds(lambda: [tagger.run(*window) for window in windows], runs))
        for name, peer in beside.items():
            found[name].append(read / peer.seconds(runs))
        for name, spent in steps.items():
            found[f"step {name}"].append(found["whole"][-1] * steps.total() / spent)
    return {name: Spread.of(values) for name, values in found.items()}


def _given(tagger: ModelTagger, body: str) -> dict[str, dict[str, Any]]:
    """Returns for each peer what it is to read."""
    sentences = split(body)
    names = [(name.start, name.end, name.label) for name in tagger(body, sentences)]
    return {
        "spacy": {"body": body, "names": names},
        "sumy": {"sentences": [body[sentence.start : sentence.end] for sentence in sentences]},
    }


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
    ratio = max(costs.values()) / min(costs[length] for length in READ_WHOLE)
    return Goal(f"dearest length ÷ cheapest that is read whole ≤ {FLAT:g}", number(ratio), ratio <= FLAT)
