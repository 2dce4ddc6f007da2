"""What went over the wire in one attempt: headers both ways, and when each part of it was done.

Who dials and who sends leave notes as they go; at the end they are made into what is kept.
"""

from collections.abc import Iterable, Mapping
from contextvars import ContextVar

from copydesk.model import Exchange

RECEIVED_BYTES = 4 << 10  # of the headers of a reply, names and values together
SIGNATURE_CHARACTERS = 8  # of each signature: enough to tell two apart, too few to use it
STRUCK = "…"
# Whatever else is sent, now or one day, is struck until it is known to be no secret.
SHOWN = frozenset({
    "accept", "content-length", "content-type", "copydesk-sequence", "expect", "host", "transfer-encoding",
    "user-agent", "webhook-id", "webhook-timestamp",
})  # fmt: skip


class Notes:
    """What is known of an attempt so far; moments are those of `time.perf_counter`.

    Attributes:
        url: as it was given, before anything was taken out of it; `None` where that is not known.
        headers: of the request, as they are sent.
        found_at: when the address was known.
        connected_at: when the connection was made; `None` also where it was there already.
        is_encrypted: whether TLS is done on it.
        ready_at: when the request could be written.
        answered_at: when the head of the reply was there.
        received: its headers, as they came.
    """

    __slots__ = (
        "answered_at", "connected_at", "found_at", "headers", "is_encrypted", "ready_at", "received", "url",
    )  # fmt: skip

    def __init__(self, url: str | None = None) -> None:
        self.url = url
        self.headers: Mapping[str, str] | None = None
        self.found_at: float | None = None
        self.connected_at: float | None = None
        self.is_encrypted = False
        self.ready_at: float | None = None
        self.answered_at: float | None = None
        self.received: Iterable[tuple[bytes, bytes]] | None = None


NOTES: ContextVar[Notes] = ContextVar("NOTES")
"""Of the attempt that the running task makes. Tasks that it starts share them."""


def kept(notes: Notes, began: float) -> Exchange:
    """Returns what is kept of an attempt.

    A part that did not end has no time; one that nothing was done in has none either.

    Args:
        notes: what was noted.
        began: when it began.
    """
    return Exchange(
        sent=_sent(notes.headers) if notes.headers is not None and notes.ready_at is not None else None,
        received=_received(notes.received) if notes.received is not None else None,
        dns_ms=_milliseconds(began, notes.found_at),
        connect_ms=_milliseconds(notes.found_at, notes.connected_at),
        tls_ms=_milliseconds(notes.connected_at, notes.ready_at) if notes.is_encrypted else None,
        first_byte_ms=_milliseconds(notes.ready_at, notes.answered_at),
    )


def _milliseconds(since: float | None, until: float | None) -> float | None:
    return None if since is None or until is None else round(1000 * (until - since), 3)


def _sent(headers: Mapping[str, str]) -> list[tuple[str, str]]:
    return [
        (name, value if name in SHOWN else _struck(name.lower(), value)) for name, value in headers.items()
    ]


def _struck(name: str, value: str) -> str:
    if name == "webhook-signature":
        return " ".join(map(_shortened, value.split(" ")))
    return value if name in SHOWN else STRUCK


def _shortened(signature: str) -> str:
    scheme, _, code = signature.partition(",")
    return f"{scheme},{code[:SIGNATURE_CHARACTERS]}{STRUCK}"


def _received(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    """Returns the first 4 KiB of them, as text; a mark ends a value that was cut."""
    found, room = [], RECEIVED_BYTES
    for name, value in headers:
        if len(name) + len(value) > room:
            shown = storable(value[: max(room - len(name), 0)])
            found.append((storable(name[:room]), f"{shown}{STRUCK}"))
            break
        room -= len(name) + len(value)
        found.append((storable(name), storable(value)))
    return found


def storable(said: bytes) -> str:
    """Returns bytes as text that PostgreSQL takes: it has no NUL."""
    return said.decode(errors="replace").replace("\0", "\ufffd")
