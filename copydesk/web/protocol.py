"""HTTP/1.1 with bounds: uvicorn's protocol, which alone reads headers without a limit of size or time."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from http import HTTPStatus
from typing import Any, Final, cast

import httptools
import structlog
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from copydesk import metrics
from copydesk.settings import WebSettings
from copydesk.web import problems
from copydesk.web.body import WHOLE
from copydesk.web.transport import GatheringTransport

LINGER_SECONDS: Final = 2.0
UNREAD_SECONDS: Final = 30.0  # for a client that takes nothing of what is sent to it
_FRAME: Final = len("  HTTP/1.1\r\n" + "\r\n")  # of a request line and of the end of headers
_HEADER_LINE: Final = len(": \r\n")
_HOP_HEADERS: Final = frozenset({b"upgrade", b"http2-settings"})

log = structlog.get_logger(__name__)


class _Phase(Enum):
    """What the bytes that come next belong to."""

    IDLE = "idle"  # no request has begun
    HEADERS = "headers"
    BODY = "body"  # trailers included


class EdgeProtocol(HttpToolsProtocol):
    """Answers what it cannot hand to the application itself, as a problem, and ends the connection.

    - 431 where request line and headers exceed `max_header_bytes`; of what is not complete no more than
      that and two reads are kept.
    - 408 where they are not complete within `body_timeout_seconds` of their first byte.
    - A client that takes nothing of what it is sent for `UNREAD_SECONDS` is cut off; a slow one is not.
    - 400 where the bytes are no HTTP, 503 where there are `max_connections` already.

    A connection that ends while the client still sends is closed for writing first and read for up to
    `LINGER_SECONDS`: a plain close would reset it, and the client would never see the answer.
    """

    service: str
    settings: WebSettings

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._raw: asyncio.Transport
        self._phase = _Phase.IDLE
        self._timer: asyncio.TimerHandle | None = None
        self._unread_timer: asyncio.TimerHandle | None = None
        self._begun = 0  # requests, on this connection
        self._head_bytes = 0  # of the request line and headers parsed
        self._unparsed_bytes = 0  # received since the parser last gave anything back
        self._progress = False  # whether the parser gave part of a body while it was last fed
        self._deaf = False  # what is still received is dropped
        self._upgrading = False
        self._too_large = False
        self._refusal: bytes | None = None  # to be sent after the replies before it

    # What the transport calls

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begins a connection, or refuses it where there are too many."""
        self._raw = transport
        gathering = GatheringTransport(transport, self.loop, self._finish)
        super().connection_made(cast("asyncio.Transport", gathering))
        if len(self.connections) > self.settings.max_connections:
            self._refuse("overloaded", "Too many connections are open: try again in a few seconds.")
        else:
            self._arm(self.settings.body_timeout_seconds, self.transport.close)

    def data_received(self, data: bytes) -> None:
        """Feeds the parser, and looks at what it keeps."""
        if self._deaf:
            return
        was_idle, begun, self._progress = self._phase is _Phase.IDLE, self._begun, False
        self._feed(data)
        began = self._begun - begun
        self._count(data, began=began, whole=was_idle)
        if began and self._phase is _Phase.HEADERS and not self._deaf:
            self._arm(self.settings.body_timeout_seconds, self._headers_late)

    def pause_writing(self) -> None:
        """Stops the application, whose client is slow, and does not wait for it without end."""
        super().pause_writing()
        self._await_reading()

    def resume_writing(self) -> None:
        """Lets the application go on."""
        self._heed()
        super().resume_writing()

    def _await_reading(self) -> None:
        unread = self._raw.get_write_buffer_size()
        self._unread_timer = self.loop.call_later(UNREAD_SECONDS, self._look, unread)

    def _look(self, unread: int) -> None:
        if self._raw.get_write_buffer_size() < unread:
            self._await_reading()
        else:
            self._raw.abort()

    def _heed(self) -> None:
        if self._unread_timer is not None:
            self._unread_timer.cancel()
            self._unread_timer = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Ends everything that belongs to the connection."""
        self._disarm()
        self._heed()
        super().connection_lost(exc)

    # What the parser calls

    def on_message_begin(self) -> None:
        """Begins a request; where its headers do not come at once `data_received` starts their clock."""
        super().on_message_begin()
        self._unset_keepalive_if_required()
        self._begun += 1
        self._phase = _Phase.HEADERS
        self._head_bytes = _FRAME

    def on_url(self, url: bytes) -> None:
        """Counts the target."""
        self._head_bytes += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Counts a header; drops a trailer, which uvicorn would add to the headers of the request."""
        self._head_bytes += len(name) + len(value) + _HEADER_LINE
        if self._phase is not _Phase.BODY:
            super().on_header(name, value)
        else:
            self._check_head()

    def on_headers_complete(self) -> None:
        """Hands the request to the application."""
        self._head_bytes += len(self.parser.get_method())
        self._check_head()
        if self.parser.should_upgrade():
            self._upgrading = True
            return
        self._phase = _Phase.BODY
        self._disarm()
        super().on_headers_complete()

    def on_chunk_complete(self) -> None:
        """Notes that a body moves on."""
        self._progress = True

    def on_body(self, body: bytes) -> None:
        """Hands on a part of the body."""
        self._progress = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Ends a request."""
        if not self._upgrading:
            self._phase = _Phase.IDLE
            cast("dict[str, object]", self.scope)[WHOLE] = True
            super().on_message_complete()

    # What a reply calls

    def on_response_complete(self) -> None:
        """Begins the next reply, which may be a refusal that waited for its turn."""
        if self._refusal is None or self.pipeline:
            super().on_response_complete()
            if self._phase is _Phase.HEADERS:
                self._unset_keepalive_if_required()  # the clock of the next request is running already
        else:
            self._write_last(self._refusal)

    # Bounds

    def _feed(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._decline_upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            if self._too_large:
                self._refuse_head()
            else:
                self._refuse("bad_request", "These bytes are not an HTTP/1.1 request that can be served.")

    def _decline_upgrade(self, rest: bytes) -> None:
        """Takes the request as if it had not asked for another protocol, as RFC 9110, section 7.8 allows.

        The parser stops at an upgrade and would drop the body; Java's client asks for h2c with each POST.
        """
        self._upgrading = False
        method = self.parser.get_method()
        if method == b"CONNECT":
            self._refuse("bad_request", "This is no proxy.")
            return
        lines = [b"%b %b HTTP/%b" % (method, self.url, self.parser.get_http_version().encode())]
        lines += [b"%b: %b" % (name, _plain(name, value)) for name, value in self.headers]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._feed(b"\r\n".join([*(line for line in lines if line), b"", b""]) + rest)

    def _count(self, data: bytes, *, began: int, whole: bool) -> None:
        """Counts what the parser has taken and not given back: headers, or trailers without an end."""
        held = self._phase is _Phase.HEADERS or (self._phase is _Phase.BODY and not self._progress)
        if self._deaf or not held:
            self._unparsed_bytes = 0
        elif began:
            # Where the request began inside this read is not known, unless it is all that was read.
            alone = whole and began == 1 and self._phase is _Phase.HEADERS
            self._unparsed_bytes = len(data) if alone else 0
        else:
            self._unparsed_bytes += len(data)
        if self._unparsed_bytes > self.settings.max_header_bytes:
            self._refuse_head()

    def _check_head(self) -> None:
        if self._head_bytes > self.settings.max_header_bytes:
            self._too_large = True
            raise ValueError("headers too large")  # ends the parser

    def _headers_late(self) -> None:
        seconds = self.settings.body_timeout_seconds
        self._refuse("headers_timeout", f"The headers must arrive within {seconds:g} seconds.")

    def _refuse_head(self) -> None:
        limit = self.settings.max_header_bytes
        self._refuse(
            "headers_too_large", f"Request line and headers may be {limit} bytes long.", max_bytes=limit
        )

    # The end of a connection

    def _refuse(self, code: str, detail: str, **members: int) -> None:
        """Answers a problem, after the replies that are still owed, and ends the connection."""
        self._deaf = True
        self._disarm()
        log.info("http.refused", code=code)
        metrics.PROBLEMS.labels(self.service, code).inc()
        reply = self._reply(code, problems.encode(problems.document(code, detail, members=members)))
        if not self._answering:
            self._write_last(reply)
        elif self._phase is not _Phase.BODY:
            self._refusal = reply
        elif self.pipeline:
            self.pipeline.popleft()  # the broken request itself: the newest, and not begun
            self._refusal = reply
        else:
            self._abandon(reply)

    @property
    def _answering(self) -> bool:
        """Whether the newest request has not been answered to the end; there may be none."""
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return cycle is not None and not cycle.response_complete

    def _abandon(self, reply: bytes) -> None:
        """Ends a request whose body is broken: its application learns that the client is gone."""
        unanswered = not self.cycle.response_started
        self.cycle.disconnected = True
        self.cycle.message_event.set()
        self._write_last(reply if unanswered else b"")

    def _reply(self, code: str, body: bytes) -> bytes:
        status = HTTPStatus(problems.PROBLEMS[code].status)
        headers = {
            "Content-Type": problems.MEDIA_TYPE,
            "Content-Length": str(len(body)),
            "Connection": "close",
            **problems.headers(code),
        }
        lines = [f"HTTP/1.1 {status} {status.phrase}".encode()]
        lines += [b"%b: %b" % header for header in self.server_state.default_headers]
        lines += [f"{name}: {value}".encode() for name, value in headers.items()]
        return b"\r\n".join([*lines, b"", body])

    def _write_last(self, reply: bytes) -> None:
        self.transport.write(reply)
        self.transport.close()

    def _finish(self) -> None:
        """Closes at once where the client has nothing left to send, else lingers."""
        unread = self._deaf or self._phase is not _Phase.IDLE
        self._deaf = True
        if not unread:
            self._disarm()
            self._raw.close()
            return
        self.flow.resume_reading()
        with suppress(OSError):  # the peer may have reset the connection already
            self._raw.write_eof()
        self._arm(LINGER_SECONDS, self._raw.close)

    def _arm(self, seconds: float, callback: Callable[[], None]) -> None:
        self._disarm()
        self._timer = self.loop.call_later(seconds, callback)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _plain(name: bytes, value: bytes) -> bytes:
    """Returns a header's value without what asks for another protocol."""
    if name != b"connection":
        return value
    tokens = [token for token in value.split(b",") if token.strip().lower() not in _HOP_HEADERS]
    return b",".join(tokens)


def protocol(service: str, settings: WebSettings) -> type[EdgeProtocol]:
    """Returns the protocol of one service."""
    return type("EdgeProtocol", (EdgeProtocol,), {"service": service, "settings": settings})
