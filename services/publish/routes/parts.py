"""What the routes of publish share: who may call, how a page is asked for, where the servers are."""

from typing import Annotated, Any, NoReturn, cast
from uuid import UUID

from fastapi import Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from copydesk.contracts import Violation
from copydesk.model import Scope
from copydesk.settings import PublishSettings
from copydesk.store.database import Database
from copydesk.web import replies
from copydesk.web.auth import Caller, require
from copydesk.web.problems import ProblemError
from services.publish import filters

Manager = Annotated[Caller, Depends(require(Scope.SUBSCRIPTIONS_MANAGE))]
RecordsReader = Annotated[Caller, Depends(require(Scope.RECORDS_READ))]
Writer = Annotated[Caller, Depends(require(Scope.STORIES_WRITE))]
Limit = Annotated[int, Query(ge=1, le=1_000, description="How many at the most.")]
After = Annotated[UUID | None, Query(description="The last id of the page before.")]

BODY = (
    "unsupported_media_type",
    "body_too_large",
    "bad_json",
    "schema_violation",
    "database_unavailable",
)
"""The problems of a route that takes a document."""
KEY = ("unauthenticated", "forbidden")
"""The problems of a route that takes a key."""


def no(what: str) -> NoReturn:
    """Answers that a thing is not there, or not to be seen.

    Raises:
        ProblemError: `not_found`, always.
    """
    raise ProblemError("not_found", f"There is no such {what}, or it is not yours to see.")


def page(items: list[dict[str, Any]], limit: int) -> Response:
    """Returns a page of a list, with the id that the next one is asked for by."""
    more = items[-1]["id"] if len(items) == limit else None
    return replies.json({"items": items, "next": more})


def database(request: Request) -> Database:
    """Returns the database of the process."""
    return cast("Database", request.app.state.database)


def settings(request: Request) -> PublishSettings:
    """Returns the settings of the process."""
    return cast("PublishSettings", request.app.state.settings)


def check_filter(document: dict[str, Any]) -> None:
    """Refuses what no schema can: a filter that is too large as a whole.

    Raises:
        ProblemError: `schema_violation`.
    """
    if (values := filters.size(document.get("filter"))) > filters.MOST_VALUES:
        message = f"A filter holds {filters.MOST_VALUES} values at the most, all its conditions together."
        expected, actual = f"at most {filters.MOST_VALUES} values", f"{values} values"
        refuse(Violation("/filter", "size", expected, actual, f"{message} Split it into subscriptions."))


def refuse(violation: Violation) -> NoReturn:
    """Answers that a document breaks a rule that no schema says.

    Raises:
        ProblemError: `schema_violation`, always.
    """
    raise ProblemError("schema_violation", violation.message, violations=[violation.as_dict()])
