"""`python -m bench.ceiling`: where the tagging model's time goes, and what this processor could do at best.

It runs the model on the windows of the bench's story while onnxruntime profiles it, and takes each operator's
best of all rounds, so that what else the machine does stays out. Beside it numpy multiplies large matrices of
32-bit floats. Prints a table, and how many words a CPU-second there would be if nothing else took any time.
"""

import argparse
import json
import math
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy

import numpy as np
import onnxruntime

from bench import machine, stories
from services.enrich.actors.model import FOLDER, ModelTagger, options
from services.enrich.actors.windows import pack
from services.enrich.sentences import split

SIDE: Final = 1024
FASTER: Final = 2
"""How many bytes AVX2 multiplies in the time of a float: 32 take two instructions, 8 floats one."""

_PRODUCTS: Final = "DynamicQuantizeMatMul"
_ATTENTION: Final = "MultiHeadAttention"
Event = Mapping[str, Any]


class Spent(NamedTuple):
    """What one kind of operator takes for the story: seconds, and how many products it adds up."""

    seconds: float
    products: int = 0

    def __add__(self, other: "Spent") -> "Spent":  # type: ignore[override] # sums, not one after the other
        return Spent(self.seconds + other.seconds, self.products + other.products)


def spent(windows: Sequence[Sequence[Event]]) -> dict[str, Spent]:
    """Returns what each kind of operator takes, the dearest first.

    Args:
        windows: of each window the events of its runs, as onnxruntime profiles them.
    """
    found: dict[str, Spent] = defaultdict(lambda: Spent(0))
    for events in windows:
        best: dict[str, Event] = {}
        for event in events:
            if event["name"] not in best or event["dur"] < best[event["name"]]["dur"]:
                best[event["name"]] = event
        for event in best.values():
            kind = event["args"]["op_name"]
            found[kind] += Spent(event["dur"] / 1e6, _products(kind, event["args"]["input_type_shape"]))
    return dict(sorted(found.items(), key=lambda item: -item[1].seconds))


def _products(kind: str, inputs: Sequence[Mapping[str, Sequence[int]]]) -> int:
    """Returns how many products an operator adds up, for the two kinds that multiply matrices."""
    shapes = [next(iter(each.values())) for each in inputs]
    if kind == _PRODUCTS:  # its matrix was packed before: what is left of it is a scale a column
        return math.prod(shapes[0]) * shapes[1][0]
    if kind == _ATTENTION:
        batch, pieces, width = shapes[0]
        return 2 * batch * pieces * pieces * width
    return 0


def profiled(tagger: ModelTagger, body: str, rounds: int) -> Iterator[list[Event]]:
    """Yields of each window of a text the events of so many runs."""
    pieces = tagger.cut(body)
    windows = [tagger.window(pieces, first, last) for first, last in pack(pieces, split(body))]
    for ids, shapes in windows:
        with tempfile.TemporaryDirectory() as folder:
            settings = options()
            settings.enable_profiling = True
            settings.profile_file_prefix = str(Path(folder) / "profile")
            session = onnxruntime.InferenceSession(
                str(FOLDER / "model.onnx"), settings, providers=["CPUExecutionProvider"]
            )
            for _ in range(rounds):
                session.run(["logits"], {"ids": ids, "shapes": shapes})
            events = json.loads(Path(session.end_profiling()).read_text("utf-8"))
        yield [event for event in events if event["name"].endswith("_kernel_time")]


def floats(rounds: int) -> float:
    """Returns how many products of 32-bit floats numpy adds up in a CPU-second, on one thread, at best."""
    left = np.ones((SIDE, SIDE), np.float32)
    best = math.inf
    for _ in range(rounds):
        began = time.process_time()
        left @ left
        best = min(best, time.process_time() - began)
    return SIDE**3 / best


def table(found: Mapping[str, Spent], rate: float, words: int) -> Iterator[str]:
    """Yields the lines of the table, in Markdown, and what follows from it.

    Args:
        found: see `spent`.
        rate: see `floats`.
        words: of the story.
    """
    whole = sum(each.seconds for each in found.values())
    yield "| operator | share | ms a story | 10⁹ products/s |"
    yield "| --- | ---: | ---: | ---: |"
    for kind, each in found.items():
        if each.seconds >= whole / 100:
            speed = f"{each.products / each.seconds / 1e9:.0f}" if each.products else ""
            yield f"| {kind} | {each.seconds / whole:.0%} | {each.seconds * 1e3:.1f} | {speed} |"
    yield f"| the model | 100% | {whole * 1e3:.1f} | |"
    yield f"| 32-bit floats, numpy | | | {rate / 1e9:.0f} |"
    yield f"| bytes with AVX2, at best | | | {FASTER * rate / 1e9:.0f} |"
    yield ""
    least = found[_PRODUCTS].products / (FASTER * rate)
    yield (
        f"At that rate the matrices alone would take {least * 1e3:.0f} ms of a story of {words} words:"
        f" {words / least:,.0f} words a CPU-second if nothing else took any time. {machine.vectors()}"
    )


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=40, help="how often each window is read")
    args = parser.parse_args()
    body = stories.document()["body"]
    found = spent(list(profiled(ModelTagger(), body, args.rounds)))
    for line in table(found, floats(args.rounds), len(body.split())):
        print(line)


if __name__ == "__main__":
    main()
