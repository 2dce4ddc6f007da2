"""What a client may get wrong about a body, over a real socket: no input is answered 5xx."""

import gzip
import json
import time

import pytest

from tests.ingest.conftest import STORY, Ingest
from tests.web.wire import Wire, request

VALID = json.dumps(STORY).encode()
BAD_TYPE = {"content_type": "text/plain"}
GZIP = {"content_encoding": "gzip"}


def member(value: bytes) -> bytes:
    """Returns a story with a member of this value."""
    return VALID[:-1] + b', "metadata": {"value": ' + value + b"}}"


@pytest.mark.parametrize(
    ("data", "headers", "status", "code"),
    [
        pytest.param(VALID, BAD_TYPE, 415, "unsupported_media_type", id="media type"),
        pytest.param(VALID, {"content_encoding": "br"}, 415, "unsupported_encoding", id="encoding"),
        pytest.param(VALID, GZIP, 400, "bad_gzip", id="no gzip"),
        pytest.param(gzip.compress(VALID)[:-4], GZIP, 400, "bad_gzip", id="gzip cut off"),
        pytest.param(gzip.compress(bytes(20 << 20)), GZIP, 413, "body_too_large", id="gzip bomb"),
        pytest.param(b'{"title":"' + b"x" * (1 << 20) + b'"}', {}, 413, "body_too_large", id="too large"),
        pytest.param(b'{"title":"\xff"}', {}, 400, "bad_utf8", id="utf-8"),
        pytest.param(VALID[:-1], {}, 400, "bad_json", id="json cut off"),
        pytest.param(b"", {}, 400, "bad_json", id="empty"),
        pytest.param(VALID[:-1] + b', "title": "again"}', {}, 400, "duplicate_key", id="duplicate key"),
        pytest.param(member(b"NaN"), {}, 400, "number_out_of_range", id="nan"),
        pytest.param(member(b"-Infinity"), {}, 400, "number_out_of_range", id="infinity"),
        pytest.param(member(b'"\\ud800"'), {}, 400, "lone_surrogate", id="surrogate"),
        pytest.param(member(b'"\\u0000"'), {}, 400, "nul_character", id="nul"),
        pytest.param(b'{"title\\u0000": "x"}', {}, 400, "nul_character", id="nul in key"),
        pytest.param(member(b"[" * 70 + b"]" * 70), {}, 400, "too_deep", id="deep"),
        pytest.param(b"[" * 100_000, {}, 400, "too_deep", id="deep without end"),
        pytest.param(member(b"18446744073709551616"), {}, 400, "number_out_of_range", id="65 bits"),
        pytest.param(member(b"9" * 100_000), {}, 400, "number_out_of_range", id="many digits"),
        pytest.param(b"[1]", {}, 422, "not_an_object", id="array"),
        pytest.param(b"null", {}, 422, "not_an_object", id="null"),
        pytest.param(b"{}", {}, 422, "schema_violation", id="empty object"),
    ],
)
def test_a_body_that_is_wrong_is_a_problem(
    standing: Ingest, data: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    reply = standing.post(data, **headers)
    assert (reply.status, reply.problem()["code"]) == (status, code)
    assert standing.post(VALID).status in {200, 202}


def test_bad_json_has_line_and_column(standing: Ingest) -> None:
    problem = standing.post(b'{"title": "T",\n "body": oops}').problem()
    assert (problem["line"], problem["column"]) == (2, 10)


def test_a_body_that_stops_arriving_is_refused(standing: Ingest) -> None:
    started = time.monotonic()
    with Wire(standing.url) as wire:
        sent = request("POST", "/v1/stories", VALID, **standing.headers)[:-5]
        reply = wire.send(sent).reply()
        assert (reply.status, reply.problem()["code"]) == (408, "body_timeout")
        assert wire.is_closed()
    assert time.monotonic() - started < 10


def test_headers_beyond_32_kib_are_refused(standing: Ingest) -> None:
    reply = standing.post(VALID, x_long="a" * (32 << 10))
    assert (reply.status, reply.problem()["code"]) == (431, "headers_too_large")


def test_every_violation_is_told_up_to_50(standing: Ingest) -> None:
    story = {"title": "", "version": "two", "highlight_count": 9, "bodies": "x"}
    violations = standing.post(json.dumps(story).encode()).problem()["violations"]
    told = {(violation["pointer"], violation["keyword"]) for violation in violations}
    assert told >= {("/body", "required"), ("/version", "type"), ("/highlight_count", "maximum")}
    many = {**STORY, **{f"member-{number}": 1 for number in range(80)}}
    assert len(standing.post(json.dumps(many).encode()).problem()["violations"]) == 50


@pytest.mark.parametrize(
    "story",
    [
        {**STORY, "title": "\U0001f600 \x01 \x7f \u2028 \ufeff \ufffe \ufdd0"},
        {**STORY, "body": "a" * 500_000},
        {**STORY, "metadata": {"a": 2**63 - 1, "b": 1e308, "c": [""], "d": None, "\x01": False}},
        {**STORY, "uri": "urn:x:" + "a" * 2000},
        {**STORY, "version": 2**31 - 1},
        {**STORY, "published_at": "0001-01-01T00:00:00Z", "updated_at": "9999-12-31T23:59:59.999999Z"},
        {**STORY, "highlight_count": 1.0, "language": "zh-Hant-TW"},
    ],
    ids=["characters", "long", "metadata", "long uri", "high version", "far dates", "numbers"],
)
def test_what_is_odd_but_valid_is_accepted(standing: Ingest, story: dict[str, object]) -> None:
    assert standing.post(json.dumps(story).encode()).status == 202
    assert standing.post(json.dumps(story).encode()).status == 200


@pytest.mark.parametrize("parts", [[VALID], [VALID[:9], VALID[9:]]], ids=["one member", "two members"])
def test_a_compressed_story_is_accepted(standing: Ingest, parts: list[bytes]) -> None:
    assert standing.post(b"".join(map(gzip.compress, parts)), **GZIP).status in {200, 202}
