"""The body of a request: checked before it is read, counted and timed while it is read."""

import asyncio
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request

from copydesk.settings import WebSettings
from copydesk.web.inflation import inflate, too_large
from copydesk.web.problems import ProblemError

WHOLE: Final = "copydesk.whole"
"""In the scope of a request that has arrived to its end: reading its body waits for nothing."""
_PLAIN: Final = "application/json"
_CHARSETS: Final = frozenset({"utf-8", "utf8"})
_MAX_LENGTH_DIGITS: Final = 20  # int() refuses thousands of digits, leading zeros included


async def read(request: Request, settings: WebSettings) -> bytes:
    """Returns the body of a JSON request, inflated; it is not parsed yet.

    Raises:
        ProblemError: `unsupported_media_type`, `unsupported_encoding`, `body_too_large`, `body_timeout`
            or `bad_gzip`.
        ClientDisconnect: the client is gone.
    """
    check_media_type(request.headers)
    zipped = is_gzip(request.headers)
    check_declared_length(request.headers, settings.max_body_bytes)
    data = await _collect(request, settings)
    return await run_in_threadpool(inflate, data, settings.max_body_bytes) if zipped else data


def is_empty(request: Request) -> bool:
    """Whether a request says that it has no body."""
    given = request.headers
    return "transfer-encoding" not in given and not given.get("content-length", "").strip("0")


def check_media_type(headers: Headers) -> None:
    """Accepts `application/json`, in UTF-8 or without a charset.

    Raises:
        ProblemError: `unsupported_media_type`.
    """
    given = headers.get("content-type", "")
    if given != _PLAIN and not _is_json(given):
        raise ProblemError("unsupported_media_type", "Send Content-Type: application/json, encoded as UTF-8.")


def _is_json(content_type: str) -> bool:
    media_type, *parameters = (part.strip() for part in content_type.lower().split(";"))
    charsets = [
        part.partition("=")[2].strip().strip('"')
        for part in parameters
        if part.partition("=")[0].strip() == "charset"
    ]
    return media_type == _PLAIN and _CHARSETS.issuperset(charsets)


def is_gzip(headers: Headers) -> bool:
    """Whether the body is compressed with gzip, and with nothing else.

    Raises:
        ProblemError: `unsupported_encoding`.
    """
    given = ",".join(headers.getlist("content-encoding")).lower().strip()
    if given not in {"", "identity", "gzip"}:
        raise ProblemError("unsupported_encoding", "Send Content-Encoding: gzip, or none.")
    return given == "gzip"


def check_declared_length(headers: Headers, max_bytes: int) -> None:
    """Refuses a body that says itself that it is too long, before any of it is read.

    Raises:
        ProblemError: `body_too_large`.
    """
    declared = headers.get("content-length", "0")  # digits only: the HTTP parser saw to that
    if len(declared) > _MAX_LENGTH_DIGITS or int(declared) > max_bytes:
        raise too_large(max_bytes)


async def _collect(request: Request, settings: WebSettings) -> bytes:
    if WHOLE in request.scope:
        return await _gather(request, settings.max_body_bytes)
    try:
        async with asyncio.timeout(settings.body_timeout_seconds):
            return await _gather(request, settings.max_body_bytes)
    except TimeoutError:
        raise ProblemError(
            "body_timeout",
            f"The body must arrive within {settings.body_timeout_seconds:g} seconds: send it at once.",
            headers={"Connection": "close"},
        ) from None


async def _gather(request: Request, max_bytes: int) -> bytes:
    parts: list[bytes] = []
    length, more = 0, True
    while more:  # as `request.stream()` does, which costs as much again
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        length += len(parts[-1])
        if length > max_bytes:
            raise too_large(max_bytes)
        more = message.get("more_body", False)
    return b"".join(parts)
