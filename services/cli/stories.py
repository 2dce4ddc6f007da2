"""Stories in files: one JSON object, an array of them, or one a line (NDJSON)."""

import json
import sys
from pathlib import Path

import click


def read(name: str) -> list[bytes]:
    """Returns the stories of a file, or of standard input for `-`, each as JSON.

    A story that is no JSON is returned as it is: the service says what is wrong with it, and where.

    Raises:
        click.UsageError: the file cannot be read.
    """
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise click.UsageError(f"{name} cannot be read: {error.strerror}.") from None
    return split(data.removeprefix(b"\xef\xbb\xbf"))


def split(data: bytes) -> list[bytes]:
    """Returns each story of an object, an array or lines of JSON."""
    value = _value(data)
    if isinstance(value, list):
        return [json.dumps(item).encode() for item in value]
    lines = [line for line in data.splitlines() if line.strip()]
    if value is None and len(lines) > 1 and isinstance(_value(lines[0]), dict):
        return lines
    return [data] if lines else []


def _value(data: bytes) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None
