"""The keywords of JSON Schema that the contracts use, made safe for documents from strangers.

jsonschema's own keywords put the whole value into each error's message and look at every item of an array
that is far too long. These say only where and which keyword; the sentence is written later, for the few
violations that are reported. One fault is one violation: text that is too long is not also matched against
a pattern.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import islice
from typing import Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from copydesk.contracts.formats import CHECKS

type_of: Final = Draft202012Validator.TYPE_CHECKER.is_type

Json = Any  # whatever a parser returns
Schema = Mapping[str, Json]
Errors = Iterator[ValidationError]
Keyword = Callable[[Validator, Json, Json, Schema], Errors]


def _bound(kind: str, holds: Callable[[Json, Json], bool]) -> Keyword:
    """Returns a keyword that holds for values of other kinds, and else where `holds(value, bound)`."""

    def keyword(_validator: Validator, bound: Json, value: Json, _schema: Schema) -> Errors:
        if type_of(value, kind) and not holds(value, bound):
            yield ValidationError("")

    return keyword


def _type(validator: Validator, types: Json, value: Json, _schema: Schema) -> Errors:
    if not any(validator.is_type(value, name) for name in ([types] if isinstance(types, str) else types)):
        yield ValidationError("")


def _same(value: object, other: object) -> bool:
    return type(value) is type(other) and value == other


def _enum(_validator: Validator, allowed: Json, value: Json, _schema: Schema) -> Errors:
    if not any(_same(value, each) for each in allowed):
        yield ValidationError("")


def _const(_validator: Validator, wanted: Json, value: Json, _schema: Schema) -> Errors:
    if not _same(value, wanted):
        yield ValidationError("")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """ECMAScript's `$` is the end of the text; Python's also stands before a last newline."""
    return re.compile(re.sub(r"(?<!\\)\$", r"\\Z", pattern))


def _fits(text: str, schema: Schema) -> bool:
    return bool(schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", len(text)))


def _pattern(_validator: Validator, pattern: Json, value: Json, schema: Schema) -> Errors:
    if isinstance(value, str) and _fits(value, schema) and not _compiled(pattern).search(value):
        yield ValidationError("")


def _format(_validator: Validator, name: Json, value: Json, schema: Schema) -> Errors:
    if not isinstance(value, str) or not _fits(value, schema):
        return
    if not _compiled(schema.get("pattern", "")).search(value):
        return
    if not CHECKS[name](value):
        yield ValidationError("")


def _required(_validator: Validator, members: Json, value: Json, _schema: Schema) -> Errors:
    if isinstance(value, dict):
        for member in members:
            if member not in value:
                yield ValidationError("", path=(member,))


def _first(value: Json, maximum: int | None) -> Iterator[Json]:
    """Returns what is worth a look: nothing beyond the bound, whose breach is a violation of its own."""
    return islice(value, maximum)


def _descend(validator: Validator, value: Json, rule: Schema, path: str | int | None = None) -> Errors:
    errors: Errors = validator.descend(value, rule, path=path)  # type: ignore[attr-defined]
    return errors


def _additional_properties(validator: Validator, rule: Json, value: Json, schema: Schema) -> Errors:
    if not isinstance(value, dict):
        return
    known = schema.get("properties", {})
    for member in _first((name for name in value if name not in known), schema.get("maxProperties")):
        if rule is False:
            yield ValidationError("", path=(member,), instance=value[member])
        else:
            yield from _descend(validator, value[member], rule, member)


def _property_names(validator: Validator, rule: Json, value: Json, schema: Schema) -> Errors:
    if not isinstance(value, dict):
        return
    for member in _first(value, schema.get("maxProperties")):
        if any(_descend(validator, member, rule)):
            yield ValidationError("", path=(member,), instance=member)


def _items(validator: Validator, rule: Json, value: Json, schema: Schema) -> Errors:
    if not isinstance(value, list):
        return
    for index, item in enumerate(_first(value, schema.get("maxItems"))):
        yield from _descend(validator, item, rule, index)


KEYWORDS: Final[dict[str, Keyword]] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "minLength": _bound("string", lambda text, bound: len(text) >= bound),
    "maxLength": _bound("string", lambda text, bound: len(text) <= bound),
    "pattern": _pattern,
    "format": _format,
    "minimum": _bound("number", lambda number, bound: number >= bound),
    "maximum": _bound("number", lambda number, bound: number <= bound),
    "minItems": _bound("array", lambda items, bound: len(items) >= bound),
    "maxItems": _bound("array", lambda items, bound: len(items) <= bound),
    "minProperties": _bound("object", lambda members, bound: len(members) >= bound),
    "maxProperties": _bound("object", lambda members, bound: len(members) <= bound),
    "required": _required,
    "additionalProperties": _additional_properties,
    "propertyNames": _property_names,
    "items": _items,
}

PLAIN: Final = frozenset({"$ref", "properties", "allOf", "if", "then"})
"""What jsonschema itself evaluates, because it says nothing of its own."""

ANNOTATIONS: Final = frozenset({"$schema", "$id", "$defs", "title", "description", "default", "writeOnly"})

ContractValidator: Final[type[Validator]] = extend(Draft202012Validator, KEYWORDS)  # type: ignore[no-untyped-call]
