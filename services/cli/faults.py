"""What `copydesk listen --fail` does to the first requests."""

from dataclasses import dataclass
from typing import Final

from copydesk.errors import CopydeskError

SLOW_SECONDS: Final = 5.0
SILENT_SECONDS: Final = 120.0
"""How long `timeout` says nothing: longer than any sender waits."""
_MOST: Final = 100
_STATUSES: Final = range(300, 600)


class FaultError(CopydeskError):
    """What was asked for is no fault; says what is."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One reply that fails: after `seconds`, with `status`; `None` goes on as if nothing had been."""

    seconds: float
    status: int | None


def parse(text: str) -> list[Fault]:
    """Returns the faults of a list such as `500,timeout,slow`.

    Raises:
        FaultError: a part of it is none, or they are too many.
    """
    parts = [part.strip() for part in text.split(",")]
    if len(parts) > _MOST:
        raise FaultError(f"--fail takes {_MOST} faults at the most.")
    return [_fault(part) for part in parts]


def _fault(part: str) -> Fault:
    if part == "slow":
        return Fault(SLOW_SECONDS, None)
    if part == "timeout":
        return Fault(SILENT_SECONDS, None)
    if part.isascii() and part.isdigit() and len(part) == 3 and int(part) in _STATUSES:  # noqa: PLR2004 - a status
        return Fault(0.0, int(part))
    raise FaultError(f"--fail takes slow, timeout and statuses from 300 to 599, not {part[:40]!r}.")
