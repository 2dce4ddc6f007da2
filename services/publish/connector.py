"""Connections to endpoints: only to addresses that were checked, and to exactly those."""

import asyncio
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import AddrInfoType, Connection
from aiohttp.tracing import Trace

from services.publish.endpoints import Policy
from services.publish.exchange import NOTES

DNS_SECONDS = 10  # for how long a checked answer is remembered
URLS_REMEMBERED = 1_000  # with the verdict on each
DNS_THREADS = 64  # names that are looked up at once
# What the system holds of a reply until it is read, so that one reading is little: interim replies (1xx) take
# some 250 times their size once they are parsed, and an endpoint can send any number of them.
RECEIVE_BYTES = 16 << 10


class BlockedAddressError(OSError):
    """An endpoint that may not be called; says why, and what would open it. It never names the address."""


class CheckedConnector(aiohttp.TCPConnector):
    """Dials nothing but what the policy allows.

    Names are resolved through a check. aiohttp asks no resolver for an address, so the last check is where
    the socket is made: it sees what is dialled, however that came about.

    Args:
        policy: what may be called.
        resolver: finds the addresses of a name; that of the operating system unless given.
    """

    def __init__(self, policy: Policy, resolver: AbstractResolver | None = None) -> None:
        self._checked = CheckedResolver(policy, resolver or SystemResolver())
        super().__init__(
            limit=0,
            ttl_dns_cache=DNS_SECONDS,
            resolver=self._checked,
            socket_factory=partial(_create_socket, policy),
        )
        # Called when a connection is made, before TLS. There is no public way to hear of that moment.
        self._factory = partial(_note_connected, self._factory)

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - as aiohttp calls it
    ) -> Connection:
        """Returns a connection that is ready for a request, one that is there or a new one."""
        ready = await super().connect(req, traces, timeout)
        if (notes := NOTES.get(None)) is not None:
            notes.ready_at, notes.is_encrypted = time.perf_counter(), req.is_ssl()
        return ready

    async def close(self, *, abort_ssl: bool = False) -> None:
        """Closes every connection, and the resolver."""
        await super().close(abort_ssl=abort_ssl)
        await self._checked.close()


class SystemResolver(AbstractResolver):
    """Asks the operating system, in threads of its own.

    A name whose server never answers holds a thread for half a minute, and uvloop has four for everything.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(DNS_THREADS, thread_name_prefix="dns")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Returns every address of a name.

        Raises:
            OSError: it does not resolve.
        """
        found = await asyncio.get_running_loop().run_in_executor(
            self._threads,
            partial(
                socket.getaddrinfo, host, port, family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
            ),
        )
        return [
            ResolveResult(
                hostname=host,
                host=_with_zone(address) if kind == socket.AF_INET6 else str(address[0]),
                port=port,
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST,
            )
            for kind, _, protocol, _, address in found
        ]

    async def close(self) -> None:
        """Takes no further names; what is looked up is let go."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class CheckedResolver(AbstractResolver):
    """Resolves names; an answer that holds a blocked address fails as a whole.

    Taking the public part of it would let whoever answers for a name choose, by what else it answers, when
    we call where.
    """

    def __init__(self, policy: Policy, inner: AbstractResolver) -> None:
        self._policy = policy
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Returns the addresses of a name, all of which may be called.

        Raises:
            BlockedAddressError: one of them may not.
            OSError: the name does not resolve, or has no address.
        """
        found = await self._inner.resolve(host, port, family)
        if not found:
            raise OSError(None, "The name has no address")
        for each in found:
            _check(self._policy, each["host"], port)
        return found

    async def close(self) -> None:
        """Closes the resolver inside."""
        await self._inner.close()


def _with_zone(address: tuple[Any, ...]) -> str:
    return f"{address[0]}%{address[3]}" if address[3] else str(address[0])


def check_urls(policy: Policy) -> aiohttp.ClientMiddlewareType:
    """Returns middleware of a session that refuses a URL which may not be called, before a name is resolved.

    What it returns raises `BlockedAddressError`.
    """
    url_fault = lru_cache(URLS_REMEMBERED)(policy.url_fault)

    async def check(
        request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        notes = NOTES.get(None)
        # As it was given too: by now credentials have been taken out of it.
        given = url_fault(notes.url) if notes is not None and notes.url is not None else None
        if fault := given or url_fault(str(request.url)):
            raise BlockedAddressError(fault)
        if notes is not None:
            notes.headers = request.headers
        return await handler(request)

    return check


def _create_socket(policy: Policy, info: AddrInfoType) -> socket.socket:
    family, kind, protocol, _, address = info
    _check(policy, str(address[0]), int(address[1]))
    if (notes := NOTES.get(None)) is not None and notes.found_at is None:
        notes.found_at = time.perf_counter()
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
    return made


def _note_connected(factory: Callable[[], ResponseHandler]) -> ResponseHandler:
    if (notes := NOTES.get(None)) is not None and notes.connected_at is None:
        notes.connected_at = time.perf_counter()
    return factory()


def _check(policy: Policy, address: str, port: int) -> None:
    if fault := policy.address_fault(address, port):
        raise BlockedAddressError(fault)
