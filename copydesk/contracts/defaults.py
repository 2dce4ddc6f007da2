"""A valid document as the contract means it: defaults filled in, whole numbers as integers."""

import copy
from typing import Any

from copydesk.contracts.documents import inlined


def with_defaults(name: str, document: dict[str, Any], *, part: str | None = None) -> dict[str, Any]:
    """Returns a copy with the contract's top-level defaults filled in and 1.0 turned into 1.

    JSON Schema takes 1.0 for an integer, PostgreSQL and SHA-256 do not. Numbers are changed only where the
    contract says integer. The input stays as it is, and doing it twice changes nothing more.

    Args:
        name: the contract.
        document: a document without violations.
        part: one of the parts in the contract's `$defs`, such as `patch` of `subscription`.

    Raises:
        KeyError: no contract has this name, or it has no such part.
    """
    rules = inlined(name, part)
    members = rules.get("properties", {})
    defaults = {key: copy.copy(rule["default"]) for key, rule in members.items() if "default" in rule}
    return {**defaults, **_normal(document, rules)}


def _normal(value: Any, rules: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    match value:
        case float() if rules.get("type") == "integer" and value.is_integer():
            return int(value)
        case dict():
            members = rules.get("properties", {})
            return {key: _normal(item, members.get(key, {})) for key, item in value.items()}
        case list():
            return [_normal(item, rules.get("items", {})) for item in value]
        case _:
            return value
