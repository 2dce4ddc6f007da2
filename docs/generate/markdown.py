"""Markdown as the pages need it."""

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Returns a table; a bar or a line's end within a cell does not break it."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        f"| {' | '.join(_cell(cell) for cell in line)} |".replace("|  |", "| |") for line in lines
    )


def code(text: object) -> str:
    """Returns text as code; nothing for nothing."""
    return f"`{text}`" if str(text) else ""


def join(*parts: str) -> str:
    """Returns paragraphs, each apart from the next; empty ones are left out."""
    return "\n\n".join(part for part in parts if part)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
