"""docs/performance.md, made of figures: pure, values in, Markdown out."""

import string
from collections.abc import Mapping, Sequence

from bench.figures import Figure, Goal, Row, Spread, number
from bench.kept import Measured

_INTRODUCTION = """# Performance

What copydesk costs, measured by `make bench`, which also writes this page. Every figure stands beside a peer
or a limit that was measured in the same run, in turn with it; a value is the median of all rounds, with the
smallest and the largest. Quote the ratios: they travel better than values.

`python -m bench --renew --only NAME` measures one figure anew and leaves the others: each says when it was
measured, and how."""


def render(measured: Sequence[Measured], *, words: int) -> str:
    """Returns the page.

    Args:
        measured: in the order of the page.
        words: in the body of the story that is the input.
    """
    machines = _machines(measured)
    given = f"The input is [a story of {words} words](../bench/story.json), repeated to 7 KB for ingest."
    parts = [_INTRODUCTION, given, "## Measured with", _with(machines)]
    parts += ["## Goals", _goals([each.figure for each in measured])]
    for each in measured:
        parts += _figure(each, machines)
    return "\n\n".join(parts) + "\n"


def span(spread: Spread) -> str:
    """Returns the smallest and the largest value; nothing where there is only one."""
    return f"{number(spread.low)} to {number(spread.high)}" if len(spread.values) > 1 else ""


def verdict(goal: Goal) -> str:
    """Returns whether a goal is reached, in a word or two."""
    return "reached" if goal.reached else "**not reached**"


def _machines(measured: Sequence[Measured]) -> list[dict[str, str]]:
    """Returns the machines that figures were measured on, each once."""
    found: list[dict[str, str]] = []
    for each in measured:
        if each.machine not in found:
            found.append(each.machine)
    return found


def _letter(number: int) -> str:
    return string.ascii_uppercase[number]


def _with(machines: Sequence[Mapping[str, str]]) -> str:
    names = list(dict.fromkeys(name for machine in machines for name in machine))
    head = [_letter(number) for number in range(len(machines))] if len(machines) > 1 else ["value"]
    return _table(
        ("what", *head), [(name, *(machine.get(name, "") for machine in machines)) for name in names]
    )


def _goals(figures: Sequence[Figure]) -> str:
    rows = [
        (figure.title, goal.wanted, goal.found, verdict(goal)) for figure in figures for goal in figure.goals
    ]
    return _table(("figure", "goal", "found", ""), rows)


def _figure(measured: Measured, machines: Sequence[Mapping[str, str]]) -> list[str]:
    figure = measured.figure
    rows = [_cells(row) for row in figure.rows]
    parts = [f"## {figure.title}", figure.how, _table(("what", "median", "range", "unit", ""), rows)]
    where = f" on machine {_letter(machines.index(measured.machine))}" if len(machines) > 1 else ""
    parts.append(f"`{measured.command}`, {measured.date}{where}; load before it: {measured.load:.1f}.")
    if figure.notes:
        parts.append("\n".join(f"- {note}" for note in figure.notes))
    for plan in figure.plans:
        parts += [f"### {plan.title}", "\n".join(("```text", *plan.lines, "```"))]
    return parts


def _cells(row: Row) -> tuple[str, ...]:
    role = "" if row.role == "ours" else row.role
    return (row.label, number(row.spread.median), span(row.spread), row.unit, role)


def _table(head: Sequence[str], rows: object) -> str:
    lines = [head, ["---"] * len(head), *rows]  # type: ignore[misc] # any iterable of cells
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
