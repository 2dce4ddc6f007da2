"""What one check found."""

from dataclasses import dataclass
from enum import StrEnum


class Result(StrEnum):
    """How a check came out."""

    OK = "ok"
    WARN = "warn"  # it works, and may not for long
    FAIL = "fail"  # it does not work


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `copydesk doctor`; `mend` says what to do where it is not `ok`."""

    check: str
    result: Result
    said: str
    mend: str = ""
