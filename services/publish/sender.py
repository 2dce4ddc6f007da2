"""One attempt: a signed POST, bounded in time and in what is read of the reply."""

import asyncio
import errno
import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import aiohttp

from copydesk.model import VERSION, Attempt
from services.publish import schedule, signature

READ_BYTES = 64 << 10
KEPT_BYTES = 4 << 10
DETAIL_CHARACTERS = 500


def create_session(timeout_seconds: float) -> aiohttp.ClientSession:
    """Returns a session for attempts: no proxy, no cookies, no decompression; must be closed.

    Args:
        timeout_seconds: for the whole attempt, the reply's body included.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=10),
        timeout=aiohttp.ClientTimeout(total=timeout_seconds),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        headers={"User-Agent": f"copydesk/{VERSION}", "Content-Type": "application/json"},
        skip_auto_headers=("Accept-Encoding",),
    )


async def attempt(  # noqa: PLR0913 - a request has these parts
    session: aiohttp.ClientSession,
    url: str,
    secret: bytes,
    webhook_id: str,
    body: bytes,
    *,
    sequence: int | None = None,
) -> Attempt:
    """Makes one request and returns what came of it; never raises for what an endpoint does."""
    started_at, began = datetime.now(UTC), time.perf_counter()
    headers = signature.headers(secret, webhook_id, int(started_at.timestamp()), body)
    if sequence is not None:
        headers["copydesk-sequence"] = str(sequence)
    status: int | None = None
    try:
        async with session.post(url, data=body, headers=headers, allow_redirects=False) as response:
            status = response.status
            kept = await _read(response)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        detail = f"{type(error).__name__}: {error}"[:DETAIL_CHARACTERS]
        return Attempt(started_at, _milliseconds(began), status, classify(error), _storable(detail))
    found = schedule.error_class(status)
    said = f"The endpoint answered {status}." if found else None
    return Attempt(started_at, _milliseconds(began), status, found, said, kept)


async def _read(response: aiohttp.ClientResponse) -> str:
    """Reads 64 KiB of a reply at the most, and returns the first 4 KiB as text."""
    kept, read = bytearray(), 0
    async for chunk in response.content.iter_chunked(KEPT_BYTES):
        read += len(chunk)
        kept += chunk[: KEPT_BYTES - len(kept)]
        if read >= READ_BYTES:
            response.close()
            break
    return _storable(bytes(kept).decode(errors="replace"))


def _storable(text: str) -> str:
    """PostgreSQL takes no NUL in a text, and UTF-8 no surrogate."""
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()


def classify(error: BaseException) -> str:
    """Returns the error class of what an attempt raised."""
    for link in _causes(error):
        if isinstance(link, OSError) and link.errno in _UNREACHABLE:
            return "unreachable"
        for kinds, name in _CLASSES:
            if isinstance(link, kinds):
                return name
    return "connection"


_UNREACHABLE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN})
_CLASSES: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    ((TimeoutError, asyncio.TimeoutError), "timeout"),
    ((aiohttp.InvalidURL,), "bad_url"),
    ((aiohttp.ClientConnectorDNSError, socket.gaierror), "dns"),
    ((ssl.SSLError, ssl.CertificateError, aiohttp.ClientSSLError), "tls"),
    ((ConnectionRefusedError,), "refused"),
    ((ConnectionResetError, BrokenPipeError, aiohttp.ServerDisconnectedError), "reset"),
    ((aiohttp.ClientPayloadError, aiohttp.ClientResponseError), "bad_reply"),
)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yields what the operating system said first, then what the library made of it."""
    inner = getattr(error, "os_error", None) or error.__cause__
    if inner is not None:
        yield inner
    yield error


def _milliseconds(began: float) -> float:
    return round(1000 * (time.perf_counter() - began), 3)
