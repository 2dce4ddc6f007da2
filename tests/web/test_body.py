import gzip
import json
import time

import pytest

from tests.web.wire import Wire, ask, request

LIMIT = 1 << 20
JSON = {"content_type": "application/json"}
CHUNKED = {"transfer_encoding": "chunked"}


def chunked(*chunks: bytes) -> list[bytes]:
    start = request("POST", "/echo", **JSON).replace(b"content-length: 0", b"transfer-encoding: chunked")
    return [start, *(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)]


def story(size: int) -> bytes:
    """Returns a JSON object of `size` bytes."""
    return b'{"a":"' + b"x" * (size - 8) + b'"}'


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json",
        "APPLICATION/JSON",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
        "application/json ; version=1; charset=utf8",
    ],
)
def test_json_in_utf8_is_read(edge: str, media_type: str) -> None:
    assert ask(edge, request("POST", "/echo", b'{"a":1}', content_type=media_type)).json() == {"a": 1}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content_type": ""},
        {"content_type": "text/json"},
        {"content_type": "application/ld+json"},
        {"content_type": "application/x-www-form-urlencoded"},
        {"content_type": "application/json, text/plain"},
        {"content_type": "application/json; charset=utf-16"},
        {"content_type": "application/json; charset=utf-8; charset=latin1"},
    ],
)
def test_another_media_type_is_refused(edge: str, headers: dict[str, str]) -> None:
    reply = ask(edge, request("POST", "/echo", b"{}", **headers))
    assert (reply.status, reply.problem()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("encoding", ["deflate", "br", "gzip, gzip", "x-gzip", "gzip, identity"])
def test_another_encoding_is_refused(edge: str, encoding: str) -> None:
    reply = ask(edge, request("POST", "/echo", b"{}", content_encoding=encoding, **JSON))
    assert (reply.status, reply.problem()["code"]) == (415, "unsupported_encoding")


@pytest.mark.parametrize("encoding", ["gzip", "GZIP"])
def test_gzip_is_inflated(edge: str, encoding: str) -> None:
    body = gzip.compress(b'{"a":1}')
    assert ask(edge, request("POST", "/echo", body, content_encoding=encoding, **JSON)).json() == {"a": 1}


def test_identity_is_no_encoding(edge: str) -> None:
    assert ask(edge, request("POST", "/echo", b"{}", content_encoding="identity", **JSON)).json() == {}


def test_a_body_of_the_limit_is_read_and_one_byte_more_is_refused(edge: str) -> None:
    assert ask(edge, request("POST", "/echo", story(LIMIT), **JSON)).status == 200
    reply = ask(edge, request("POST", "/echo", story(LIMIT + 1), **JSON))
    assert (reply.status, reply.problem()["max_bytes"]) == (413, LIMIT)
    assert reply.headers["connection"] == "close"


@pytest.mark.parametrize("length", [b"1048577", b"99999999999", b"0" * 100 + b"1"])
def test_a_body_that_says_it_is_too_large_is_not_waited_for(edge: str, length: bytes) -> None:
    start = request("POST", "/echo", **JSON).replace(b"content-length: 0", b"content-length: " + length)
    started = time.monotonic()
    assert ask(edge, start).status == 413
    assert time.monotonic() - started < 5


def test_a_chunked_body_is_counted_while_it_is_read(edge: str) -> None:
    assert ask(edge, *chunked(b'{"a":', b"1}", b"")).json() == {"a": 1}
    with Wire(edge) as wire:  # its end never comes
        assert wire.send(*chunked(*[b"x" * 65536] * 17)).reply().problem()["code"] == "body_too_large"
        assert wire.is_closed()


def test_a_gzip_bomb_is_refused(edge: str) -> None:
    bomb = gzip.compress(bytes(20 << 20))
    reply = ask(edge, request("POST", "/echo", bomb, content_encoding="gzip", **JSON))
    assert (reply.status, reply.problem()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("sent", [b"", b'{"a"'])
def test_a_body_that_stops_arriving_is_refused(hasty: str, sent: bytes) -> None:
    start = request("POST", "/echo", **JSON).replace(b"content-length: 0", b"content-length: 20")
    started = time.monotonic()
    with Wire(hasty) as wire:
        reply = wire.send(start + sent).reply()
        assert (reply.status, reply.problem()["code"]) == (408, "body_timeout")
        assert reply.headers["connection"] == "close"
        assert wire.is_closed()
    assert 0.3 < time.monotonic() - started < 10


def test_a_body_that_trickles_is_refused(hasty: str) -> None:
    with Wire(hasty) as wire:
        wire.send(request("POST", "/echo", **JSON).replace(b"content-length: 0", b"content-length: 99"))
        for _ in range(10):
            wire.send(b" ")
            time.sleep(0.1)  # a client that is slow on purpose
        assert wire.reply().problem()["code"] == "body_timeout"


def test_what_is_read_is_what_was_sent(edge: str) -> None:
    document = {"title": "Ünïcödé \U0001f600", "numbers": [1, 2.5, None, True]}
    body = json.dumps(document, ensure_ascii=False).encode()
    assert ask(edge, request("POST", "/echo", body, **JSON)).json() == document
