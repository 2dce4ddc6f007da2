"""The figures that stand on the page, as data: one is measured anew, and the others stay."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson
from pydantic import TypeAdapter

from bench.figures import Figure


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure, and how it came about.

    Args:
        figure: what was found.
        command: what was typed.
        date: on which day, in ISO 8601.
        load: of the machine before the command, over a minute.
        machine: name → value, as `bench.machine.describe` gives it.
    """

    figure: Figure
    command: str
    date: str
    load: float
    machine: dict[str, str]


_FIGURES = TypeAdapter(dict[str, Measured])


def read(path: Path) -> dict[str, Measured]:
    """Returns the figures by name; none where nothing was measured yet.

    Raises:
        ValueError: the file is broken; the message says where.
    """
    return _FIGURES.validate_json(path.read_bytes()) if path.exists() else {}


def write(path: Path, figures: Mapping[str, Measured]) -> None:
    """Writes the figures so that a change of one is a change of its lines."""
    path.write_bytes(orjson.dumps(figures, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
