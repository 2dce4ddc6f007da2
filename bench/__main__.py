"""`python -m bench`: measures what copydesk costs, and shows it; with --renew also on docs/performance.md.

It starts PostgreSQL, Redis and copydesk itself on loopback with data of their own, measures one figure after
the other, each in turn with its peer, and stops and removes everything, also after Ctrl-C. A whole run takes
an hour or more and up to 16 GB of disk; --quick about ten minutes. Leave the machine alone
meanwhile: what else it does is in the figures. With --renew each figure takes its former place on the page as
soon as it is measured; those that are not measured stay as they are.

`--only publish` stands for all that is about deliveries. A short look at the same:
    python -m bench --only publish --quick --seconds 10
"""

import argparse
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
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
    kept,
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
from bench.kept import Measured
from bench.terminal import Terminal
from bench.tree import grown

MOST_SECONDS = 86_400.0
MOST = 1_000_000_000
PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
KEPT = Path(__file__).parent / "measured.json"
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
        help=f"measure only this; may be repeated: {', '.join((*FIGURES, *GROUPS))}",
    )  # fmt: skip
    made.add_argument(
        "--seconds", type=_seconds, metavar="S",
        help=f"of deliveries, all rounds together: {FULL.sustained:g}, or {QUICK.sustained:g} when quick",
    )  # fmt: skip
    made.add_argument(
        "--stories", type=_count, metavar="N",
        help=f"in a round through the walk or a worker: {FULL.stories:g}, or {QUICK.stories:g} when quick",
    )  # fmt: skip
    made.add_argument(
        "--attempts", type=_count, metavar="N",
        help=f"in the attempt log: {FULL.attempts:,}, or {QUICK.attempts:,} when quick",
    )  # fmt: skip
    made.add_argument(
        "--renew", action="store_true", help=f"put what is measured in its place on docs/{PAGE.name}"
    )
    return made


def main(arguments: Sequence[str] | None = None, terminal: Terminal | None = None) -> int:
    """Measures, shows and keeps; returns 1 where a figure could not be measured, 130 after Ctrl-C."""
    given = parser().parse_args(arguments)
    shown = terminal or Terminal()
    before = machine.load()
    if machine.is_busy(before):
        shown.line(f"The machine is busy (load {before:.1f}): these figures will be worse than copydesk is.")
    names = chosen(given.only)
    done = 0
    try:
        with shown.working(len(names)):
            described = _machine() if given.renew else {}
            for name, figure in _measure(names, scale(given), shown):
                done += 1
                if given.renew:
                    _renew(name, Measured(figure, command(given), _today(), round(before, 1), described))
    except KeyboardInterrupt:
        shown.line("Interrupted: everything is stopped and removed.")
        return 130
    if given.renew:
        shown.line(f"{done} of {len(FIGURES)} figures on {PAGE.name} are renewed.")
    return 0 if done == len(names) else 1


def chosen(only: Sequence[str] | None) -> list[str]:
    """Returns which figures are measured: all, or those that are named, alone or by their group."""
    wanted = {name for given in only or FIGURES for name in GROUPS.get(given, (given,))}
    return [name for name in FIGURES if name in wanted]


def scale(given: argparse.Namespace) -> Scale:
    """Returns how much is measured."""
    most = QUICK if given.quick else FULL
    named = {"sustained": given.seconds, "stories": given.stories, "attempts": given.attempts}
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
    """Returns how many are wanted.

    Raises:
        ValueError: it is no number, or none at all; the parser says so.
    """
    if not 1 <= (count := int(text)) <= MOST:
        raise ValueError(text)
    return count


def command(given: argparse.Namespace) -> str:
    """Returns what a person types to measure the same again."""
    options = ["--quick"] * given.quick + [f"--only {name}" for name in given.only or ()]
    options += [f"--seconds {given.seconds:g}"] if given.seconds else []
    options += [f"--stories {given.stories}"] if given.stories else []
    options += [f"--attempts {given.attempts}"] if given.attempts else []
    return " ".join(("python -m bench --renew", *options)) if options else "make bench"


def rendered(figures: Mapping[str, Measured]) -> str:
    """Returns the page of these figures."""
    return page.render(list(figures.values()), words=len(stories.document()["body"].split()))


def _measure(names: Sequence[str], scale: Scale, shown: Terminal) -> Iterator[tuple[str, Figure]]:
    """Measures one after the other; one that fails costs no other."""
    for name in names:
        tell = shown.teller(name)
        tell("starting")
        try:
            figure = FIGURES[name](scale, tell)
        except Exception as error:  # noqa: BLE001 - said, and the run fails at its end
            shown.failure(name, error)
        else:
            shown.figure(figure)
            yield name, figure


def _machine() -> dict[str, str]:
    with grown(only=()) as tree:
        return tree.describe()


def _renew(name: str, measured: Measured) -> None:
    """Keeps a figure in place of the former one, and writes the page with it."""
    figures = {**kept.read(KEPT), name: measured}
    ordered = {each: figures[each] for each in FIGURES if each in figures}
    kept.write(KEPT, ordered)
    PAGE.write_text(rendered(ordered), "utf-8")


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends it as Ctrl-C does
    sys.exit(main())
