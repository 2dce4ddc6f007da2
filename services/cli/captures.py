"""Webhook requests as files: header lines, an empty line, and the body, byte for byte."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from copydesk.errors import CopydeskError

MAX_BYTES: Final = 64 << 20
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_START: Final = re.compile(rb"(?:[A-Z]+ \S+ HTTP/[0-9.]+)\r?\n")


class CaptureError(CopydeskError):
    """A file that holds no request; says why."""


@dataclass(frozen=True, slots=True)
class Capture:
    """One request: its headers, with names in lower case, and its body."""

    headers: Mapping[str, str]
    body: bytes


def save(folder: Path, number: int, headers: Mapping[str, str], body: bytes) -> Path:
    """Writes the `number`th request into a folder, which is made, and returns the file.

    Raises:
        CaptureError: it cannot be written.
    """
    given = headers.get("webhook-id", "")
    path = folder / f"{number:04}-{given if _NAME.fullmatch(given) else 'request'}.http"
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"{lines}\r\n".encode(errors="surrogateescape") + body)
    except OSError as error:
        raise CaptureError(f"{path} cannot be written: {error.strerror}.") from None
    return path


def read(data: bytes) -> Capture:
    """Returns the request in the bytes of such a file; a request line before the headers is passed over.

    Raises:
        CaptureError: there is no empty line after headers, or a line that is no header.
    """
    rest = data[start.end() :] if (start := _START.match(data)) else data
    end = re.search(rb"\r?\n\r?\n", rest)
    if end is None:
        raise CaptureError("no empty line ends the headers: a body alone cannot be verified")
    headers: dict[str, str] = {}
    for number, line in enumerate(rest[: end.start()].splitlines(), start=1):
        name, colon, value = line.partition(b":")
        if not colon:
            raise CaptureError(f"line {number} of the headers is no header: it has no colon")
        headers[name.strip().decode("latin-1").lower()] = value.strip().decode("latin-1")
    return Capture(headers, rest[end.end() :])
