"""The routes of events: read in the order of their commits, without an endpoint."""

import asyncio
from collections.abc import Awaitable
from typing import Annotated, Final, cast
from uuid import UUID

import anyio
import orjson
from fastapi import APIRouter, Depends, Header, Query
from sqlalchemy import Connection
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from copydesk.model import EventType, Listener, Scope
from copydesk.store import placed
from copydesk.store.placed import Wanted
from copydesk.web import documents, openapi
from copydesk.web.auth import Caller, require
from copydesk.web.problems import ProblemError
from services.publish import pulling, streaming
from services.publish.cursors import Cursor
from services.publish.feed import Feed
from services.publish.pulling import Page
from services.publish.reader import Reader, Select, Start
from services.publish.routes.parts import KEY, check_filter, no

END: Final = "end"
USUAL: Final = (EventType.PUBLISHED, EventType.UPDATED)
NOBODY: Final = UUID(int=0)
MOST_WAIT_SECONDS: Final = 60
PROBLEMS: Final = (
    *KEY,
    "not_found",
    "cursor_gone",
    "bad_parameter",
    "schema_violation",
    "too_many_waiting",
    "database_unavailable",
)

router = APIRouter()
follower = require(Scope.RECORDS_READ, Scope.SUBSCRIPTIONS_MANAGE)
Follower = Annotated[Caller, Depends(follower)]


async def _begins(
    after: Annotated[
        str | None,
        Query(
            max_length=64,
            description="`next` of the reply before; `end` for what comes from now on; without it, all there"
            " is.",
        ),
    ] = None,
) -> Start:
    return start(after)


async def _selects(
    caller: Follower,
    subscription: Annotated[
        UUID | None,
        Query(description="Read what this subscription is told: its types, its filter, its shape."),
    ] = None,
    event_type: Annotated[
        list[EventType] | None,
        Query(max_length=16, description="Without a subscription: the types to read; may be repeated."),
    ] = None,
    filter: Annotated[  # noqa: A002 - the parameter's name
        str | None,
        Query(max_length=16_384, description="Without a subscription: its filter, as a JSON object."),
    ] = None,
) -> Select:
    if subscription is None:
        return _inline(caller, event_type or USUAL, filter)
    if event_type or filter:
        raise ProblemError(
            "bad_parameter",
            "subscription: has types and a filter of its own; leave out event_type and filter.",
        )
    return _of_subscription(caller, subscription)


Begins = Annotated[Start, Depends(_begins)]
Selects = Annotated[Select, Depends(_selects)]


@router.get(
    "/v1/events",
    tags=["events"],
    summary="Events in the order of their commits, from a cursor on",
    responses=openapi.problem_responses(*PROBLEMS),
)
async def list_events(  # noqa: PLR0913, PLR0917 - a question has these parts
    request: Request,
    caller: Follower,
    select: Selects,
    begin: Begins,
    limit: Annotated[int, Query(ge=1, le=1_000, description="How many at the most.")] = 100,
    wait: Annotated[
        float,
        Query(ge=0, le=MOST_WAIT_SECONDS, description="Seconds to wait for an event where there is none."),
    ] = 0,
) -> Response:
    """Reads what a subscription would be told. Go on with `next`, also where nothing came.

    Large events end a page early, and a filter that wants little may leave it empty: `more` says whether
    there is more to look at now.
    """
    feed = feed_of(request)
    reader = Reader(feed, select, begin)
    if not wait:
        return _reply(await reader.page(limit, 0))
    with feed.place(caller.source):
        return _reply(await _while_there(request, reader.page(limit, wait)))


@router.get(
    "/v1/events/stream",
    tags=["events"],
    summary="The same as server-sent events, for as long as you listen",
    responses=openapi.problem_responses(*PROBLEMS),
)
async def stream_events(
    request: Request,
    caller: Follower,
    select: Selects,
    begin: Begins,
    last_event_id: Annotated[
        str | None, Header(max_length=64, description="The last `id` that came; goes before `after`.")
    ] = None,
) -> Response:
    """Sends each event as it comes, and a heartbeat where none does; each has a cursor as its `id`.

    It ends when the server stops, the key is revoked or the subscription deleted: connect again with the
    last `id`.
    """
    feed = feed_of(request)
    reader = Reader(feed, select, begin if last_event_id is None else start(last_event_id))
    first = await reader.page(streaming.AT_ONCE, 0, streaming.MOST_BYTES)  # a refusal is a problem
    return streaming.Stream(feed, caller.source, reader, first, lambda: follower(request, None))


def start(after: str | None) -> Start:
    """Returns what finds the cursor that was asked for.

    Raises:
        ProblemError: `bad_parameter`.
    """
    if after is None:
        return pulling.beginning
    if after == END:
        return pulling.end
    try:
        cursor = Cursor.parse(after)
    except ValueError as error:
        raise ProblemError("bad_parameter", f"after: {error}.") from None
    return lambda _: cursor


def feed_of(request: Request) -> Feed:
    """Returns the feed of the process."""
    return cast("Feed", request.app.state.feed)


async def _while_there(request: Request, page: Awaitable[Page]) -> Page:
    """Returns the page, unless the client goes before it is there.

    Raises:
        ClientDisconnect: it is gone.
    """
    with anyio.CancelScope() as scope:
        watching = asyncio.create_task(_watch(request, scope))
        try:
            return await page
        finally:
            watching.cancel()
    raise ClientDisconnect


async def _watch(request: Request, scope: anyio.CancelScope) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass  # a body, which nobody asked for
    scope.cancel()


def _of_subscription(caller: Caller, subscription_id: UUID) -> Select:
    _need(caller, Scope.SUBSCRIPTIONS_MANAGE)

    def select(connection: Connection) -> Wanted:
        return placed.wanted(connection, subscription_id, caller.sees) or no("subscription")

    return select


def _inline(
    caller: Caller, types: tuple[EventType, ...] | list[EventType], filter_json: str | None
) -> Select:
    _need(caller, Scope.RECORDS_READ)
    listener = Listener(NOBODY, caller.source, _filter(filter_json), caller.is_admin)
    wanted = Wanted(listener, types)
    return lambda _: wanted


def _need(caller: Caller, scope: Scope) -> None:
    if not caller.is_admin and scope not in caller.scopes:
        raise ProblemError("forbidden", f"This key has no scope {scope}: use a key that has.", scope=scope)


def _filter(given: str | None) -> dict[str, object] | None:
    if given is None:
        return None
    document = documents.validate(given.encode(errors="surrogateescape"), "subscription", "filter")
    check_filter({"filter": document})
    return document


def _reply(page: Page) -> Response:
    items = [orjson.Fragment(each.json) for each in page.items]
    document = {"items": items, "next": str(page.next), "more": page.more}
    return Response(orjson.dumps(document), media_type="application/json")
