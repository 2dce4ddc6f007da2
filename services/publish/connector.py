"""Connections to endpoints: only to addresses that were checked, and to exactly those."""

import socket
from functools import partial

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.connector import AddrInfoType

from services.publish.endpoints import Policy

DNS_SECONDS = 10  # for how long a checked answer is remembered
# What the system holds of a reply until it is read, so that one reading is little: interim replies (1xx) take
# some 250 times their size once they are parsed, and an endpoint can send any number of them.
RECEIVE_BYTES = 16 << 10


class BlockedAddressError(OSError):
    """An endpoint that may not be called; says why, and what would open it. It never names the address."""


def create_connector(policy: Policy, resolver: AbstractResolver | None = None) -> aiohttp.TCPConnector:
    """Returns a connector that dials nothing but what the policy allows.

    Names are resolved through a check. aiohttp asks no resolver for an address, so the last check is where
    the socket is made: it sees what is dialled, however that came about.

    Args:
        policy: what may be called.
        resolver: finds the addresses of a name; that of the operating system unless given.
    """
    return aiohttp.TCPConnector(
        limit=0,
        ttl_dns_cache=DNS_SECONDS,
        resolver=CheckedResolver(policy, resolver or aiohttp.ThreadedResolver()),
        socket_factory=partial(_create_socket, policy),
    )


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


async def check_url(
    policy: Policy, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Refuses, as middleware of a session, a URL that may not be called: before any name is resolved.

    Raises:
        BlockedAddressError: it may not.
    """
    if fault := policy.url_fault(str(request.url)):
        raise BlockedAddressError(fault)
    return await handler(request)


def _create_socket(policy: Policy, info: AddrInfoType) -> socket.socket:
    family, kind, protocol, _, address = info
    _check(policy, str(address[0]), int(address[1]))
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
    return made


def _check(policy: Policy, address: str, port: int) -> None:
    if fault := policy.address_fault(address, port):
        raise BlockedAddressError(fault)
