"""The errors of copydesk. The type says who must act: the caller, time, or a person."""

from collections.abc import Sequence
from typing import Any


class CopydeskError(Exception):
    """The root of every error that copydesk raises on purpose."""


class CallerError(CopydeskError):
    """The caller must change the request; answered as a problem document.

    Args:
        code: stable, from the closed list in `copydesk.web.problems.PROBLEMS`.
        detail: one sentence for a person, with the remedy.
        violations: schema violations as JSON objects, each with a pointer.
        headers: HTTP response headers to add.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        violations: Sequence[dict[str, Any]] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.violations = list(violations)
        self.headers = headers or {}


class OutageError(CopydeskError):
    """Something that copydesk stands on is away: time will mend it, so try again."""


class SchemaError(OutageError):
    """The database has not the tables or columns that this version needs: it waits to be migrated."""


class PermanentError(CopydeskError):
    """Trying again cannot help: a person must look. Ends in quarantine.

    Args:
        reason: one of the reasons in `schemas/event.schema.json`.
        detail: one sentence for a person; never story text.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class SettingError(CopydeskError):
    """A setting is wrong or unknown; names it, the fault and an example."""
