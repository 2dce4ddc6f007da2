"""What the routes of publish share: who may call, how a page is asked for, where the servers are."""

from typing import Annotated, Any, NoReturn, cast
from uuid import UUID

from fastapi import Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from copydesk.model import Scope
from copydesk.settings import PublishSettings
from copydesk.store.database import Database
from copydesk.web import replies
from copydesk.web.auth import Caller, require
from copydesk.web.problems import ProblemError

Manager = Annotated[Caller, Depends(require(Scope.SUBSCRIPTIONS_MANAGE))]
Reader = Annotated[Caller, Depends(require(Scope.RECORDS_READ))]
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
