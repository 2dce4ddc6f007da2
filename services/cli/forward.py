"""Hands webhooks on to an endpoint of the person who listens."""

import time
from collections.abc import Mapping
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

import aiohttp
import click

from copydesk.errors import CopydeskError

TIMEOUT: Final = aiohttp.ClientTimeout(total=14, sock_connect=5)  # copydesk itself waits 15 s
UNREACHABLE: Final = 502
_OWN: Final = frozenset({"host", "content-length", "connection", "transfer-encoding"})


class ForwardError(CopydeskError):
    """What was given is no place to forward to."""


class Forwarder:
    """Sends requests on and says what came of each; use it in `async with`.

    Args:
        url: the endpoint.

    Raises:
        ForwardError: it is no http or https URL with a host.
    """

    def __init__(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            usable = parts.scheme in {"http", "https"} and bool(parts.hostname)
        except ValueError:
            usable = False
        if not usable:
            raise ForwardError("--forward takes a URL such as http://127.0.0.1:3000/hook.")
        self._url = url

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=TIMEOUT, auto_decompress=False)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def send(self, headers: Mapping[str, str], body: bytes) -> int:
        """Returns what the endpoint answered; 502 where it did not answer."""
        began = time.monotonic()
        passed = {name: value for name, value in headers.items() if name.lower() not in _OWN}
        try:
            async with self._session.post(
                self._url, data=body, headers=passed, allow_redirects=False
            ) as response:
                status = response.status
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            click.echo(f"{self._url} did not answer: {type(error).__name__}", err=True)
            return UNREACHABLE
        click.echo(f"{self._url} answered {status} in {time.monotonic() - began:.2f} s", err=True)
        return status
