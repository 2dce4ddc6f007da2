"""The routes of replays: what is sent again, or was never owed."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from copydesk import records
from copydesk.contracts import Violation
from copydesk.model import ReplayState
from copydesk.store import replays, subscriptions
from copydesk.web import documents, openapi, replies
from copydesk.web.problems import ProblemError
from services.publish import filters
from services.publish.routes.parts import (
    BODY,
    KEY,
    After,
    Limit,
    Manager,
    check_filter,
    database,
    no,
    page,
    refuse,
    settings,
)

COUNTING_SECONDS: Final = 1.0  # for which a dry run is counted at once
_EARLIEST = datetime.fromtimestamp(0, UTC) + timedelta(days=1)  # ids begin with the time since 1970
_ENDS: Final = ("since", "before")

router = APIRouter()


@router.post(
    "/v1/replays",
    status_code=202,
    tags=["replays"],
    summary="Send again what was told, or tell for the first time what came before",
    openapi_extra=openapi.request_body("replay"),
    responses={**openapi.reply("replay.reply", 202), **openapi.problem_responses(*BODY, *KEY, "not_found")},
)
async def replay(request: Request, caller: Manager) -> Response:
    """Makes a replay, which dispatchers carry out behind what is new. Count first, with `dry_run`.

    A dry run that takes no second is answered with its counts; look at a longer one again.
    """
    document = await documents.read(request, settings(request), "replay")
    check_filter(document)
    made = await run_in_threadpool(_create, request, caller.sees, {**document, **_span(document)})
    location = {"Location": f"/v1/replays/{made['id']}"}
    return replies.json(_shown(made), 202, location)


def _create(request: Request, source: str | None, document: dict[str, Any]) -> dict[str, Any]:
    with database(request).transaction() as connection:
        found = subscriptions.find(connection, UUID(document["subscription"]), source) or no("subscription")
        made = replays.create(connection, found["source"], {**document, "subscription": found["id"]})
    return _count(request, made) if document["dry_run"] else made


def _count(request: Request, made: dict[str, Any]) -> dict[str, Any]:
    until = time.monotonic() + COUNTING_SECONDS
    while made["state"] == ReplayState.RUNNING and time.monotonic() < until:
        with database(request).transaction() as connection:
            replays.step(connection, filters.wants, made["id"])
            made = replays.find(connection, made["id"], None) or made
    return made


@router.get(
    "/v1/replays",
    tags=["replays"],
    summary="Your replays, the oldest first",
    responses={**openapi.page("replay.reply"), **openapi.problem_responses(*KEY)},
)
def list_replays(request: Request, caller: Manager, after: After = None, limit: Limit = 100) -> Response:
    """Lists replays by id, a page at a time."""
    with database(request).transaction() as connection:
        found = replays.listing(connection, caller.sees, after=after, limit=limit)
    return page([_shown(each) for each in found], limit)


@router.get(
    "/v1/replays/{replay_id}",
    tags=["replays"],
    summary="How far a replay is",
    responses={**openapi.reply("replay.reply"), **openapi.problem_responses(*KEY, "not_found")},
)
def show_replay(request: Request, replay_id: UUID, caller: Manager) -> Response:
    """Shows a replay with its counts."""
    with database(request).transaction() as connection:
        found = replays.find(connection, replay_id, caller.sees)
    return replies.json(_shown(found or no("replay")))


@router.delete(
    "/v1/replays/{replay_id}",
    status_code=204,
    tags=["replays"],
    summary="Cancel a replay; what is due by it is sent all the same",
    responses=openapi.problem_responses(*KEY, "not_found", "conflict"),
)
def cancel_replay(request: Request, replay_id: UUID, caller: Manager) -> Response:
    """Ends a replay where it is; doing so twice changes nothing."""
    with database(request).transaction() as connection:
        if replays.find(connection, replay_id, caller.sees) is None:
            no("replay")
        if replays.cancel(connection, replay_id) is not ReplayState.CANCELLED:
            raise ProblemError("conflict", "It is done: there is nothing to cancel.")
    return Response(status_code=204)


def _span(document: dict[str, Any]) -> dict[str, datetime | None]:
    """Returns `since` and `before` as the database takes them; refuses those between which nothing lies."""
    given = {name: datetime.fromisoformat(document[name]) for name in _ENDS if document.get(name)}
    if len(given) == len(_ENDS) and given["since"] >= given["before"]:
        said = "since is not earlier than before: nothing lies between them. Exchange them, or leave one out."
        refuse(Violation("/since", "span", "a moment earlier than before", "a later one", said))
    return {name: max(given[name].astimezone(UTC), _EARLIEST) if name in given else None for name in _ENDS}


def _shown(replay: dict[str, Any]) -> dict[str, Any]:
    """Times as the contract writes them."""
    times = {
        name: records.timestamp(replay[name]) if replay[name] else None
        for name in ("since", "before", "created_at", "settled_at")
    }
    return {**replay, **times}
