"""An endpoint that costs little: what its own server would take is not copydesk's."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from bench.client import parted
from services.embedded.ports import HOST

Arrivals = asyncio.Queue[tuple[float, bytes]]
"""When a webhook had been read, by `time.perf_counter`, and its body."""


@asynccontextmanager
async def listening(port: int, arrivals: Arrivals) -> AsyncIterator[None]:
    """Takes what is posted to a port, whatever the path, and answers 204."""
    endpoints: list[_Endpoint] = []

    def accept() -> _Endpoint:
        endpoints.append(_Endpoint(arrivals))
        return endpoints[-1]

    async with await asyncio.get_running_loop().create_server(accept, HOST, port):
        try:
            yield
        finally:
            for each in endpoints:
                each.close()


class _Endpoint(asyncio.Protocol):
    """One connection, kept open; one post at a time."""

    def __init__(self, arrivals: Arrivals) -> None:
        self._arrivals = arrivals
        self._received = b""

    def close(self) -> None:
        """Ends the connection."""
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begins; called by the event loop, as is what follows."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Takes a part of a post, mostly all of it."""
        self._received += data
        if (found := parted(self._received)) is None:
            return
        self._arrivals.put_nowait((time.perf_counter(), found[1]))
        self._received = b""
        self._transport.write(b"HTTP/1.1 204 No Content\r\n\r\n")
