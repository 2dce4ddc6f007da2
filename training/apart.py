"""Keeps each source out of training in turn, and prints how the model fares on it beside one that saw it."""

import argparse
import json
import logging
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Final, NamedTuple

from services.enrich.actors.model import ModelTagger
from services.enrich.sentences import split
from training.corpora import SOURCES
from training.figures import CLASS_OF, CLASSES, Figures
from training.texts import texts

_log = logging.getLogger("training")

NONE: Final = "none"
"""The name of the model that no source is kept from."""


class Schedule(NamedTuple):
    """How long each model is trained, the same for all."""

    steps: int
    size: int
    threads: int


def commands(kept: str, folder: Path, schedule: Schedule) -> Iterator[list[str]]:
    """Yields the modules and arguments that make the model that a source is kept from: train, then export.

    Args:
        kept: a source, or `NONE`.
        folder: holds what convert wrote, `sources.jsonl`; the model goes into a folder of the source's name.
        schedule: of the training.
    """
    checkpoint = str(folder / f"{kept}.pt")
    without = [] if kept == NONE else ["--without", kept]
    steps = ["--steps", str(schedule.steps), "--size", str(schedule.size), "--threads", str(schedule.threads)]
    sources = str(folder / "sources.jsonl")
    yield ["training.train", sources, "--to", checkpoint, "--unchecked", *steps, *without]
    yield ["training.export", checkpoint, "--to", str(folder / kept), "--version", f"apart-{kept}"]


def make(kept: str, folder: Path, schedule: Schedule) -> None:
    """Makes one model, unless a run before this one has; its log lies beside it.

    Raises:
        CalledProcessError: the training or the export failed; the log says why.
        SystemExit: the folder holds models of another schedule.
    """
    model, told = folder / kept / "model.onnx", folder / f"{kept}.json"
    wanted = json.dumps(schedule._asdict())
    if model.exists():
        if told.read_text("utf-8") != wanted:
            raise SystemExit(f"{folder} holds models of another schedule: remove it, or name another by --to")
        return
    _log.info("training without %s", kept)
    told.write_text(wanted, "utf-8")
    with (folder / f"{kept}.log").open("w", encoding="utf-8") as log:
        for command in commands(kept, folder, schedule):
            _run(command, log)


def _run(command: Sequence[str], log: IO[str] | None = None) -> None:
    subprocess.run([sys.executable, "-m", *command], stdout=log, stderr=log, check=True)  # noqa: S603 - our own


def figures(path: Path, model: ModelTagger) -> Figures:
    """Returns what the model alone finds in the dev documents of one source."""
    counts = Figures()
    for text in texts(path):
        found = model(text.body, split(text.body))
        counts.add({(name.start, name.end, CLASS_OF.get(name.label, "OTHER")) for name in found}, text.names)
    return counts


def table(rows: Mapping[str, tuple[Figures, Figures]]) -> str:
    """Returns F1 on each source by the model that has not seen it and by the one that has, in Markdown."""
    head = ["kept out", *(f"{kind}, not seen" for kind in CLASSES), "all, not seen", "all, seen", "lost"]
    lines = [f"| {' | '.join([*head, 'names'])} |", "| --- |" + " ---: |" * len(head)]
    for name, (apart, seen) in rows.items():
        classes = [apart.of(kind)[2] for kind in CLASSES]
        without, with_ = apart.of(*CLASSES)[2], seen.of(*CLASSES)[2]
        cells = " | ".join(f"{cell:.1f}" for cell in (*classes, without, with_, with_ - without))
        lines.append(f"| {name} | {cells} | {sum(apart.gold.values())} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="the folder of the sources")
    parser.add_argument(
        "--to", type=Path, default=Path("build/apart"), help="the folder of the models and logs"
    )
    parser.add_argument(
        "--sources", nargs="+", choices=SOURCES[1:-1], default=SOURCES[1:-1], help="to keep out in turn"
    )
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--size", type=int, default=2560, help="pieces a batch")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    args.to.mkdir(parents=True, exist_ok=True)
    sources = args.to / "sources.jsonl"
    if not sources.exists():
        _run(["training.convert", str(args.data), "--to", str(sources)])
    schedule = Schedule(args.steps, args.size, args.threads)
    for kept in (NONE, *args.sources):
        make(kept, args.to, schedule)
    seen = ModelTagger(args.to / NONE)
    rows = {}
    for kept in args.sources:
        path = args.data / f"{kept}.jsonl"
        rows[kept] = figures(path, ModelTagger(args.to / kept)), figures(path, seen)
    print(f"{schedule.steps} steps of at most {schedule.size} pieces each.\n", table(rows), sep="\n")


if __name__ == "__main__":
    main()
