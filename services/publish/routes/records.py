"""The routes of finished records."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from copydesk import records
from copydesk.store import erasure, stories
from copydesk.web import openapi, replies
from copydesk.web.problems import ProblemError
from services.publish.routes.parts import KEY, RecordsReader, Writer, database, no

router = APIRouter()


@router.get(
    "/v1/records/{story_id}",
    tags=["records"],
    summary="A finished record: the newest version, or the one asked for",
    responses={**openapi.reply("record"), **openapi.problem_responses(*KEY, "not_found", "erased")},
)
def show_record(
    request: Request,
    story_id: UUID,
    caller: RecordsReader,  # noqa: ARG001 - its scope is what counts
    version: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> Response:
    """Shows a record, in the shape of the contract `record`."""
    with database(request).transaction() as connection:
        found = stories.finished(connection, story_id, version)
        erased_at = None if found else erasure.erased_at(connection, story_id, version)
    if erased_at:
        raise ProblemError("erased", f"It was erased at {records.timestamp(erased_at)}.")
    if found is None:
        no("finished record")
    return replies.json(records.build(found, found.enrichment))


@router.delete(
    "/v1/records/{story_id}",
    status_code=204,
    tags=["records"],
    summary="Erase the content of a story, in every version",
    responses=openapi.problem_responses(*KEY, "not_found"),
)
def erase_record(request: Request, story_id: UUID, caller: Writer) -> Response:
    """Empties what was posted, what was found in it, what tells of it, and what endpoints answered.

    What is owed of it is discarded. Doing so twice changes nothing.
    """
    by = f"key {caller.key_id} of {caller.source}"
    with database(request).transaction() as connection:
        erased = erasure.erase(connection, story_id, caller.sees, by)
    return Response(status_code=204) if erased else no("story")
