"""JSON as copydesk takes it: what parsers disagree about is refused, and the refusal says where."""

import json
import math
import re
from collections.abc import Iterator
from itertools import accumulate
from typing import Any, Final, NamedTuple, NoReturn

import orjson

from copydesk.web.problems import ProblemError

MAX_DEPTH: Final = 64
MIN_INTEGER: Final = -(2**63)
MAX_INTEGER: Final = 2**63 - 1
_MAX_DIGITS: Final = 20  # of a 64-bit integer with its sign; a longer one is not converted at all

_MAX_NAME: Final = 256  # characters of a key that are worth showing
_MAX_POINTER: Final = 4096

_STRING: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_BRACKETS: Final = b"[]{}"
_OTHER_BYTES: Final = bytes(byte for byte in range(256) if byte not in _BRACKETS)
_STEP: Final = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class _Flaw(NamedTuple):
    """Stands in the parsed document where a value must be refused, so that the walk can say where."""

    code: str
    expected: str
    actual: str


def parse(data: bytes) -> dict[str, Any]:
    """Returns the object that `data` holds, as any parser would read it.

    Integers are those of signed 64 bits, -2^63 to 2^63-1; nesting ends at 64.

    Raises:
        ProblemError: `bad_utf8`, `bad_json` (with line and column), `too_deep`, `duplicate_key`,
            `number_out_of_range`, `lone_surrogate`, `nul_character` or `not_an_object`.
    """
    return _plain(data) or _parse_closely(data)


def _plain(data: bytes) -> dict[str, Any] | None:
    """Returns the object in `data` where it is easy to see that every parser reads it so, else `None`.

    orjson refuses what is not strict but for three things: a key that is there twice, a number that it makes
    a float, and a NUL that is written as an escape. It writes JSON as short as it can be written without
    floats: what is as long as that has nothing that was dropped, neither blanks nor a key's first value.
    """
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    plain = isinstance(document, dict) and _is_plain(document) and len(orjson.dumps(document)) == len(data)
    return document if plain else None


def _is_plain(document: dict[str, Any]) -> bool:
    """Whether there are few containers, no floats, no NUL, and integers of 63 bits and a sign only."""
    open_values: list[Any] = [document]
    containers = 0
    while open_values:
        value = open_values.pop()
        kind = type(value)
        if kind is str:
            if "\0" in value:
                return False
        elif kind is dict or kind is list:
            containers += 1
            if containers > MAX_DEPTH:
                return False
            open_values.extend(value)
            if kind is dict:
                open_values.extend(value.values())
        elif kind is float or (kind is int and value > MAX_INTEGER):
            return False
    return True


def _parse_closely(data: bytes) -> dict[str, Any]:
    """Returns what `parse` does, or finds out why not."""
    text = _decode(data)
    _check_depth(data)
    document = _parse(text, accepted=_well_formed(data))
    if not isinstance(document, dict):
        raise ProblemError("not_an_object", "Send one JSON object, { … }, as the whole body.")
    return document


def depth(data: bytes) -> int:
    """Returns how deep brackets are nested outside strings; never recurses, whatever the bytes are."""
    brackets = _STRING.sub(b"", data).translate(None, _OTHER_BYTES)
    return max(accumulate(map(_STEP.__getitem__, brackets), initial=0))


def _decode(data: bytes) -> str:
    if data.startswith(b"\xef\xbb\xbf"):
        raise ProblemError(
            "bad_json", "The body begins with a byte order mark: send UTF-8 without one.", line=1, column=1
        )
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise ProblemError(
            "bad_utf8", f"Byte {error.start} of the body is not UTF-8 ({error.reason}): encode it as UTF-8."
        ) from None


def _check_depth(data: bytes) -> None:
    if data.count(b"[") + data.count(b"{") > MAX_DEPTH and depth(data) > MAX_DEPTH:
        raise ProblemError("too_deep", f"Nest arrays and objects at most {MAX_DEPTH} deep.")


def _well_formed(data: bytes) -> bool:
    try:
        orjson.loads(data)
    except orjson.JSONDecodeError:
        return False
    return True


def _parse(text: str, *, accepted: bool) -> Any:  # noqa: ANN401 - any JSON
    """Parses with the standard library, which tells duplicates, integers and places apart.

    Args:
        text: nested no deeper than `MAX_DEPTH`, or the parser's recursion would have no bound.
        accepted: whether orjson takes it; it knows all that the standard library is too kind to refuse.
    """
    hooks = _Hooks()
    try:
        document = hooks.decoder.decode(text)
    except json.JSONDecodeError as error:
        raise ProblemError(
            "bad_json",
            f"{error.msg} at line {error.lineno}, column {error.colno}.",
            line=error.lineno,
            column=error.colno,
        ) from None
    if hooks.flawed or not accepted or "\\u0000" in text:
        _refuse_flaws(document)
    if not accepted:
        raise ProblemError("bad_json", "The body is not JSON as RFC 8259 defines it.")
    return document


class _Hooks:
    """A decoder that marks what must be refused; `flawed` says whether it marked anything."""

    def __init__(self) -> None:
        self.flawed = False
        self.decoder = json.JSONDecoder(
            object_pairs_hook=self._object,
            parse_int=self._integer,
            parse_float=self._float,
            parse_constant=self._constant,
        )

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) != len(pairs):
            seen: set[str] = set()
            for name, _ in pairs:
                if name in seen:
                    members[name] = self._flaw("duplicate_key", "each key once", f'"{_short(name)}" twice')
                seen.add(name)
        return members

    def _integer(self, digits: str) -> int | _Flaw:
        if len(digits) <= _MAX_DIGITS:
            number = int(digits)
            if MIN_INTEGER <= number <= MAX_INTEGER:
                return number
        return self._flaw("number_out_of_range", "an integer of signed 64 bits", _short(digits))

    def _float(self, digits: str) -> float | _Flaw:
        number = float(digits)
        if math.isfinite(number):
            return number
        return self._flaw("number_out_of_range", "a number that a double can hold", _short(digits))

    def _constant(self, name: str) -> _Flaw:
        return self._flaw("number_out_of_range", "a finite number", name)

    def _flaw(self, code: str, expected: str, actual: str) -> _Flaw:
        self.flawed = True
        return _Flaw(code, expected, actual)


def _refuse_flaws(document: Any) -> None:  # noqa: ANN401 - any JSON
    for path, value in _walk(document):
        flaw = value if isinstance(value, _Flaw) else _text_flaw(value)
        if flaw:
            _refuse(flaw, _pointer(path))


def _walk(document: Any) -> Iterator[tuple[tuple[str | int, ...], Any]]:  # noqa: ANN401 - any JSON
    """Yields every value and every key with its path; the document is no deeper than `MAX_DEPTH`."""
    open_values: list[tuple[tuple[str | int, ...], Any]] = [((), document)]
    while open_values:
        path, value = open_values.pop()
        yield path, value
        if isinstance(value, dict):
            yield from ((path, key) for key in value)
            open_values.extend(((*path, key), item) for key, item in reversed(value.items()))
        elif isinstance(value, list):
            open_values.extend(((*path, index), item) for index, item in reversed(list(enumerate(value))))


def _text_flaw(value: object) -> _Flaw | None:
    if not isinstance(value, str):
        return None
    if "\0" in value:
        return _Flaw("nul_character", "text without NUL characters", "a string with \\u0000")
    found = _SURROGATE.search(value)
    if found:
        return _Flaw("lone_surrogate", "surrogates in pairs", f"a string with \\u{ord(found[0]):04x} alone")
    return None


def _refuse(flaw: _Flaw, pointer: str) -> NoReturn:
    message = f"Expected {flaw.expected}; got {flaw.actual}."
    violation = {
        "pointer": pointer,
        "keyword": flaw.code,
        "expected": flaw.expected,
        "actual": flaw.actual,
        "message": message,
    }
    raise ProblemError(flaw.code, f"{message} It is at {pointer or 'the top'}.", violations=[violation])


def _pointer(path: tuple[str | int, ...]) -> str:
    """Returns the JSON Pointer of a path, ending before a key too long or too broken to repeat."""
    pointer = ""
    for part in path:
        step = "/" + str(part).replace("~", "~0").replace("/", "~1")
        if len(step) > _MAX_NAME or len(pointer) + len(step) > _MAX_POINTER or _text_flaw(part):
            break
        pointer += step
    return pointer


def _short(text: str) -> str:
    """Returns the start of a text of the caller's, printable."""
    return ascii(text)[1:-1] if len(text) <= 40 else ascii(text[:40])[1:-1] + "…"  # noqa: PLR2004 - fits `actual`
