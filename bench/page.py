"""docs/performance.md, made of figures: pure, values in, Markdown out."""

from collections.abc import Mapping, Sequence

from bench.figures import Figure, Goal, Row, Spread, number

_INTRODUCTION = """# Performance

What copydesk costs, measured on one machine by `make bench`, which also writes this page. Every figure stands
beside a peer or a limit that was measured in the same run, in turn with it; a value is the median of all
rounds, with the smallest and the largest. Quote the ratios: they travel better than values."""


def render(
    figures: Sequence[Figure], *, machine: Mapping[str, str], command: str, date: str, words: int
) -> str:
    """Returns the page.

    Args:
        figures: in the order of the page.
        machine: name → value, as `bench.machine.describe` gives it.
        command: what was run.
        date: on which day, in ISO 8601.
        words: in the body of the story that is the input.
    """
    told = {
        "command": f"`{command}`",
        "date": date,
        "input": f"[a story of {words} words](../bench/story.json), repeated to 7 KB for ingest",
        **machine,
    }
    parts = [_INTRODUCTION, "## Measured with", _table(("what", "value"), told.items())]
    parts += ["## Goals", _goals(figures)]
    for figure in figures:
        parts += _figure(figure)
    return "\n\n".join(parts) + "\n"


def span(spread: Spread) -> str:
    """Returns the smallest and the largest value; nothing where there is only one."""
    return f"{number(spread.low)} to {number(spread.high)}" if len(spread.values) > 1 else ""


def verdict(goal: Goal) -> str:
    """Returns whether a goal is reached, in a word or two."""
    return "reached" if goal.reached else "**not reached**"


def _goals(figures: Sequence[Figure]) -> str:
    rows = [
        (figure.title, goal.wanted, goal.found, verdict(goal)) for figure in figures for goal in figure.goals
    ]
    return _table(("figure", "goal", "found", ""), rows)


def _figure(figure: Figure) -> list[str]:
    rows = [_cells(row) for row in figure.rows]
    parts = [f"## {figure.title}", figure.how, _table(("what", "median", "range", "unit", ""), rows)]
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
