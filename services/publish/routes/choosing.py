"""The routes that show what a filter chooses: a preview, and why a record fits or not."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from copydesk.model import EventType, Unplaced
from copydesk.store import recent, stories, subscriptions
from copydesk.web import documents, openapi, replies
from services.publish import explanation, filters
from services.publish.preview import RECORDS, preview
from services.publish.routes.parts import (
    BODY,
    KEY,
    Manager,
    RecordsReader,
    check_filter,
    database,
    no,
    settings,
)

DAYS, SAMPLES = 7, 5

router = APIRouter()


@router.post(
    "/v1/subscriptions/preview",
    tags=["subscriptions"],
    summary="How many of the last days' records a filter matches, with samples; nothing is made",
    openapi_extra=openapi.request_body("subscription.preview"),
    responses=openapi.problem_responses(*BODY, *KEY),
)
async def preview_subscription(
    request: Request,
    caller: Manager,  # noqa: ARG001 - its scope is what counts
    reader: RecordsReader,  # noqa: ARG001 - this one's too
) -> Response:
    """Holds a filter against what was there, the newest first."""
    wanted = await documents.read(request, settings(request), "subscription", part="preview")
    check_filter(wanted)
    since = datetime.now(UTC) - timedelta(days=wanted.get("days", DAYS))
    types = [EventType(each) for each in wanted.get("event_types", RECORDS)]
    found = await run_in_threadpool(
        preview,
        database(request),
        types,
        filters.condition(wanted.get("filter")),
        since,
        wanted.get("samples", SAMPLES),
    )
    return replies.json(found.as_dict())


@router.get(
    "/v1/records/{story_id}/explain",
    tags=["records"],
    summary="Why a record fits a subscription or not, clause by clause",
    responses=openapi.problem_responses(*KEY, "not_found", "bad_parameter"),
)
def explain_record(  # noqa: PLR0913, PLR0917 - the parameters of the request
    request: Request,
    story_id: UUID,
    reader: RecordsReader,  # noqa: ARG001 - its scope is what counts
    caller: Manager,
    subscription: Annotated[UUID, Query(description="The subscription whose filter is asked.")],
    version: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> Response:
    """Holds a record against a subscription's event types and filter."""
    with database(request).transaction() as connection:
        wanted = subscriptions.find(connection, subscription, caller.sees) or no("subscription")
        found = stories.finished(connection, story_id, version) or no("finished record")
        told_as = recent.told_as(connection, story_id, found.version, found.generation)
    condition, facts = filters.condition(wanted["filter"]), filters.facts(_event(found))
    clauses = explanation.explain(wanted["event_types"], told_as, condition, facts)
    answer: dict[str, Any] = {
        "record": {"id": story_id, "version": found.version},
        "subscription": subscription,
        "matched": clauses[0]["matched"] and condition.holds(facts),
        "clauses": clauses,
    }
    return replies.json(answer)


def _event(found: stories.Finished) -> Unplaced:
    document = found.document
    return Unplaced(
        found.story_id,
        EventType.PUBLISHED,
        found.source,
        document.get("language"),
        found.enrichment,
        title=document["title"],
        body=document["body"],
    )
