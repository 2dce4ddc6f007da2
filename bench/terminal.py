"""Figures and progress for the person who waits."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from bench.figures import Figure, Tell, number
from bench.page import span


class Terminal:
    """Writes tables to a terminal or a pipe, above a line that says what is being done."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)
        self._progress = Progress(
            SpinnerColumn(), BarColumn(20), TextColumn("{task.description}"), TimeElapsedColumn(),
            console=self._console, transient=True,
        )  # fmt: skip

    @contextmanager
    def working(self, total: int) -> Iterator[None]:
        """Shows the progress over `total` figures for as long as the block lasts."""
        self._task = self._progress.add_task("", total=total)
        with self._progress:
            yield

    def teller(self, name: str) -> Tell:
        """Returns what shows the step that a figure is at."""
        return lambda step: self._progress.update(self._task, description=f"{name}: {step}")

    def figure(self, figure: Figure) -> None:
        """Writes a figure that is done."""
        table = Table(title=figure.title, title_justify="left", title_style="bold", box=None, pad_edge=False)
        for name in ("", "median", "range", "unit"):
            table.add_column(name, justify="right" if name in {"median", "range"} else "left")
        for row in figure.rows:
            label = row.label if row.role == "ours" else f"{row.label} ({row.role})"
            table.add_row(label, number(row.spread.median), span(row.spread), row.unit)
        self._console.print(table)
        for goal in figure.goals:
            mark = "[green]reached[/]" if goal.reached else "[red]not reached[/]"
            self._console.print(f"{mark}  {goal.wanted}: {goal.found}")
        for note in figure.notes:
            self.line(note)
        self._console.print()
        self._progress.advance(self._task)

    def failure(self, name: str, error: BaseException) -> None:
        """Writes that a figure could not be measured."""
        self.line(f"{name} could not be measured: {type(error).__name__}: {error}")
        for note in getattr(error, "__notes__", ()):
            self.line(note)
        self._progress.advance(self._task)

    def line(self, text: str) -> None:
        """Writes a line."""
        self._console.print(text, markup=False)
