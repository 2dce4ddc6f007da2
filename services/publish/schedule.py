"""What follows from an attempt: delivered, tried again later, or exhausted."""

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from copydesk.model import Attempt, DeliveryState, ErrorClass, Settlement
from copydesk.pauses import jittered

SUCCESS = range(200, 300)
REDIRECT = range(300, 400)
CLIENT_ERROR = range(400, 500)
SERVER_ERROR = range(500, 600)
LONGEST_RETRY_AFTER_SECONDS = 86_400.0


def settlement(
    tries: int, attempt: Attempt, pauses: Sequence[float], *, is_extra: bool = False
) -> Settlement:
    """Returns what follows from an attempt.

    Args:
        tries: which of its schedule it was, from 1.
        attempt: what came of it.
        pauses: the schedule.
        is_extra: whether it was none of its schedule, which goes on as if it had not been.
    """
    if attempt.error_class is None:
        return Settlement(DeliveryState.DELIVERED, attempt)
    pause = 0 if is_extra else pause_seconds(tries, pauses)
    if pause is None:
        return Settlement(DeliveryState.EXHAUSTED, attempt)
    return Settlement(DeliveryState.DUE, attempt, max(pause, attempt.retry_after_seconds or 0))


def retry_after_seconds(header: str | None, now: datetime) -> float | None:
    """Returns how long an endpoint asked to be left alone, a day at the most; `None` where it did not.

    Args:
        header: `Retry-After`: seconds, or a date of HTTP. Source: RFC 9110, section 10.2.3.
        now: the moment to which a date is compared.
    """
    if header is None:
        return None
    given = header.strip()
    if given.isascii() and given.isdigit():
        return min(float(given), LONGEST_RETRY_AFTER_SECONDS)
    try:
        date = parsedate_to_datetime(given)
        seconds = (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER_SECONDS)


def pause_seconds(tries: int, schedule: Sequence[float]) -> float | None:
    """Returns the pause after a failed try, ±20 %; `None` where it was the last.

    Args:
        tries: which try of the schedule failed, from 1.
        schedule: the pauses before the second and each further try, in seconds.
    """
    return jittered(schedule[tries - 1]) if tries <= len(schedule) else None


def error_class(status: int) -> ErrorClass | None:
    """Returns how a reply's status is counted; `None` for success."""
    if status in SUCCESS:
        return None
    if status in REDIRECT:
        return ErrorClass.REDIRECT
    if status in CLIENT_ERROR:
        return ErrorClass.CLIENT_ERROR
    return ErrorClass.SERVER_ERROR if status in SERVER_ERROR else ErrorClass.BAD_REPLY
