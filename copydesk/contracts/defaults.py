"""A valid document as the contract means it: defaults filled in, whole numbers as integers."""

import copy
import functools
from typing import Any, NamedTuple

from copydesk.contracts.documents import inlined


class _Whole(NamedTuple):
    """Where the contract says integer: here, in members of an object, in items of an array."""

    here: bool
    members: dict[str, "_Whole"]
    items: "_Whole | None"


def with_defaults(name: str, document: dict[str, Any], *, part: str | None = None) -> dict[str, Any]:
    """Returns a copy with the contract's top-level defaults filled in and 1.0 turned into 1.

    JSON Schema takes 1.0 for an integer, PostgreSQL and SHA-256 do not. Numbers are changed only where the
    contract says integer. The input stays as it is, and doing it twice changes nothing more. What holds no
    integers is the input's own, not a copy.

    Args:
        name: the contract.
        document: a document without violations.
        part: one of the parts in the contract's `$defs`, such as `patch` of `subscription`.

    Raises:
        KeyError: no contract has this name, or it has no such part.
    """
    defaults, whole = _rules(name, part)
    fresh = {key: _own(value) for key, value in defaults.items()}
    return {**fresh, **(_normal(document, whole) if whole else document)}


def _own(value: Any) -> Any:  # noqa: ANN401 - any JSON
    return copy.deepcopy(value) if isinstance(value, list | dict) else value


@functools.cache
def _rules(name: str, part: str | None) -> tuple[dict[str, Any], _Whole | None]:
    rules = inlined(name, part)
    members = rules.get("properties", {})
    defaults = {key: rule["default"] for key, rule in members.items() if "default" in rule}
    return defaults, _whole(rules)


def _whole(rules: dict[str, Any]) -> _Whole | None:
    """Returns where integers belong in what these rules are for; `None` where nowhere."""
    inner = {key: _whole(rule) for key, rule in rules.get("properties", {}).items()}
    found = _Whole(
        here=rules.get("type") == "integer",
        members={key: each for key, each in inner.items() if each},
        items=_whole(rules.get("items") or {}) if "items" in rules else None,
    )
    return found if any(found) else None


def _normal(value: Any, whole: _Whole) -> Any:  # noqa: ANN401 - any JSON
    match value:
        case float() if whole.here and value.is_integer():
            return int(value)
        case dict():
            changed = {key: _normal(value[key], each) for key, each in whole.members.items() if key in value}
            return {**value, **changed}
        case list() if whole.items:
            return [_normal(item, whole.items) for item in value]
        case _:
            return value
