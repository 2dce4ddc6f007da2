"""gzip, inflated no further than allowed."""

import zlib
from typing import Final

from copydesk.web.problems import ProblemError

_GZIP: Final = 31  # wbits: a gzip header and a window of 32 KiB
_MAX_MEMBERS: Final = 256  # of one body; each costs a copy of what follows it


def inflate(data: bytes, max_bytes: int) -> bytes:
    """Returns what a gzip body holds: one member or several. Stops as soon as there is too much.

    Raises:
        ProblemError: `body_too_large` beyond `max_bytes`; `bad_gzip` where it is cut off, fails its
            checksum, or goes on with something else.
    """
    plain = b""
    for _ in range(_MAX_MEMBERS):
        member, data = _member(data, max_bytes - len(plain))
        plain += member
        if len(plain) > max_bytes:
            raise too_large(max_bytes)
        if not data:
            return plain
    raise _bad(f"more than {_MAX_MEMBERS} members")


def too_large(max_bytes: int) -> ProblemError:
    """Returns the refusal of a body beyond `max_bytes`, which also ends the connection."""
    return ProblemError(
        "body_too_large",
        f"The body, inflated, may be {max_bytes} bytes long: send less.",
        headers={"Connection": "close"},
        max_bytes=max_bytes,
    )


def _member(data: bytes, room: int) -> tuple[bytes, bytes]:
    """Returns the first member, one byte more than there is room for at the most, and what follows it."""
    inflator = zlib.decompressobj(wbits=_GZIP)
    try:
        plain = inflator.decompress(data, room + 1)
    except zlib.error as error:
        raise _bad(str(error)) from None
    if not inflator.eof and len(plain) <= room:
        raise _bad("it is cut off")
    return plain, inflator.unused_data


def _bad(reason: str) -> ProblemError:
    return ProblemError("bad_gzip", f"The body does not inflate ({reason}): compress it again with gzip.")
