"""Shows the figures, and the errors behind them, to a person."""

from collections import Counter
from collections.abc import Mapping

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tests.gold.scoring.counts import FIGURES, Count, Tally
from training import reliability


def show_figures(console: Console, now: Mapping[str, Count], committed: Mapping[str, Count]) -> None:
    """Prints precision, recall and F1 of each figure beside what is committed."""
    table = Table(
        title="The gold stories", title_justify="left", title_style="bold", box=None, pad_edge=False
    )
    table.add_column("", no_wrap=True)
    for name in ("P", "R", "F1 or share", "committed", "gold", "found", "right"):
        table.add_column(name, justify="right")
    for name in FIGURES:
        count, before = now[name], committed[name]
        table.add_row(
            name, f"{count.precision:.1f}", f"{count.recall:.1f}", f"{count.f1:.1f}",
            _beside(count, before), str(count.gold), str(count.found), str(count.hit),
        )  # fmt: skip
    console.print(table)


def show_confidences(console: Console, tallies: Mapping[str, Tally]) -> None:
    """Prints how often mentions of actors are right, by the confidence that the record tells."""
    found = [one for tally in tallies.values() for one in tally.sure]
    console.print(f"\n{reliability.table('confidence', found)}", markup=False, soft_wrap=True)


def show_errors(console: Console, tallies: Mapping[str, Tally]) -> None:
    """Prints every miss, false find and wrong code, story by story, and how often each kind occurs."""
    for slug, tally in tallies.items():
        console.print(f"\n[bold]{slug}[/]: {len(tally.errors)} errors")
        for kind, about in sorted(tally.errors):
            console.print(f"  [red]{escape(kind)}[/] {escape(about)}", soft_wrap=True)
    kinds = Counter(kind for tally in tallies.values() for kind, _ in tally.errors)
    console.print("\n[bold]By kind[/]")
    for kind, number in kinds.most_common():
        console.print(f"  {number:4} {escape(kind)}")
    console.print()


def _beside(count: Count, before: Count) -> str:
    if before == Count():
        return "none"
    change = count.f1 - before.f1
    style = "green" if change > 0 else "red"
    return f"{before.f1:.1f}" + (f" [{style}]({change:+.1f})[/]" if abs(change) >= 0.05 else "")
