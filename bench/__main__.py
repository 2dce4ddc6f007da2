"""`python -m bench`: measures what copydesk costs, and writes docs/performance.md.

It starts PostgreSQL, Redis and copydesk itself on loopback with data of their own, measures one figure after
the other, each in turn with its peer, and stops and removes everything, also after Ctrl-C. A whole run takes
three quarters of an hour and up to 16 GB of disk; --quick about ten minutes. Leave the machine alone
meanwhile: what else it does is in the figures.

`--only publish` stands for all that is about deliveries. A short look at the same:
    python -m bench --only publish --quick --seconds 10
"""

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bench import (
    attempts,
    deliveries,
    delivery_cost,
    enrichment,
    fairness,
    hanging,
    ingest,
    latency,
    machine,
    matching,
    memory,
    overhead,
    page,
    stored,
    stories,
    workers,
)
from bench.figures import FULL, QUICK, Figure, Scale, Tell
from bench.terminal import Terminal
from bench.tree import grown

MOST_SECONDS = 86_400.0
MOST_ATTEMPTS = 1_000_000_000
PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
FIGURES: dict[str, Callable[[Scale, Tell], Figure]] = {
    "ingest": ingest.measure,
    "overhead": overhead.measure,
    "latency": latency.measure,
    "matching": matching.measure,
    "deliveries": deliveries.measure,
    "delivery-cost": delivery_cost.measure,
    "hanging": hanging.measure,
    "fairness": fairness.measure,
    "attempts": attempts.measure,
    "workers": workers.measure,
    "stored": stored.measure,
    "memory": memory.measure,
    "enrichment": enrichment.measure,
}
GROUPS = {"publish": ("deliveries", "delivery-cost", "hanging", "fairness")}


def parser() -> argparse.ArgumentParser:
    """Returns what reads the command line."""
    made = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--quick", action="store_true", help="fewer stories, and at most 100 000 stored")
    made.add_argument(
        "--only", choices=(*FIGURES, *GROUPS), action="append", metavar="NAME",
        help=f"measure only this, and write no page; may be repeated: {', '.join((*FIGURES, *GROUPS))}",
    )  # fmt: skip
    made.add_argument(
        "--seconds", type=_seconds, metavar="S",
        help=f"of deliveries, all rounds together: {FULL.sustained:g}, or {QUICK.sustained:g} when quick",
    )  # fmt: skip
    made.add_argument(
        "--attempts", type=_count, metavar="N",
        help=f"in the attempt log: {FULL.attempts:,}, or {QUICK.attempts:,} when quick",
    )  # fmt: skip
    made.add_argument(
        "--page", type=Path, metavar="FILE", help=f"where to write the page instead of {PAGE.name}"
    )
    return made


def main(arguments: Sequence[str] | None = None, terminal: Terminal | None = None) -> int:
    """Measures and writes; returns 1 where a figure could not be measured, 130 after Ctrl-C."""
    given = parser().parse_args(arguments)
    shown = terminal or Terminal()
    before = machine.load()
    if machine.is_busy(before):
        shown.line(f"The machine is busy (load {before:.1f}): these figures will be worse than copydesk is.")
    names = chosen(given.only)
    try:
        with shown.working(len(names)):
            figures = _measure(names, scale(given), shown)
            described = _machine() if len(figures) == len(names) else {}
    except KeyboardInterrupt:
        shown.line("Interrupted: everything is stopped and removed.")
        return 130
    if not described:
        return 1
    target = given.page or (None if given.only else PAGE)
    if target:
        _write(target, figures, {**described, "load before": f"{before:.1f}"}, command(given))
        shown.line(f"Wrote {target.name}.")
    return 0


def chosen(only: Sequence[str] | None) -> list[str]:
    """Returns which figures are measured: all, or those that are named, alone or by their group."""
    wanted = {name for given in only or FIGURES for name in GROUPS.get(given, (given,))}
    return [name for name in FIGURES if name in wanted]


def scale(given: argparse.Namespace) -> Scale:
    """Returns how much is measured."""
    most = QUICK if given.quick else FULL
    named = {"sustained": given.seconds, "attempts": given.attempts}
    return replace(most, **{name: value for name, value in named.items() if value})


def _seconds(text: str) -> float:
    """Reads an option.

    Raises:
        ValueError: it is no number of seconds in which something can be delivered.
    """
    if not 1 <= (seconds := float(text)) <= MOST_SECONDS:
        raise ValueError(text)
    return seconds


def _count(text: str) -> int:
    """Returns how many attempts are wanted.

    Raises:
        ValueError: it is no number, or none to store; the parser says so.
    """
    if not 1 <= (count := int(text)) <= MOST_ATTEMPTS:
        raise ValueError(text)
    return count


def command(given: argparse.Namespace) -> str:
    """Returns what a person types to measure the same again."""
    options = ["--quick"] * given.quick + [f"--only {name}" for name in given.only or ()]
    options += [f"--seconds {given.seconds:g}"] if given.seconds else []
    options += [f"--attempts {given.attempts}"] if given.attempts else []
    return " ".join(("python -m bench", *options)) if options else "make bench"


def _measure(names: Sequence[str], scale: Scale, shown: Terminal) -> list[Figure]:
    """Measures one after the other; one that fails costs no other."""
    figures = []
    for name in names:
        tell = shown.teller(name)
        tell("starting")
        try:
            figures.append(FIGURES[name](scale, tell))
        except Exception as error:  # noqa: BLE001 - said, and the run fails at its end
            shown.failure(name, error)
        else:
            shown.figure(figures[-1])
    return figures


def _machine() -> dict[str, str]:
    with grown(only=()) as tree:
        return tree.describe()


def _write(target: Path, figures: Sequence[Figure], described: dict[str, str], typed: str) -> None:
    words = len(stories.document()["body"].split())
    today = datetime.now(UTC).date().isoformat()
    target.write_text(
        page.render(figures, machine=described, command=typed, date=today, words=words), "utf-8"
    )


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends it as Ctrl-C does
    sys.exit(main())
