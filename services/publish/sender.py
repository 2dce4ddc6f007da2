"""One attempt: a signed POST, bounded in time and in what is read of the reply."""

import asyncio
import errno
import io
import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache, partial

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.http_exceptions import BadHttpMessage, LineTooLong
from aiohttp.payload import BytesPayload

from copydesk.model import VERSION, Attempt, ErrorClass
from services.publish import connector, exchange, schedule, signature
from services.publish.carried import NOTHING, Carried
from services.publish.connector import BlockedAddressError
from services.publish.endpoints import ANYWHERE, Policy
from services.publish.exchange import NOTES, Notes

READ_BYTES = 1 << 20
KEPT_BYTES = 4 << 10
CHUNK_BYTES = 16 << 10
WHOLE_BYTES = 64 << 10  # what is larger is written piece by piece, as fast as it is read
WHOLE_REMEMBERED = 32  # bodies, on their way to many endpoints
CONTENT_TYPE = "application/json"
DETAIL_CHARACTERS = 500


def create_session(
    timeout_seconds: float,
    policy: Policy,
    *,
    proxy: str | None = None,
    resolver: AbstractResolver | None = None,
) -> aiohttp.ClientSession:
    """Returns a session for attempts: no cookies, no decompression, no proxy but this; must be closed.

    Args:
        timeout_seconds: for the whole attempt, the reply's body included.
        policy: what may be called; nothing else is.
        proxy: `http://host:port` of what is dialled in place of every endpoint. It resolves their names.
        resolver: finds the addresses of a name; that of the operating system unless given.
    """
    return aiohttp.ClientSession(
        connector=connector.CheckedConnector(ANYWHERE if proxy else policy, resolver),
        proxy=proxy,
        middlewares=(connector.check_urls(policy),),
        timeout=aiohttp.ClientTimeout(total=timeout_seconds),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        headers={"User-Agent": f"copydesk/{VERSION}", "Content-Type": CONTENT_TYPE},
        skip_auto_headers=("Accept-Encoding",),
    )


async def attempt(  # noqa: PLR0913 - a request has these parts
    session: aiohttp.ClientSession,
    url: str,
    secret: signature.Secret,
    webhook_id: str,
    body: bytes,
    *,
    former: Sequence[signature.Secret] = (),
    sequence: int | None = None,
    carried: Carried = NOTHING,
) -> Attempt:
    """Makes one request and returns what came of it; never raises for what an endpoint does.

    Args:
        session: of `create_session`.
        url: the endpoint.
        secret: the subscription's.
        webhook_id: the event's id.
        body: what is sent.
        former: secrets with which it is signed as well.
        sequence: of the delivery; `None` where it was not counted.
        carried: what the subscription has sent along; what is repeated of it is struck from what came back.
    """
    started_at, began = datetime.now(UTC), time.perf_counter()
    headers = signature.headers(secret, webhook_id, int(started_at.timestamp()), body, former=former)
    if sequence is not None:
        headers["copydesk-sequence"] = str(sequence)
    if carried is not NOTHING:
        headers = {**carried.sent(), **headers}
    status: int | None = None
    asked: float | None = None
    notes = Notes(url)
    NOTES.set(notes)
    try:
        data = _whole(body) if len(body) <= WHOLE_BYTES else io.BytesIO(body)
        async with session.post(url, data=data, headers=headers, allow_redirects=False) as response:
            status, notes.received = response.status, response.raw_headers
            notes.answered_at = time.perf_counter()
            asked = schedule.retry_after_seconds(response.headers.get("Retry-After"), datetime.now(UTC))
            kept, is_whole = await _read(response)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        taken, line = _milliseconds(began), exchange.kept(notes, began)
        failure = Attempt(started_at, taken, status, classify(error), _detail(error), exchange=line)
        return carried.struck(replace(failure, retry_after_seconds=asked))
    taken, line = _milliseconds(began), exchange.kept(notes, began)
    found, said = schedule.error_class(status), f"The endpoint answered {status}"
    if found is None and not is_whole:
        found, said = ErrorClass.TOO_LARGE, f"{said} with more than {READ_BYTES >> 10} KiB"
    detail = f"{said}." if found else None
    return carried.struck(Attempt(started_at, taken, status, found, detail, kept, line, asked))


# One for all requests with the same body: it holds nothing of any.
_whole = lru_cache(WHOLE_REMEMBERED)(partial(BytesPayload, content_type=CONTENT_TYPE))


async def _read(response: aiohttp.ClientResponse) -> tuple[str, bool]:
    """Reads 1024 KiB of a reply at the most; returns the first 4 KiB as text, and whether that was all."""
    kept, read = bytearray(), 0
    async for chunk in response.content.iter_chunked(CHUNK_BYTES):
        read += len(chunk)
        kept += chunk[: KEPT_BYTES - len(kept)]
        if read > READ_BYTES:
            response.close()
            break
    return exchange.storable(bytes(kept)), read <= READ_BYTES


def _detail(error: BaseException) -> str:
    """Returns a sentence for the subscriber, who is not told where we and our proxy are."""
    if isinstance(error, _PROXY_ERRORS):
        return "The proxy refused, or is away."
    for link in _causes(error):
        if isinstance(link, BlockedAddressError):
            return str(link)
    return _storable(f"{type(error).__name__}: {error}"[:DETAIL_CHARACTERS])


def _storable(text: str) -> str:
    """PostgreSQL takes no NUL in a text, and UTF-8 no surrogate."""
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()


def classify(error: BaseException) -> ErrorClass:
    """Returns the error class of what an attempt raised."""
    if isinstance(error, _PROXY_ERRORS):
        return ErrorClass.UNREACHABLE
    for link in _causes(error):
        if isinstance(link, OSError) and link.errno in _UNREACHABLE:
            return ErrorClass.UNREACHABLE
        for kinds, said, name in _CLASSES:
            if isinstance(link, kinds) and said in str(link):
                return name
    return ErrorClass.CONNECTION


_PROXY_ERRORS = (aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError)
_UNREACHABLE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN})
# Which errors, with what in their message, where aiohttp has no type for the difference → the class.
_CLASSES: tuple[tuple[tuple[type[BaseException], ...], str, ErrorClass], ...] = (
    ((BlockedAddressError,), "", ErrorClass.BLOCKED_ADDRESS),
    ((TimeoutError, asyncio.TimeoutError), "", ErrorClass.TIMEOUT),
    ((aiohttp.InvalidURL, UnicodeError), "", ErrorClass.BAD_URL),
    ((aiohttp.ClientConnectorDNSError, socket.gaierror), "", ErrorClass.DNS),
    ((ssl.SSLError, ssl.CertificateError, aiohttp.ClientSSLError), "", ErrorClass.TLS),
    ((ConnectionRefusedError,), "", ErrorClass.REFUSED),
    ((ConnectionResetError, BrokenPipeError, aiohttp.ServerDisconnectedError), "", ErrorClass.RESET),
    ((aiohttp.ClientPayloadError,), ConnectionResetError.__name__, ErrorClass.RESET),
    ((LineTooLong,), "", ErrorClass.TOO_LARGE),
    ((BadHttpMessage,), "Too many", ErrorClass.TOO_LARGE),  # headers, or trailers
    ((aiohttp.ClientPayloadError, aiohttp.ClientResponseError), "", ErrorClass.BAD_REPLY),
)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yields what the operating system or the parser said first, then what the library made of it."""
    inner = getattr(error, "os_error", None) or error.__cause__
    if inner is not None:
        yield from _causes(inner)
    yield error


def _milliseconds(began: float) -> float:
    return round(1000 * (time.perf_counter() - began), 3)
