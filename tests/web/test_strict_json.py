import json
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from copydesk import contracts
from copydesk.errors import CallerError
from copydesk.web import problems, strict_json
from copydesk.web.problems import ProblemError

INTEGERS = st.integers(strict_json.MIN_INTEGER, strict_json.MAX_INTEGER)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
VALUES = st.recursive(
    st.none() | st.booleans() | INTEGERS | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXTS, inner, max_size=5),
    max_leaves=30,
)
JSON_BITS = st.lists(
    st.sampled_from(
        [
            *b'{ } [ ] : , " "a" \\ \\u0000 \\ud800 1 - e9 . NaN Infinity true null'.split(),
            *(b" ", b"\n", b"\xff", b"\xed\xa0\x80", b"\xf0\x9f\x98\x80"),
        ]
    ),
    max_size=30,
).map(b"".join)


def shown(value: object) -> str | None:
    """Returns a short id of a test."""
    return ascii(value[:40])[2:-1] if isinstance(value, bytes) else None


def refusal(data: bytes) -> ProblemError:
    with pytest.raises(ProblemError) as caught:
        strict_json.parse(data)
    problem = problems.document(
        caught.value.code,
        caught.value.detail,
        members={"violations": caught.value.violations, **caught.value.members},
    )
    assert contracts.violations("problem", json.loads(problems.encode(problem))) == []
    return caught.value


def nested(depth: int) -> bytes:
    return b'{"a":' * (depth - 1) + b"{}" + b"}" * (depth - 1)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "bad_json"),
        (b" ", "bad_json"),
        (b"{", "bad_json"),
        (b'{"a":1}x', "bad_json"),
        (b'{"a":1,}', "bad_json"),
        (b"{'a':1}", "bad_json"),
        (b'{"a":01}', "bad_json"),
        (b'{"a":.5}', "bad_json"),
        (b'{"a":"\n"}', "bad_json"),
        (b'{"a":"\0"}', "bad_json"),
        (b'{"a":"\\x"}', "bad_json"),
        (b'{"a":"\\u12"}', "bad_json"),
        (b'{"a":1} // why', "bad_json"),
        (b"\xef\xbb\xbf{}", "bad_json"),
        (b"\xff\xfe{\0}\0", "bad_utf8"),
        (b'{"a":"\xff"}', "bad_utf8"),
        (b'{"a":"\xed\xa0\x80"}', "bad_utf8"),
        (b'{"a":"\xc0\x80"}', "bad_utf8"),
        (b'{"a":"\xf5\x80\x80\x80"}', "bad_utf8"),
        (b'{"a":1,"a":1}', "duplicate_key"),
        (b'{"a":1,"\\u0061":2}', "duplicate_key"),
        (b'{"a":NaN}', "number_out_of_range"),
        (b'{"a":Infinity}', "number_out_of_range"),
        (b'{"a":[-Infinity]}', "number_out_of_range"),
        (b'{"a":1e400}', "number_out_of_range"),
        (b'{"a":-1e400}', "number_out_of_range"),
        (b'{"a":9223372036854775808}', "number_out_of_range"),
        (b'{"a":-9223372036854775809}', "number_out_of_range"),
        (b'{"a":18446744073709551616}', "number_out_of_range"),
        (b'{"a":' + b"9" * 1_000_000 + b"}", "number_out_of_range"),
        (b'{"a":"\\ud800"}', "lone_surrogate"),
        (b'{"a":"\\udc00\\ud800"}', "lone_surrogate"),
        (b'{"\\udfff":1}', "lone_surrogate"),
        (b'{"a":"\\u0000"}', "nul_character"),
        (b'{"a\\u0000":1}', "nul_character"),
        (nested(65), "too_deep"),
        (b"[" * 1_000_000, "too_deep"),
        (b'{"a":' * 200_000, "too_deep"),
        (b"[]", "not_an_object"),
        (b"null", "not_an_object"),
        (b'"text"', "not_an_object"),
        (b"1", "not_an_object"),
    ],
    ids=shown,
)
def test_what_parsers_disagree_about_is_refused(data: bytes, code: str) -> None:
    assert refusal(data).code == code


def test_a_syntax_error_has_its_line_and_column() -> None:
    error = refusal('{"ä": 1,\n  "b": }'.encode())
    assert error.members == {"line": 2, "column": 8}
    assert "line 2, column 8" in error.detail


def test_what_one_parser_refuses_is_refused_though_the_other_reads_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(strict_json, "_well_formed", lambda _data: False)
    assert refusal(b'{"a": 1}').code == "bad_json"


@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        (b'{"a":{"b~/":[1,{"c":1,"c":2}]}}', "/a/b~0~1/1/c"),
        (b'{"a":[0,1,NaN]}', "/a/2"),
        (b'{"a":[{"b":99999999999999999999}]}', "/a/0/b"),
        (b'{"a":{"b":"x\\u0000"}}', "/a/b"),
        (b'{"a":{"b\\u0000":1}}', "/a"),
        (b'{"a":{"b\\ud800":NaN}}', "/a"),
        (b'{"\\ud800":1}', ""),
        (b'{"' + b"k" * 300 + b'":NaN}', ""),
    ],
    ids=shown,
)
def test_a_value_that_is_refused_has_its_pointer(data: bytes, pointer: str) -> None:
    assert refusal(data).violations[0]["pointer"] == pointer


def test_the_first_flaw_is_the_one_reported() -> None:
    assert refusal(b'{"a":[NaN],"b":"\\u0000"}').code == "number_out_of_range"
    assert refusal(b'{"b":"\\u0000","a":[NaN]}').code == "nul_character"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"a":9223372036854775807,"b":-9223372036854775808}', {"a": 2**63 - 1, "b": -(2**63)}),
        (b'{"a":"\\ud83d\\ude00"}', {"a": "\U0001f600"}),
        (b'{"a":"\\\\u0000"}', {"a": "\\u0000"}),
        (b' {"a" : [ ] }\r\n\t', {"a": []}),
        (b'{"a":"[[[[{{{{"}', {"a": "[[[[{{{{"}),
        (b'{"a":"\\"[\\\\"}', {"a": '"[\\'}),
        (b'{"a":"' + b"[{" * 100 + b'"}', {"a": "[{" * 100}),
        (b'{"a":1e-400}', {"a": 0.0}),
        (b'{"":{"":1}}', {"": {"": 1}}),
    ],
    ids=shown,
)
def test_what_is_well_formed_is_read(data: bytes, expected: dict[str, Any]) -> None:
    assert strict_json.parse(data) == expected


def test_64_levels_are_read() -> None:
    assert strict_json.depth(nested(64)) == 64
    assert strict_json.parse(nested(64))


@pytest.mark.parametrize(
    ("data", "depth"),
    [(b"", 0), (b'"[', 0), (b'"\\"[', 0), (b"[]{}", 1), (b'[{"a":"]"}]', 2), (b"]]]][[", 0), (b'"\\', 0)],
    ids=shown,
)
def test_depth_looks_at_brackets_outside_strings(data: bytes, depth: int) -> None:
    assert strict_json.depth(data) == depth


@pytest.mark.no_cover
@pytest.mark.parametrize(
    "data",
    [
        b'{"a":[' + b"[]," * 340_000 + b"[]]}",
        b'{"a":0.' + b"1" * 1_000_000 + b"}",
        b'{"a":"' + b"\\u0041" * 170_000 + b'"}',
        b'"' + b"\\" * 1_000_001,
        b"\n" * 1_000_000,
        b'{"a":[' + b"99999999999999999999," * 50_000 + b"1]}",
        b"{" + b",".join(b'"%d":1' % (number % 9) for number in range(150_000)) + b"}",
    ],
    ids=[
        "many arrays",
        "many digits",
        "many escapes",
        "backslashes",
        "lines",
        "many flaws",
        "many duplicates",
    ],
)
def test_a_hostile_mebibyte_takes_no_time(data: bytes) -> None:
    started = time.process_time()
    with suppress(ProblemError):
        strict_json.parse(data)
    assert time.process_time() - started < 60  # what grows with the square takes minutes


@pytest.mark.no_cover
@settings(deadline=None)
@given(st.dictionaries(TEXTS, VALUES, max_size=5), st.booleans())
def test_it_agrees_with_the_standard_library(document: dict[str, Any], ascii_only: bool) -> None:
    data = json.dumps(document, ensure_ascii=ascii_only).encode()
    assert strict_json.parse(data) == json.loads(data)


@pytest.mark.parametrize(
    ("data", "plain"),
    [
        (b'{"a":1,"b":"\\n\xc3\xa4","c":[{},null,true]}', True),
        (b'{"a":"' + b"x" * 7_000 + b'\\\\u0000\\""}', True),
        (b'{"a":9223372036854775807}', True),
        (b'{"a":9223372036854775808}', False),
        (b'{"a":-9223372036854775809}', False),
        (b'{"a":1,"a":1}', False),
        (b'{"a":1,"\\u0061":1}', False),
        (b'{"a": 1}', False),
        (b'{"a":1.5}', False),
        (b'{"a":1e5,"a":1}', False),
        (b'{"a":"\\u0000"}', False),
        (b'{"a\\u0000":1}', False),
        (b'{"a":[' + b"[]," * 62 + b"[]]}", False),
        (b"[]", False),
        (b"{", False),
    ],
    ids=shown,
)
def test_what_is_plain_is_read_quickly(monkeypatch: pytest.MonkeyPatch, data: bytes, plain: bool) -> None:
    closely: list[bytes] = []
    monkeypatch.setattr(strict_json, "_parse_closely", closely.append)
    strict_json.parse(data)
    assert closely == ([] if plain else [data])


PIECES = st.sampled_from(
    [b'"a"', b'"\\u0061"', b'"\\""', b'"\\\\"', b'"\\/"', b"0", b"-0", b"1e2", b"{}", b'{"a":1}']
)
MEMBERS = st.lists(st.tuples(st.sampled_from([b'"a"', b'"\\u0061"', b'"b"', b'"\\\\"']), PIECES), max_size=4)


def outcome(parse: Callable[[bytes], Any], data: bytes) -> Any:
    try:
        return parse(data)
    except ProblemError as error:
        return error.code, error.detail, error.violations


@pytest.mark.no_cover
@settings(deadline=None)
@given(
    MEMBERS.map(lambda members: b"{" + b",".join(b":".join(member) for member in members) + b"}")
    | st.dictionaries(TEXTS, VALUES, max_size=5).map(orjson.dumps)
    | JSON_BITS
)
def test_the_quick_way_reads_as_the_close_one(data: bytes) -> None:
    assert outcome(strict_json.parse, data) == outcome(strict_json._parse_closely, data)  # noqa: SLF001


@settings(deadline=None)
@given(st.binary(max_size=200) | JSON_BITS | TEXTS.map(str.encode))
@example(b'{"a":1e999999999}')
@example(b'{"\\u0000":1,"\\u0000":2}')
def test_arbitrary_bytes_raise_nothing_but_caller_errors(data: bytes) -> None:
    codes = set()
    try:
        document = strict_json.parse(data)
    except CallerError as error:
        codes.add(error.code)
    else:
        assert contracts.canonical(document)
    assert codes <= problems.PROBLEMS.keys()
