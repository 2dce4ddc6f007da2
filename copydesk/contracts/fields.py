"""The contracts as rows for a person: each field, its type and what narrows it, what it means."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from copydesk.contracts.documents import inlined

SHOWN: Final = (
    "story",
    "record",
    "event",
    "event.projected",
    "event.retraction",
    "event.quarantine",
    "event.disabled",
    "event.recovered",
    "event.failing",
    "event.exhausted",
    "subscription",
    "subscription.filter",
    "subscription.condition",
    "subscription.clauses",
    "subscription.patch",
    "subscription.rotation",
    "subscription.preview",
    "subscription.reply",
    "replay",
    "replay.reply",
    "problem",
)
"""Contracts, and parts of contracts, in an order to read them in."""

_APART: Final = {"filter", "condition", "clauses"}
"""Titles of what has a section of its own, and is not shown again wherever it may stand."""

_BOUNDS: Final = {
    "minimum": "≥",
    "maximum": "≤",
    "minLength": "characters ≥",
    "maxLength": "characters ≤",
    "minItems": "items ≥",
    "maxItems": "items ≤",
}
Schema = Mapping[str, Any]


class Field(NamedTuple):
    """One field.

    Args:
        path: where it is, such as `actors[].name`.
        required: whether it must be there.
        kind: its type, with values between backticks.
        meaning: a sentence, or nothing.
    """

    path: str
    required: bool
    kind: str
    meaning: str


def described(name: str) -> str:
    """Returns what a contract, or a part of one as in `event.retraction`, says of itself."""
    return str(_schema(name).get("description", ""))


def fields(name: str) -> list[Field]:
    """Returns the fields of a contract or of a part of it, those within others behind them.

    Raises:
        KeyError: there is no such contract or part.
    """
    return list(_fields(_schema(name), ""))


def _schema(name: str) -> Schema:
    contract, _, part = name.partition(".")
    return inlined(contract, part or None)


def _fields(schema: Schema, path: str) -> Iterator[Field]:
    required = set(schema.get("required", ()))
    for name, found in schema.get("properties", {}).items():
        here = f"{path}{name}"
        yield Field(here, name in required, _kind(found), found.get("description", ""))
        for inner, within in ((found, f"{here}."), (found.get("items", {}), f"{here}[].")):
            if inner.get("title") not in _APART:
                yield from _fields(inner, within)


def _kind(schema: Schema) -> str:
    """Returns the type of a field, with what narrows it most."""
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{'null' if value is None else value}`" for value in schema["enum"])
    kinds = schema.get("type", "any")
    said = " or ".join([kinds] if isinstance(kinds, str) else kinds)
    narrow = [f"{word} {schema[key]}" for key, word in _BOUNDS.items() if key in schema]
    return ", ".join([said, *([schema["format"]] if "format" in schema else []), *narrow])
