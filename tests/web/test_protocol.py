import json
import socket
import struct
import threading
import time

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from copydesk.web import protocol
from tests.web.conftest import edge_app
from tests.web.wire import Wire, ask, request, running, settings, until, url_of

LIMIT = 32 << 10
JSON = {"content_type": "application/json"}


def head(size: int) -> bytes:
    """Returns a GET whose request line and headers are exactly `size` bytes long."""
    start = b"GET /__lbheartbeat__ HTTP/1.1\r\nHost: test\r\nX-Long: "
    return start + b"a" * (size - len(start) - 4) + b"\r\n\r\n"


def test_headers_of_the_limit_are_served_and_one_byte_more_is_refused(edge: str) -> None:
    assert ask(edge, head(LIMIT)).status == 200
    reply = ask(edge, head(LIMIT + 1))
    assert reply.problem()["code"] == "headers_too_large"
    assert reply.problem()["max_bytes"] == LIMIT
    assert reply.status == 431
    assert reply.headers["connection"] == "close"


@pytest.mark.parametrize(
    "parts",
    [
        [b"GET /" + b"a" * LIMIT],
        [b"GET / HTTP/1.1\r\nX-Long: ", b"a" * LIMIT],
        [b"GET / HTTP/1.1\r\n", b"X-Many: a\r\n" * (LIMIT // 10)],
        [b"GET / HTTP/1.1\r\nX-Long: " + b"a" * (300 << 10)],
        [b"GET / HTTP/1.1\r\nX: " + b" " * LIMIT],
    ],
    ids=["target", "one header", "many headers", "all at once", "spaces"],
)
def test_headers_without_an_end_are_refused_while_they_arrive(edge: str, parts: list[bytes]) -> None:
    with Wire(edge) as wire:
        assert wire.send(*parts).reply().status == 431
        assert wire.is_closed()


def test_headers_without_an_end_are_refused_after_a_reply_on_the_same_connection(edge: str) -> None:
    with Wire(edge) as wire:
        assert wire.send(request("GET", "/__lbheartbeat__")).reply().status == 200
        assert wire.send(b"GET / HTTP/1.1\r\nX-Long: ", b"a" * (64 << 10)).reply().status == 431


def test_a_client_that_still_sends_reads_why_it_was_refused(edge: str) -> None:
    with Wire(edge) as wire:
        sender = threading.Thread(target=wire.send, args=[b"GET / HTTP/1.1\r\nX: ", *[b"a" * 4096] * 500])
        sender.start()
        assert wire.reply().status == 431
        sender.join()


def test_a_client_that_sends_forever_is_cut_off(edge: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "LINGER_SECONDS", 0.2)
    with Wire(edge) as wire:
        assert wire.send(head(LIMIT + 1)).reply().status == 431

        def is_cut_off() -> bool:
            try:
                wire.socket.sendall(b"a")
            except OSError:
                return True
            return False

        until(is_cut_off, 10)


def test_headers_that_stop_arriving_are_refused(hasty: str) -> None:
    started = time.monotonic()
    reply = ask(hasty, b"POST /echo HTTP/1.1\r\nHost: te")
    assert reply.problem()["code"] == "headers_timeout"
    assert reply.status == 408
    assert 0.3 < time.monotonic() - started < 10


def test_headers_that_trickle_are_refused(hasty: str) -> None:
    with Wire(hasty) as wire:
        wire.send(b"GET / HTTP/1.1\r\n")
        for _ in range(10):
            wire.send(b"X: a\r\n")
            time.sleep(0.1)  # a client that is slow on purpose
        assert wire.reply().status == 408


@pytest.mark.parametrize("sent", [b"", b"\r\n", b"\r\n\r\n\r\n"])
def test_a_connection_without_a_request_is_closed_without_a_word(hasty: str, sent: bytes) -> None:
    with Wire(hasty) as wire:
        assert wire.send(sent).is_closed()


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),
        b"hello\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: test\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: test\r\nbad header\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\0" * 100,
    ],
)
def test_bytes_that_are_no_request_are_a_problem(edge: str, sent: bytes) -> None:
    with Wire(edge) as wire:
        reply = wire.send(sent).reply()
        assert reply.problem()["code"] == "bad_request"
        assert wire.is_closed()


def test_keep_alive_serves_one_request_after_another(edge: str) -> None:
    with Wire(edge) as wire:
        for number in range(5):
            body = json.dumps({"number": number}).encode()
            reply = wire.send(request("POST", "/echo", body, **JSON)).reply()
            assert (reply.status, reply.json()) == (200, {"number": number})
            assert "connection" not in reply.headers
            assert "server" not in reply.headers


def test_pipelined_requests_are_answered_in_order(edge: str) -> None:
    with Wire(edge) as wire:
        wire.send(
            request("GET", "/slow?seconds=0.2")
            + request("POST", "/echo", b'{"a":1}', **JSON)
            + request("GET", "/path/x")
        )
        assert [wire.reply().json() for _ in range(3)] == [{"slept": 0.2}, {"a": 1}, "x"]


def test_a_large_body_before_the_next_request_is_not_counted_as_headers(edge: str) -> None:
    body = json.dumps({"text": "a" * 900_000}).encode()
    with Wire(edge) as wire:
        wire.send(request("POST", "/echo", body, **JSON) + b"GET /path/x HTTP/1.1\r\n")
        assert wire.reply().status == 200
        assert wire.send(b"Host: test\r\n\r\n").reply().json() == "x"


def test_a_refusal_waits_for_the_replies_before_it(edge: str) -> None:
    with Wire(edge) as wire:
        wire.send(request("GET", "/slow?seconds=0.3"), b"nonsense\r\n\r\n")
        assert wire.reply().json() == {"slept": 0.3}
        assert wire.reply().problem()["code"] == "bad_request"
        assert wire.is_closed()


def test_a_refusal_after_a_last_reply_is_dropped(edge: str) -> None:
    with Wire(edge) as wire:
        wire.send(request("GET", "/slow?seconds=0.3", connection="close"), b"nonsense\r\n\r\n")
        assert wire.reply().json() == {"slept": 0.3}
        assert wire.is_closed()


def test_a_refusal_that_waits_is_dropped_where_the_server_stops_first() -> None:
    with running(edge_app(), settings()) as server, Wire(url_of(server)) as wire:
        wire.send(request("GET", "/slow?seconds=0.5") + b"nonsense\r\n\r\n")
        until(lambda: server.server_state.tasks)
        server.should_exit = True
        assert wire.reply().headers["connection"] == "close"
        assert wire.is_closed()


def test_a_body_that_breaks_is_refused_in_place_of_the_reply(edge: str) -> None:
    start = request("POST", "/echo", **JSON).replace(b"content-length: 0", b"transfer-encoding: chunked")
    with Wire(edge) as wire:
        reply = wire.send(start, b'5\r\n{"a":\r\n', b"nonsense\r\n").reply()
        assert reply.problem()["code"] == "bad_request"
        assert wire.is_closed()


def test_a_body_that_breaks_behind_other_requests_is_refused_after_their_replies(edge: str) -> None:
    start = request("POST", "/echo", **JSON).replace(b"content-length: 0", b"transfer-encoding: chunked")
    with Wire(edge) as wire:
        wire.send(request("GET", "/slow?seconds=0.3") + request("GET", "/path/x") + start + b"nonsense\r\n")
        assert wire.reply().json() == {"slept": 0.3}
        assert wire.reply().json() == "x"
        assert wire.reply().problem()["code"] == "bad_request"
        assert wire.is_closed()


def test_trailers_are_dropped(edge: str) -> None:
    start = request("POST", "/raw").replace(b"content-length: 0", b"transfer-encoding: chunked")
    with Wire(edge) as wire:
        reply = wire.send(start + b"2\r\n{}\r\n0\r\nX-Trailer: a\r\n\r\n").reply()
        assert reply.json()["length"] == 2
        assert "x-trailer" not in reply.json()["headers"]
        assert wire.send(request("GET", "/path/x")).reply().json() == "x"


@pytest.mark.parametrize(
    "trailers",
    [[b"X-Many: a\r\n" * 5000], [b"X-Long: ", *[b"a" * 20_000] * 4]],
    ids=["many", "without an end"],
)
def test_trailers_have_the_limit_of_headers(edge: str, trailers: list[bytes]) -> None:
    start = request("POST", "/raw").replace(b"content-length: 0", b"transfer-encoding: chunked")
    with Wire(edge) as wire:
        wire.send(start + b"2\r\n{}\r\n0\r\n")
        for part in trailers:
            wire.send(part)
            time.sleep(0.02)  # so that the parts are read one by one
        assert wire.reply().status == 431


@pytest.mark.parametrize("connection", ["Upgrade", "Upgrade, HTTP2-Settings", "keep-alive, Upgrade"])
def test_a_request_that_asks_for_another_protocol_is_served_with_its_body(edge: str, connection: str) -> None:
    upgrade = {"connection": connection, "upgrade": "h2c", "http2_settings": "AAMAAABkAAQAAP__"}
    with Wire(edge) as wire:
        for number in range(2):
            body = b'{"number": %d}' % number
            reply = wire.send(request("POST", "/echo", body, **JSON, **upgrade)).reply()
            assert reply.json() == {"number": number}


def test_a_request_for_another_protocol_is_served_where_its_body_comes_later(edge: str) -> None:
    start = request("POST", "/echo", connection="Upgrade", upgrade="h2c", **JSON)
    with Wire(edge) as wire:
        wire.send(start.replace(b"content-length: 0", b"content-length: 7"))
        assert wire.send(b'{"a"', b":1}").reply().json() == {"a": 1}


def test_a_request_that_is_answered_before_its_body_came_leaves_the_connection_usable(edge: str) -> None:
    start = request("POST", "/nowhere").replace(b"content-length: 0", b"content-length: 10")
    with Wire(edge) as wire:
        assert wire.send(start).reply().status == 404
        assert wire.send(b"0123456789" + request("GET", "/path/x")).reply().json() == "x"


def test_100_continue_is_sent_only_where_the_body_is_wanted(edge: str) -> None:
    with Wire(edge) as wire:
        wire.send(
            b"POST /echo HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
            b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        )
        assert wire.file.readline() == b"HTTP/1.1 100 Continue\r\n"
        wire.file.readline()
        assert wire.send(b"{}").reply().json() == {}
        wire.send(
            b"POST /echo HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
            b"Content-Length: 2000000\r\nExpect: 100-continue\r\n\r\n"
        )
        assert wire.file.readline().startswith(b"HTTP/1.1 413 ")


def test_more_connections_than_allowed_are_refused_and_the_others_served() -> None:
    bounds = settings(max_connections=2)
    with running(edge_app(), bounds) as server:
        url = url_of(server)
        with Wire(url) as first, Wire(url) as second:
            until(lambda: len(server.server_state.connections) == 2)
            with Wire(url) as third:
                reply = third.reply()
                assert reply.problem()["code"] == "overloaded"
                assert (reply.status, reply.headers["retry-after"]) == (503, "5")
                assert third.is_closed()
            for wire in (first, second):
                assert wire.send(request("GET", "/path/x")).reply().status == 200
        until(lambda: not server.server_state.connections)
        assert ask(url, request("GET", "/path/x")).status == 200


def test_a_connection_that_is_reset_disturbs_nobody(edge: str) -> None:
    for sent in (b"GET / HTTP", request("GET", "/slow?seconds=0.2"), head(LIMIT + 1)):
        with Wire(edge) as wire:
            wire.send(sent)
            wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert httpx2.get(edge + "/path/x").json() == "x"


@pytest.mark.parametrize("reads", [True, False], ids=["slowly", "not at all"])
def test_only_a_client_that_takes_nothing_of_a_large_reply_is_cut_off(
    monkeypatch: pytest.MonkeyPatch, reads: bool
) -> None:
    monkeypatch.setattr(protocol, "UNREAD_SECONDS", 1.0)
    size, slowly = 64 << 20, 2 << 20  # many times what sockets hold

    app = Starlette(routes=[Route("/", lambda _: Response(bytes(size)))])
    with running(app, settings()) as server, Wire(url_of(server)) as wire:
        wire.send(request("GET", "/"))
        while wire.file.readline().strip():
            pass  # its headers
        if not reads:
            until(lambda: not server.server_state.connections)
            return
        got = 0
        for _ in range(16):  # longer than the client has to take something
            got += len(wire.file.read(slowly))
            time.sleep(0.2)  # a client that is slow on purpose
        assert got == 16 * slowly
        assert len(wire.file.read(size - got)) == size - got, "it was cut off in the middle"
