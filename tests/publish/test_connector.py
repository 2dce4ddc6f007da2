"""What resolvers answer, over real sockets: a server that listens must never hear of a blocked address."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_network
from typing import Any

import aiohttp
import pytest
import uvloop
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk.model import Attempt, ErrorClass
from services.publish import addresses, sender
from services.publish.connector import DNS_THREADS, BlockedAddressError, CheckedConnector, SystemResolver
from services.publish.endpoints import Policy

ALL_PORTS = (range(1, 1 << 16),)
SHUT = Policy((), http=True, ports=ALL_PORTS)
# 127.0.0.2 stands for an address that may be called; 127.0.0.1, where the server is, may not.
OTHER = Policy((ip_network("127.0.0.2/32"),), http=True, ports=ALL_PORTS)
OPEN = Policy((ip_network("127.0.0.0/8"),), http=True, ports=ALL_PORTS)
Scene = Callable[[int], Awaitable[Attempt]]


class Answers(AbstractResolver):
    """Answers what it was told to, one list of addresses a question; the last one again and again."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        answer = self._answers[min(self.asked, len(self._answers) - 1)]
        self.asked += 1
        return [
            ResolveResult(hostname=host, host=each, port=port, family=family, proto=0, flags=0)
            for each in answer
        ]

    async def close(self) -> None:
        """Has nothing to close."""


def _listening(scene: Scene, host: str = "127.0.0.1") -> tuple[Attempt, int]:
    """Runs a scene beside a server; returns what came of it, and how many connections the server saw."""
    seen = 0

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal seen
        seen += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    async def run() -> Attempt:
        server = await asyncio.start_server(greet, host, 0)
        async with server:
            return await scene(server.sockets[0].getsockname()[1])

    return uvloop.run(run()), seen


async def _attempt(url: str, policy: Policy, resolver: AbstractResolver | None = None) -> Attempt:
    async with sender.create_session(5, policy, resolver=resolver) as session:
        return await sender.attempt(session, url, b"s" * 32, "event-1", b"{}")


def test_an_answer_that_may_be_called_is_dialled() -> None:
    reply, seen = _listening(
        lambda port: _attempt(f"http://desk.example:{port}/", OPEN, Answers(["127.0.0.1"]))
    )
    assert (reply.status, seen) == (200, 1)


@pytest.mark.parametrize(
    "answer",
    [
        ["127.0.0.1"],
        ["127.0.0.2", "127.0.0.1"],
        ["127.0.0.1", "127.0.0.2"],
        ["::ffff:127.0.0.1"],
        ["127.0.0.2", "::ffff:127.0.0.1"],
        ["127.0.0.2", "::1"],
        ["127.0.0.2", "fe80::1%lo"],
        ["127.0.0.2", "localhost"],
        ["127.0.0.2", "127.1"],
        ["127.0.0.2", "169.254.169.254"],
    ],
)
def test_an_answer_with_one_blocked_address_fails_as_a_whole(answer: list[str]) -> None:
    reply, seen = _listening(
        lambda port: _attempt(f"http://desk.example:{port}/", OTHER, Answers(answer)), "127.0.0.2"
    )
    assert (reply.error_class, reply.status, seen) == (ErrorClass.BLOCKED_ADDRESS, None, 0)


def test_credentials_in_a_url_are_refused_although_no_request_would_show_them() -> None:
    reply, seen = _listening(
        lambda port: _attempt(f"http://desk:secret@desk.example:{port}/", OPEN, Answers(["127.0.0.1"]))
    )
    assert (reply.error_class, reply.status, seen) == (ErrorClass.BLOCKED_ADDRESS, None, 0)
    assert "secret@" not in str(reply)


def test_a_refused_answer_says_which_block_and_not_which_address() -> None:
    reply, _ = _listening(lambda port: _attempt(f"http://desk.example:{port}/", SHUT, Answers(["10.9.8.7"])))
    assert reply.detail is not None
    assert "10.0.0.0/8, private use (RFC 1918)" in reply.detail
    assert "COPYDESK_ALLOW_CIDR" in reply.detail
    assert "10.9.8.7" not in reply.detail


def test_a_name_that_changes_its_answer_is_checked_each_time() -> None:
    resolver = Answers(["127.0.0.2"], ["127.0.0.1"])

    async def scene(port: int) -> Attempt:
        url = f"http://desk.example:{port}/"
        async with sender.create_session(5, OTHER, resolver=resolver) as session:
            first = await sender.attempt(session, url, b"s" * 32, "event-1", b"{}")
            assert first.error_class == ErrorClass.REFUSED  # the server is at another address
            assert isinstance(session.connector, aiohttp.TCPConnector)
            session.connector.clear_dns_cache()
            return await sender.attempt(session, url, b"s" * 32, "event-1", b"{}")

    reply, seen = _listening(scene)
    assert (reply.error_class, seen, resolver.asked) == (ErrorClass.BLOCKED_ADDRESS, 0, 2)


def test_a_name_without_an_address_is_dns() -> None:
    reply, seen = _listening(lambda port: _attempt(f"http://desk.example:{port}/", OPEN, Answers([])))
    assert (reply.error_class, seen) == (ErrorClass.DNS, 0)


def test_what_was_checked_is_dialled_without_asking_again() -> None:
    resolver = Answers(["127.0.0.1"], ["10.0.0.1"])
    reply, seen = _listening(lambda port: _attempt(f"http://desk.example:{port}/", OPEN, resolver))
    assert (reply.status, seen, resolver.asked) == (200, 1, 1)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "localhost.",
        "desk.localhost",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "017700000001",
        "0177.0.0.1",
        "127.0.0.1.",
        "127.0.0.1..",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[::1%25lo]",
        "\uff11\uff12\uff17.\uff10.\uff10.\uff11",
        "127\u30020\u30020\u30021",
        "\u2460\u2461\u2466.0.0.1",
        "\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3",
        "%31%32%37.0.0.1",
    ],
)
def test_no_spelling_of_this_machine_reaches_it(host: str) -> None:
    reply, seen = _listening(lambda port: _attempt(f"http://{host}:{port}/", SHUT))
    assert seen == 0
    assert reply.error_class in {ErrorClass.BLOCKED_ADDRESS, ErrorClass.BAD_URL}


@pytest.mark.parametrize("host", ["127.0.0.1", "[::ffff:127.0.0.1]", "0x7f.1", "2130706433"])
def test_the_connector_alone_dials_no_blocked_address_that_no_resolver_is_asked_for(host: str) -> None:
    """The session's check of the URL is left out: this is what remains if it were passed somehow."""

    async def scene(port: int) -> Attempt:
        async with aiohttp.ClientSession(connector=CheckedConnector(SHUT)) as session:
            with pytest.raises((aiohttp.ClientError, OSError)) as caught:
                await session.post(f"http://{host}:{port}/")
        return Attempt(None, 0, None, sender.classify(caught.value))  # type: ignore[arg-type]

    reply, seen = _listening(scene)
    assert seen == 0
    assert reply.error_class in {ErrorClass.BLOCKED_ADDRESS, ErrorClass.BAD_URL}


def test_a_port_is_checked_where_it_is_dialled() -> None:
    policy = Policy((ip_network("127.0.0.0/8"),), http=True)

    async def scene(port: int) -> Attempt:
        async with aiohttp.ClientSession(connector=CheckedConnector(policy)) as session:
            with pytest.raises(aiohttp.ClientConnectorError) as caught:
                await session.post(f"http://127.0.0.1:{port}/")
        assert isinstance(caught.value.os_error, BlockedAddressError)
        return Attempt(None, 0, None, sender.classify(caught.value))  # type: ignore[arg-type]

    reply, seen = _listening(scene)
    assert (reply.error_class, seen) == (ErrorClass.BLOCKED_ADDRESS, 0)


def test_a_redirect_inside_is_not_followed() -> None:
    async def scene(port: int) -> Attempt:
        async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            location = f"Location: http://127.0.0.1:{port}/".encode()
            writer.write(b"HTTP/1.1 307 Elsewhere\r\n" + location + b"\r\nContent-Length: 0\r\n\r\n")
            writer.close()

        async with await asyncio.start_server(redirect, "127.0.0.2", 0) as server:
            return await _attempt(f"http://127.0.0.2:{server.sockets[0].getsockname()[1]}/", OTHER)

    reply, seen = _listening(scene)
    assert (reply.status, reply.error_class, seen) == (307, ErrorClass.REDIRECT, 0)


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    def scene(port: int) -> Awaitable[Attempt]:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        return _attempt("http://127.0.0.2:9/", OTHER)

    reply, seen = _listening(scene)
    assert (reply.error_class, seen) == (ErrorClass.REFUSED, 0)


def _through_proxy(url: str, said: bytes, policy: Policy = SHUT) -> tuple[Attempt, list[bytes]]:
    """Makes an attempt through a proxy that answers `said`; returns the first line of each request to it."""
    lines: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        lines.append(request.partition(b"\r\n")[0])
        writer.write(said)
        writer.close()

    async def run() -> Attempt:
        async with await asyncio.start_server(proxy, "127.0.0.1", 0) as server:
            place = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            async with sender.create_session(5, policy, proxy=place) as session:
                return await sender.attempt(session, url, b"s" * 32, "event-1", b"{}")

    return uvloop.run(run()), lines


def test_a_proxy_that_was_set_is_asked_by_name() -> None:
    reply, lines = _through_proxy("http://desk.example/hook", b"HTTP/1.1 204 OK\r\n\r\n")
    assert (reply.status, lines) == (204, [b"POST http://desk.example/hook HTTP/1.1"])
    reply, lines = _through_proxy("https://desk.example/hook", b"HTTP/1.1 200 OK\r\n\r\n")
    assert (reply.error_class, lines) == (ErrorClass.RESET, [b"CONNECT desk.example:443 HTTP/1.1"])


@pytest.mark.parametrize(
    "url", ["https://10.0.0.1/", "https://localhost/", "https://0x7f.1/", "https://[::1]/"]
)
def test_a_proxy_is_not_asked_for_what_may_not_be_named(url: str) -> None:
    reply, lines = _through_proxy(url, b"HTTP/1.1 200 OK\r\n\r\n")
    assert (reply.error_class, lines) == (ErrorClass.BLOCKED_ADDRESS, [])


def test_what_a_proxy_refuses_is_unreachable() -> None:
    reply, lines = _through_proxy("https://desk.example/", b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")
    assert (reply.error_class, len(lines)) == (ErrorClass.UNREACHABLE, 1)
    assert reply.detail == "The proxy refused, or is away."


def test_a_proxy_that_is_away_is_not_the_endpoints_fault() -> None:
    async def scene() -> Attempt:
        async with sender.create_session(5, SHUT, proxy="http://127.0.0.1:9") as session:
            return await sender.attempt(session, "https://desk.example/", b"s" * 32, "event-1", b"{}")

    assert asyncio.run(scene()).error_class == ErrorClass.UNREACHABLE


def test_names_that_never_resolve_delay_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with a name server that takes every question and answers none."""
    given_up, real = threading.Event(), socket.getaddrinfo

    def stall(host: str, *more: Any, **named: Any) -> Any:
        if host.endswith(".stalled.example"):
            given_up.wait(60)
            raise socket.gaierror(socket.EAI_AGAIN, "no answer")
        return real("127.0.0.1" if host == "desk.example" else host, *more, **named)

    async def scene(port: int) -> Attempt:
        async with sender.create_session(5, OPEN) as session:

            def attempt(host: str) -> asyncio.Task[Attempt]:
                url = f"http://{host}:{port}/"
                return asyncio.create_task(sender.attempt(session, url, b"s" * 32, "event-1", b"{}"))

            stalled = [attempt(f"n{number}.stalled.example") for number in range(DNS_THREADS - 1)]
            await asyncio.sleep(0)
            reply = await attempt("desk.example")
            assert not any(task.done() for task in stalled)
            given_up.set()
            assert {each.error_class for each in await asyncio.gather(*stalled)} == {ErrorClass.DNS}
        return reply

    monkeypatch.setattr(socket, "getaddrinfo", stall)
    reply, seen = _listening(scene)
    assert (reply.status, seen) == (200, 1)


def test_the_zone_of_an_address_that_a_name_resolves_to_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(*_: Any, **__: Any) -> Any:
        return [(socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("fe80::1", 443, 0, 3))]

    async def scene() -> str:
        resolver = SystemResolver()
        try:
            return (await resolver.resolve("desk.example", 443))[0]["host"]
        finally:
            await resolver.close()

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    assert asyncio.run(scene()) == "fe80::1%3"


def _dialled(policy: Policy, resolver: AbstractResolver, patch: pytest.MonkeyPatch) -> list[str]:
    """Makes an attempt in which every socket is refused, and returns the addresses that were dialled."""
    dialled: list[str] = []

    async def scene() -> None:
        async def refuse(_socket: socket.socket, address: tuple[str, int]) -> None:
            dialled.append(address[0])
            raise ConnectionRefusedError

        patch.setattr(asyncio.get_running_loop(), "sock_connect", refuse)
        await _attempt("https://desk.example/", policy, resolver)

    asyncio.run(scene())
    return dialled


@pytest.mark.no_cover
@settings(max_examples=200, deadline=None)
@given(answer=st.lists(st.ip_addresses().map(str) | st.sampled_from(["1.1.1.1", "2a00:1450::1"]), max_size=4))
def test_whatever_a_resolver_answers_no_blocked_address_is_dialled(answer: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        dialled = _dialled(Policy(), Answers(answer), patch)
    verdicts = [addresses.block(addresses.parse(each)) for each in answer]  # type: ignore[arg-type]
    if any(verdicts):
        assert dialled == []
    else:
        assert set(dialled) == set(answer)
