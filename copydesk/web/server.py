"""The HTTP server of one process: uvicorn with our protocol, bounds and log lines."""

import math
import signal
import socket
from collections.abc import Callable
from typing import Final, NoReturn

import structlog
import uvicorn
from starlette.types import ASGIApp

from copydesk import process
from copydesk.settings import PREFIX, WebSettings
from copydesk.web.protocol import protocol

KEEP_ALIVE_SECONDS: Final = 15

log = structlog.get_logger(__name__)


class Server(uvicorn.Server):
    """A uvicorn server that says where it listens once it does.

    To stop it from another thread, set `should_exit`.
    """

    url: str | None = None  # known once it listens

    def __init__(
        self, config: uvicorn.Config, on_listening: Callable[[str], None], on_stopping: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._on_listening = on_listening
        self._on_stopping = on_stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begins to listen."""
        await super().startup(sockets)
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        self.url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        self._on_listening(self.url)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stops listening, and waits for the requests in hand: those that wait for something end first."""
        self._on_stopping()
        await super().shutdown(sockets)


def create_server(  # noqa: PLR0913 - a server has these parts
    app: ASGIApp,
    host: str,
    port: int,
    settings: WebSettings,
    *,
    service: str,
    on_listening: Callable[[str], None] | None = None,
    on_stopping: Callable[[], None] | None = None,
) -> Server:
    """Returns a server that does not run yet.

    Args:
        app: the application.
        host: the address to listen on.
        port: the port; 0 takes a free one.
        settings: the bounds of requests, connections and the shutdown.
        service: its name in logs and metrics.
        on_listening: called with the URL; logs `http.listening` by default.
        on_stopping: called before the requests in hand are waited for, in the event loop.
    """

    def tell(url: str) -> None:
        log.info("http.listening", url=url)

    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=protocol(service, settings),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=math.ceil(settings.shutdown_seconds),
    )
    return Server(config, on_listening or tell, on_stopping or _nothing)


def _nothing() -> None:
    """Nobody has to be told."""


def serve(  # noqa: PLR0913 - a server has these parts
    app: ASGIApp,
    host: str,
    port: int,
    settings: WebSettings,
    *,
    service: str,
    on_stopping: Callable[[], None] | None = None,
) -> None:
    """Serves until SIGTERM or SIGINT; then finishes the requests in hand, within `shutdown_seconds`.

    Raises:
        SystemExit: 2 where it could not listen, 3 where the application did not start.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn takes the signals while it serves, and raises them again afterwards.
        signal.signal(number, _exit)
    process.settle_in()
    try:
        create_server(app, host, port, settings, service=service, on_stopping=on_stopping).run()
    except SystemExit as end:
        if isinstance(end.__context__, OSError):  # what uvicorn met when it began to listen
            process.refuse_port(f"{PREFIX}{service.upper()}_PORT", port, host, end.__context__)
        if end.code:
            raise


def _exit(_number: int, _frame: object) -> NoReturn:
    raise SystemExit(0)
