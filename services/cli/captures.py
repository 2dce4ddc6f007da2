"""Webhook requests as files: header lines, an empty line, and the body, byte for byte."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from copydesk.errors import CopydeskError

MAX_BYTES: Final = 64 << 20
MAX_SECRET_BYTES: Final = 1024
_BESIDE: Final = "secret"
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


def save_secret(folder: Path, secret: str) -> Path:
    """Writes what verifies the requests in a folder, for its owner alone, in place of an older one.

    Raises:
        CaptureError: it cannot be written.
    """
    path = folder / _BESIDE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)  # its mode may have been another
        path.touch(0o600, exist_ok=False)
        path.write_text(f"{secret}\n", "ascii")
    except OSError as error:
        raise CaptureError(f"{path} cannot be written: {error.strerror}.") from None
    return path


def secret_beside(request: Path) -> str | None:
    """Returns what `save_secret` wrote into the folder of a request; `None`: nothing is there.

    Raises:
        CaptureError: it cannot be read, or is no secret.
    """
    path = request.parent / _BESIDE
    try:
        with path.open("rb") as file:
            data = file.read(MAX_SECRET_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CaptureError(f"{path} cannot be read: {error.strerror}.") from None
    if len(data) > MAX_SECRET_BYTES or not data.isascii():
        raise CaptureError(f"{path} is no secret: remove it, or give --secret.")
    return data.decode().strip()


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
