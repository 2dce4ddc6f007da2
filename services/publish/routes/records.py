"""The routes of finished records."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from copydesk import records
from copydesk.store import stories
from copydesk.web import openapi, replies
from services.publish.routes.parts import KEY, Reader, database, no

router = APIRouter()


@router.get(
    "/v1/records/{story_id}",
    tags=["records"],
    summary="A finished record: the newest version, or the one asked for",
    responses=openapi.problem_responses(*KEY, "not_found"),
)
def show_record(
    request: Request,
    story_id: UUID,
    caller: Reader,  # noqa: ARG001 - its scope is what counts
    version: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> Response:
    """Shows a record, in the shape of the contract `record`."""
    with database(request).transaction() as connection:
        found = stories.finished(connection, story_id, version)
    if found is None:
        no("finished record")
    return replies.json(records.build(found, found.enrichment))
