"""docs/reference/contracts.md."""

from collections.abc import Iterator, Mapping
from typing import Any

from copydesk.contracts import documents
from docs.generate.markdown import code, join, table

INTRODUCTION = """# Contracts

The fields of what is posted, sent and answered. The JSON Schemas themselves are in
[schemas/](../../schemas/README.md), with examples; both services serve them at `/schemas/{name}`. A field
marked * must be there. Within v1 a contract only grows: ignore what you do not know."""

SHOWN = (
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
APART = {"filter", "condition", "clauses"}
"""Titles of what has a section of its own, and is not shown again wherever it may stand."""
Schema = Mapping[str, Any]


def page() -> str:
    """Returns the page."""
    return join(INTRODUCTION, *(_section(name) for name in SHOWN))


def fields(name: str) -> str:
    """Returns the table of one contract, or of a part of it, as in `event.retraction`."""
    contract, _, part = name.partition(".")
    rows = _rows(documents.inlined(contract, part or None), "")
    return table(("field", "type", "meaning"), rows)


def _section(name: str) -> str:
    contract, _, part = name.partition(".")
    described = documents.inlined(contract, part or None).get("description", "")
    return join(f"## {name}", described, fields(name))


def _rows(schema: Schema, path: str) -> Iterator[tuple[str, str, str]]:
    required = set(schema.get("required", ()))
    for name, found in schema.get("properties", {}).items():
        here = f"{path}{name}"
        star = " *" if name in required else ""
        yield f"{code(here)}{star}", _kind(found), found.get("description", "")
        for inner, within in ((found, f"{here}."), (found.get("items", {}), f"{here}[].")):
            if inner.get("title") not in APART:
                yield from _rows(inner, within)


def _kind(schema: Schema) -> str:
    """Returns the type of a field, with what narrows it most."""
    if "const" in schema:
        return code(schema["const"])
    if "enum" in schema:
        return ", ".join(code("null" if value is None else value) for value in schema["enum"])
    kinds = schema.get("type", "any")
    said = " or ".join([kinds] if isinstance(kinds, str) else kinds)
    narrow = [f"{word} {schema[key]}" for key, word in BOUNDS.items() if key in schema]
    return ", ".join([said, *([schema["format"]] if "format" in schema else []), *narrow])


BOUNDS = {
    "minimum": "≥",
    "maximum": "≤",
    "minLength": "characters ≥",
    "maxLength": "characters ≤",
    "minItems": "items ≥",
    "maxItems": "items ≤",
}
