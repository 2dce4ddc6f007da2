"""One breach of a contract, told so that an editor understands it."""

import difflib
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

MAX_NAME: Final = 256  # a member's name longer than this is no part of a pointer
MAX_EXPECTED: Final = 200
MAX_SUBJECT: Final = 200
MAX_EXCERPT: Final = 60
MAX_GUESSED: Final = 64  # a member's name longer than this is no misspelling
WORD_BITS: Final = 64
HIDDEN: Final = "a value that is not shown"

_TYPE_BEFORE_VALUE: Final = re.compile("^(?:string|number) (?!of )")
_FORMATS: Final = {
    "date-time": "a date and time with a time zone (RFC 3339), such as 2025-04-07T09:30:00Z",
    "uri": "a URI (RFC 3986)",
    "uuid": "a UUID, such as 0195f3a0-7c1e-7b6e-9d3a-2f4b8c6d1e0f",
}


@dataclass(frozen=True, slots=True)
class Violation:
    """Where a document breaks its contract. Holds an excerpt of it: for its sender, never for a log.

    Attributes:
        pointer: JSON Pointer to the value at fault, or to the member that is missing.
        keyword: the rule broken, as JSON Schema calls it, or `offsets`.
        expected: what the contract wants, at most 200 characters.
        actual: what came, its type and a short excerpt, at most 100 characters.
        message: both, as a sentence.
    """

    pointer: str
    keyword: str
    expected: str
    actual: str
    message: str

    def as_dict(self) -> dict[str, str]:
        """Returns the members of `problem.schema.json#/$defs/violation`."""
        return asdict(self)


def from_error(error: "ValidationError") -> Violation:
    """Returns what an error of `ContractValidator` means."""
    path = _named(error.absolute_path)
    keyword = str(error.validator)
    expected = shortened(_expectation(error), MAX_EXPECTED)
    actual = "nothing" if keyword == "required" else _got(error)
    subject = _subject(path)
    match keyword:
        case "required":
            message = f"{subject} is required."
        case "additionalProperties":
            message = f"{subject} is not known here; expected {expected}."
        case "propertyNames":
            message = f"{subject} has a name that is not allowed; expected {expected}."
        case _:
            got = actual if keyword == "type" else _TYPE_BEFORE_VALUE.sub("", actual)
            message = f"{subject} must be {expected}; got {got}."
    return Violation(pointer(path), keyword, expected, actual, message)


def _got(error: "ValidationError") -> str:
    """What is only written is a secret: not even its sender is shown it, who may keep our replies."""
    return HIDDEN if _rules(error).get("writeOnly") else described(error.instance)


def pointer(path: Iterable[str | int]) -> str:
    """Returns the JSON Pointer of a path. Source: RFC 6901, section 3."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def shortened(text: str, length: int) -> str:
    """Returns text in at most `length` characters, the last an ellipsis where something is missing."""
    return text if len(text) <= length else text[: length - 1] + "…"


def described(value: object) -> str:
    """Returns the JSON type of a value and an excerpt of it, at most 100 characters."""
    match value:
        case None:
            return "null"
        case str():
            return _excerpt(value)
        case list():
            return f"array of {_counted(len(value), 'item')}"
        case dict():
            return f"object with {_counted(len(value), 'member')}"
        case _:
            return _number(value)


def _number(value: object) -> str:
    if isinstance(value, bool):
        return f"boolean {json.dumps(value)}"
    if isinstance(value, int) and value.bit_length() > WORD_BITS:
        return f"number of {value.bit_length()} bits"  # Python refuses to print the longest
    return f"number {value!r}"


def _excerpt(text: str) -> str:
    start = json.dumps(text[:MAX_EXCERPT], ensure_ascii=False).encode(errors="backslashreplace").decode()
    if len(text) <= MAX_EXCERPT and len(start) <= MAX_EXCERPT + len('""'):
        return f"string {start}"
    return f"string of {len(text)} characters: {shortened(start[:-1], MAX_EXCERPT)}"


def _named(path: Iterable[str | int]) -> list[str | int]:
    """Returns the path up to a name too long to repeat: there the parent stands for its member."""
    named: list[str | int] = []
    for part in path:
        if isinstance(part, str) and len(part) > MAX_NAME:
            break
        named.append(part)
    return named


def _subject(path: list[str | int]) -> str:
    if not path:
        return "The document"
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return f"`{shortened(text.removeprefix('.'), MAX_SUBJECT)}`"


def _expectation(error: "ValidationError") -> str:
    keyword, value = str(error.validator), cast("Any", error.validator_value)
    say = _SAYINGS.get(keyword)
    return say(value, error) if say else _measure(keyword, value)


def _measure(keyword: str, bound: int) -> str:
    side = "at least" if keyword.startswith("min") else "at most"
    match keyword[3:]:
        case "Length":
            return f"{side} {_counted(bound, 'character')} long"
        case "Items":
            return f"{side} {_counted(bound, 'item')} long"
        case "Properties":
            return f"an object of {side} {_counted(bound, 'member')}"
        case _:
            return f"{side} {bound}"


def _types(types: Any, _error: "ValidationError") -> str:  # noqa: ANN401 - a schema's value
    names = [types] if isinstance(types, str) else types
    nouns = [name if name == "null" else _with_article(name) for name in names]
    return " or ".join(filter(None, [", ".join(nouns[:-1]), nouns[-1]]))


def _title(pattern: Any, error: "ValidationError") -> str:  # noqa: ANN401 - a schema's value
    return str(_rules(error).get("title", f"text that matches {pattern}"))


def _known_members(_rule: Any, error: "ValidationError") -> str:  # noqa: ANN401 - a schema's value
    known = sorted(_rules(error).get("properties", {}))
    name = str(error.path[-1])
    close = difflib.get_close_matches(name, known, n=1) if len(name) <= MAX_GUESSED else []
    return f"`{close[0]}`" if close else "one of " + ", ".join(known)


def _rules(error: "ValidationError") -> dict[str, Any]:
    """Returns the schema object in which the broken keyword stands."""
    return cast("dict[str, Any]", error.schema)


_SAYINGS: Final[dict[str, "Callable[[Any, ValidationError], str]"]] = {
    "type": _types,
    "enum": lambda values, _: "one of " + ", ".join(map(json.dumps, values)),
    "const": lambda value, _: json.dumps(value),
    "pattern": _title,
    "format": lambda name, _: _FORMATS[name],
    "required": lambda _, __: "a value",
    "additionalProperties": _known_members,
    "propertyNames": lambda rule, _: (
        rule.get("title") or f"a name of {rule['minLength']} to {rule['maxLength']} characters"
    ),
}


def _with_article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeio' else 'a'} {noun}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
