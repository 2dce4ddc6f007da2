"""The routes that call an endpoint at once: to verify it, and to send it examples."""

from typing import cast
from uuid import UUID

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from copydesk.store import subscriptions
from copydesk.store.subscriptions import Endpoint
from copydesk.web import openapi, replies
from services.publish.routes.parts import KEY, Manager, database, no
from services.publish.trial import Trial, told

router = APIRouter()


@router.post(
    "/v1/subscriptions/{subscription_id}/verify",
    tags=["subscriptions"],
    summary="Challenge the endpoint; once it has echoed the challenge, deliveries begin",
    responses=openapi.problem_responses(*KEY, "not_found", "database_unavailable"),
)
async def verify_endpoint(request: Request, subscription_id: UUID, caller: Manager) -> Response:
    """Sends a signed challenge, and answers what came back."""
    endpoint = await _endpoint(request, subscription_id, caller.sees)
    echoed, attempt = await _trial(request).challenge(endpoint)
    if echoed:
        echoed = await run_in_threadpool(_verified, request, endpoint)
    return replies.json({"verified": echoed, **told(attempt)})


@router.post(
    "/v1/subscriptions/{subscription_id}/test",
    tags=["subscriptions"],
    summary="Send the endpoint an example of each event type that it asked for",
    responses=openapi.problem_responses(*KEY, "not_found", "database_unavailable"),
)
async def test_endpoint(request: Request, subscription_id: UUID, caller: Manager) -> Response:
    """Sends examples, signed and in the subscription's shape, and answers what came back."""
    endpoint = await _endpoint(request, subscription_id, caller.sees)
    return replies.json({"items": await _trial(request).examples(endpoint)})


async def _endpoint(request: Request, subscription_id: UUID, source: str | None) -> Endpoint:
    def find() -> Endpoint | None:
        with database(request).transaction() as connection:
            return subscriptions.endpoint(connection, subscription_id, source)

    return await run_in_threadpool(find) or no("subscription")


def _verified(request: Request, endpoint: Endpoint) -> bool:
    with database(request).transaction() as connection:
        return subscriptions.verified(connection, endpoint.subscription_id, endpoint.url)


def _trial(request: Request) -> Trial:
    return cast("Trial", request.app.state.trial)
