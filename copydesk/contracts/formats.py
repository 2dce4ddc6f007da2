"""The formats that the contracts enforce. Each is linear, and looks at no text that is too long for it."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

MAX_DATE_TIME: Final = 40
MAX_URI: Final = 2048
_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def is_date_time(text: str) -> bool:
    """Whether text is an RFC 3339 date and time, with its zone, of a day that exists.

    Leap seconds are refused, and moments that lie outside the years 1 to 9999 in UTC: neither
    Python nor PostgreSQL can keep them apart from their neighbours.
    """
    from rfc3339_validator import validate_rfc3339  # here, like the next: they compile large patterns

    if len(text) > MAX_DATE_TIME or text.endswith("\n") or not validate_rfc3339(text):
        return False
    try:
        datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return False
    return True


def is_uri(text: str) -> bool:
    """Whether text is an absolute RFC 3986 URI; letters beyond ASCII must be percent-encoded."""
    from rfc3986_validator import validate_rfc3986

    if len(text) > MAX_URI or text.endswith("\n"):
        return False
    return validate_rfc3986(text, rule="URI") is not None


def is_uuid(text: str) -> bool:
    """Whether text is a UUID of 36 characters, in either case."""
    return _UUID.fullmatch(text) is not None


CHECKS: Final[dict[str, Callable[[str], bool]]] = {"date-time": is_date_time, "uri": is_uri, "uuid": is_uuid}
