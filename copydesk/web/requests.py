"""What every request goes through: an id, a clock, a log line, and a reply even where the code fails."""

import asyncio
import re
import time
from typing import Final

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from copydesk import metrics
from copydesk.model import new_id
from copydesk.web import problems

CLIENT_GONE: Final = 499  # never sent: how logs and metrics call a client that did not wait
_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_HEARTBEATS: Final = ("/__", "/metrics")
_TOLD: Final = ("problem", "story_id")  # of the request's state

log = structlog.get_logger(__name__)


class RequestMiddleware:
    """Wraps an ASGI application.

    - `X-Request-Id`: the client's where it is well formed, else a new one; in the reply and in every log
      line of the request, as `request_id`.
    - One log line `http.request` a request; a route that knows a story sets `request.state.story_id`.
    - Unexpected errors become a problem `internal` that tells nothing but the id.
    """

    def __init__(self, app: ASGIApp, service: str) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        structlog.contextvars.clear_contextvars()
        exchange = _Exchange(scope, receive, send)
        structlog.contextvars.bind_contextvars(request_id=exchange.id)
        await self._run(exchange, scope, receive)
        self._tell(exchange, scope)

    async def _run(self, exchange: "_Exchange", scope: Scope, receive: Receive) -> None:
        try:
            await self._app(scope, receive, exchange.send)
        except ClientDisconnect:
            exchange.status = CLIENT_GONE
        except asyncio.CancelledError:
            # The server cancels what it cannot wait for any longer, and nothing else does.
            log.warning("http.cancelled")
            await exchange.answer("stopping", "This server is stopping: send the request again.")
        except Exception:
            log.exception("http.failed")
            await exchange.answer("internal", f"The request {exchange.id} failed; copydesk's log says why.")

    def _tell(self, exchange: "_Exchange", scope: Scope) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        seconds = time.perf_counter() - exchange.started_at
        metrics.of(metrics.HTTP_REQUESTS, self._service, scope["method"], route, str(exchange.status)).inc()
        metrics.of(metrics.HTTP_SECONDS, self._service, route).observe(seconds)
        if exchange.problem:
            metrics.of(metrics.PROBLEMS, self._service, exchange.problem).inc()
        tell = log.debug if route.startswith(_HEARTBEATS) else log.info
        fields = {name: str(scope["state"][name]) for name in _TOLD if name in scope["state"]}
        tell(
            "http.request",
            method=scope["method"],
            route=route,
            status=exchange.status,
            duration_ms=round(seconds * 1000, 1),
            **fields,
        )


class _Exchange:
    """One request and its reply, as far as they are told."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.started_at = time.perf_counter()
        self.id = _request_id(scope)
        self.status = 0  # until the reply starts
        self._scope = scope
        self._receive = receive
        self._send = send
        scope.setdefault("state", {})["request_id"] = self.id

    @property
    def problem(self) -> str | None:
        """The code of the problem answered, if it was one."""
        code: str | None = self._scope["state"].get("problem")
        return code

    async def send(self, message: Message) -> None:
        """Sends a part of the reply; the first bears the id."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", []), (b"x-request-id", self.id.encode())]
        await self._send(message)

    async def answer(self, code: str, detail: str) -> None:
        """Answers a problem and ends the connection; where a reply has begun, only raises.

        Raises:
            RuntimeError: a reply has begun; the server then ends the connection.
        """
        if self.status:
            raise RuntimeError("the reply was cut off")
        self._scope["state"]["problem"] = code
        problem = problems.document(
            code, detail, instance=problems.instance(self._scope), members={"request_id": self.id}
        )
        reply = problems.response(problem, problems.headers(code, {"Connection": "close"}))
        await reply(self._scope, self._receive, self.send)


def _request_id(scope: Scope) -> str:
    given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
    return given.decode() if _ID.fullmatch(given) else str(new_id())
