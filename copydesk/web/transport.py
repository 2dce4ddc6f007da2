"""What stands between the protocol of a connection and its socket: replies leave whole, endings in order."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

MOST_HELD: Final = 64 * 1024
"""Bytes that wait for what else is written in the same moment; more are sent at once."""


class GatheringTransport:
    """A transport that sends at once what is written in one moment, as the head and the body of a reply are.

    Sending each by itself costs both sides almost twice as much.

    Args:
        transport: what is wrapped.
        loop: the event loop of both.
        finish: called by `close` instead of closing: the protocol may have to linger.
    """

    def __init__(
        self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop, finish: Callable[[], None]
    ) -> None:
        self._transport = transport
        self._loop = loop
        self._finish = finish
        self._closing = False
        self._held: list[bytes] = []
        self._held_bytes = 0

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any member of the transport
        return getattr(self._transport, name)

    def is_closing(self) -> bool:
        """Whether nothing more will be answered."""
        return self._closing or self._transport.is_closing()

    def write(self, data: bytes) -> None:
        """Sends data in a moment; none where the connection has ended: nothing may follow what came last."""
        if self._closing:
            return
        if not self._held:
            self._loop.call_soon(self._send)
        self._held.append(data)
        self._held_bytes += len(data)
        if self._held_bytes > MOST_HELD:
            self._send()

    def close(self) -> None:
        """Ends the connection as soon as the peer could read what was written; safe to call twice."""
        if not self.is_closing():
            self._send()
            self._closing = True
            self._finish()

    def _send(self) -> None:
        held, self._held, self._held_bytes = self._held, [], 0
        if held and not self._transport.is_closing():  # the peer may have gone since
            self._transport.writelines(held)
