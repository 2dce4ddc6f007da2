"""The route of the attempt log."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime
from starlette.requests import Request
from starlette.responses import Response

from copydesk.model import ErrorClass
from copydesk.store import attempts, subscriptions
from copydesk.store.attempts import NEWEST, PAGE_END_PATTERN, PageEnd
from copydesk.web import openapi, replies
from services.publish.routes.parts import KEY, Limit, Manager, database, no

router = APIRouter()


@router.get(
    "/v1/subscriptions/{subscription_id}/attempts",
    tags=["deliveries"],
    summary="What was attempted for a subscription, the newest first",
    responses=openapi.problem_responses(*KEY, "not_found", "bad_parameter"),
)
def list_attempts(  # noqa: PLR0913, PLR0917 - each is a filter, and FastAPI names them
    request: Request,
    subscription_id: UUID,
    caller: Manager,
    failed: Annotated[bool, Query(description="Only those that failed.")] = False,
    error_class: Annotated[ErrorClass | None, Query(description="Only those that failed like this.")] = None,
    status: Annotated[
        int | None, Query(ge=100, le=999, description="Only those that failed and were answered so.")
    ] = None,
    until: Annotated[AwareDatetime | None, Query(description="Only those that began until then.")] = None,
    after: Annotated[
        str | None, Query(pattern=PAGE_END_PATTERN, description="`next` of the page before.")
    ] = None,
    limit: Limit = 100,
) -> Response:
    """Lists attempts, a page at a time; what went over the wire is shown with their delivery."""
    start = PageEnd.at(until) if until else NEWEST
    with database(request).transaction() as connection:
        if subscriptions.find(connection, subscription_id, caller.sees) is None:
            no("subscription")
        found = attempts.listing(
            connection,
            subscription_id,
            after=min(start, PageEnd.parse(after)) if after else start,
            failed=failed,
            error_class=error_class,
            status=status,
            limit=limit,
        )
    last = found[-1] if len(found) == limit else None
    following = str(PageEnd(last["started_at"], last["id"])) if last else None
    return replies.json({"items": found, "next": following})
