"""`python -m tests.gold`: scores the pipeline on the gold stories; see README.md beside it."""

import argparse
import sys
from collections.abc import Sequence

from rich.console import Console

from tests.gold import figures, terminal
from tests.gold.evaluation import evaluate
from tests.gold.gold import load
from tests.gold.markup import GoldError
from tests.gold.scoring.counts import total


def parser() -> argparse.ArgumentParser:
    """Returns what reads the command line."""
    made = argparse.ArgumentParser(
        prog="python -m tests.gold",
        description="Scores the pipeline on the gold stories, beside the committed figures.",
    )
    made.add_argument("--errors", action="store_true", help="list every miss and false find, by story")
    made.add_argument(
        "--only", action="append", metavar="STORY", help="score only this story; may be repeated"
    )
    made.add_argument("--write", action="store_true", help=f"commit the figures to {figures.COMMITTED.name}")
    return made


def main(arguments: Sequence[str] | None = None, console: Console | None = None) -> int:
    """Prints what is asked for; returns 2 where the gold or the command line cannot be read, else 0."""
    given = parser().parse_args(arguments)
    shown = console or Console(highlight=False)
    try:
        stories = load()
    except GoldError as error:
        shown.print(str(error), markup=False)
        return 2
    unknown = sorted(set(given.only or ()) - {story.slug for story in stories})
    if unknown or (given.only and given.write):
        shown.print(
            f"No such story: {', '.join(unknown)}"
            if unknown
            else "--write takes all stories, not --only some"
        )
        return 2
    tallies = evaluate(story for story in stories if not given.only or story.slug in given.only)
    counts = figures.counts_of(tallies)
    committed = figures.read(figures.COMMITTED) if figures.COMMITTED.exists() else {}
    if given.errors:
        terminal.show_errors(shown, tallies)
    before = {slug: of for slug, of in committed.items() if slug in counts}
    terminal.show_figures(shown, total(counts.values()), total(before.values()))
    terminal.show_confidences(shown, tallies)
    if given.write:
        figures.write(counts, figures.COMMITTED)
        shown.print(f"Wrote {figures.COMMITTED.name}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
