"""The API of ingest."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from copydesk.model import MAX_VERSION, RevisionState, Scope
from copydesk.settings import IngestSettings
from copydesk.store import stories
from copydesk.store.database import Database
from copydesk.store.stories import Accepted
from copydesk.web import documents, openapi, replies
from copydesk.web.auth import Caller, require
from copydesk.web.direct import DirectRoute
from copydesk.web.problems import ProblemError
from services.ingest import documentation
from services.ingest.acceptance import post_of
from services.ingest.intake import Intake

MAX_PAGE: Final = 200

Source = Annotated[Caller, Depends(require(Scope.STORIES_WRITE))]
Version = Annotated[int | None, Query(ge=1, le=MAX_VERSION, description="Which one; the newest by default.")]
Uri = Annotated[
    str | None, Query(max_length=2048, pattern=r"^[^\x00]*$", description="The source's own identifier.")
]
State = Annotated[RevisionState | None, Query(description="The state of the newest version.")]
After = Annotated[UUID | None, Query(description="`next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="Stories on a page.")]


def router(settings: IngestSettings, database: Database, intake: Intake) -> APIRouter:
    """Returns the routes under `/v1/stories`."""
    routes = APIRouter(prefix="/v1/stories", tags=["stories"], default_response_class=Response)

    async def post(request: Request, caller: Source) -> Response:
        story = await documents.read(request, settings, "story")
        accepted = await intake.accept(post_of(caller.source, story))
        request.state.story_id = accepted.story_id
        return _receipt(accepted)

    routes.add_api_route(
        "",
        post,
        methods=["POST"],
        route_class_override=DirectRoute,
        status_code=202,
        summary="Post a story",
        description=documentation.POST,
        responses={**documentation.ACCEPTED, **openapi.problem_responses(*documentation.POST_PROBLEMS)},
        openapi_extra=openapi.request_body("story"),
    )

    @routes.get(
        "/{story_id}",
        summary="A story's state and its trace",
        description=documentation.GET,
        responses={**documentation.STORY, **openapi.problem_responses(*documentation.GET_PROBLEMS)},
    )
    def get(request: Request, caller: Source, story_id: UUID, version: Version = None) -> Response:
        request.state.story_id = story_id
        with database.transaction() as connection:
            found = stories.find(connection, story_id, caller.sees, version)
        if found is None:
            raise ProblemError("not_found", "None of your source's stories has this id and version.")
        return replies.json({**found, "links": links(story_id)})

    @routes.get(
        "",
        summary="Your source's stories, the oldest first",
        description=documentation.LISTING,
        responses={**documentation.PAGE, **openapi.problem_responses(*documentation.LISTING_PROBLEMS)},
    )
    def listing(
        caller: Source,
        uri: Uri = None,
        state: State = None,
        after: After = None,
        limit: Limit = 50,
    ) -> Response:
        with database.transaction() as connection:
            found = stories.listing(
                connection, source=caller.sees, uri=uri, state=state, after=after, limit=limit + 1
            )
        return replies.json(page(found, limit))

    return routes


def links(story_id: UUID | str) -> dict[str, str]:
    """Returns where a story is: `self` on ingest, `record` on publish."""
    return {"self": f"/v1/stories/{story_id}", "record": f"/v1/records/{story_id}"}


def page(found: list[dict[str, Any]], limit: int) -> dict[str, Any]:
    """Returns one page of stories.

    Args:
        found: up to one more than fits.
        limit: how many fit.
    """
    items = [{**story, "links": links(story["id"])} for story in found[:limit]]
    return {"items": items, "next": items[-1]["id"] if len(found) > limit else None}


def _receipt(accepted: Accepted) -> Response:
    story_id = str(accepted.story_id)
    places = links(story_id)
    document = {
        "id": story_id,
        "version": accepted.version,
        "state": accepted.state,
        "links": places,
    }
    return replies.json(document, 202 if accepted.created else 200, {"Location": places["self"]})
