"""What follows from an attempt: delivered, tried again later, or exhausted."""

from collections.abc import Sequence

from copydesk.model import ErrorClass
from copydesk.pauses import jittered

SUCCESS = range(200, 300)
REDIRECT = range(300, 400)
CLIENT_ERROR = range(400, 500)
SERVER_ERROR = range(500, 600)


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
