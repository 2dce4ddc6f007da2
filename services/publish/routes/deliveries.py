"""The routes of deliveries: what was and is owed, sending it again, forgetting what was answered."""

from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from copydesk.model import DeliveryState
from copydesk.store import deliveries, erasure
from copydesk.web import openapi, replies
from copydesk.web.problems import ProblemError
from services.publish.routes.parts import KEY, After, Limit, Manager, Writer, database, no, page

router = APIRouter()


@router.get(
    "/v1/deliveries",
    tags=["deliveries"],
    summary="What was and is owed to your subscriptions",
    responses=openapi.problem_responses(*KEY, "bad_parameter"),
)
def list_deliveries(  # noqa: PLR0913, PLR0917 - each is a filter, and FastAPI names them
    request: Request,
    caller: Manager,
    subscription: UUID | None = None,
    state: DeliveryState | None = None,
    after: After = None,
    limit: Limit = 100,
) -> Response:
    """Lists deliveries by id, a page at a time."""
    with database(request).transaction() as connection:
        found = deliveries.listing(
            connection,
            source=caller.sees,
            subscription=subscription,
            state=state,
            after=after,
            limit=limit,
        )
    return page(found, limit)


@router.get(
    "/v1/deliveries/{delivery_id}",
    tags=["deliveries"],
    summary="One delivery, with its attempts",
    responses=openapi.problem_responses(*KEY, "not_found"),
)
def show_delivery(request: Request, delivery_id: UUID, caller: Manager) -> Response:
    """Shows a delivery and every attempt made for it."""
    with database(request).transaction() as connection:
        found = deliveries.find(connection, delivery_id, caller.sees)
    return replies.json(found or no("delivery"))


@router.post(
    "/v1/deliveries/{delivery_id}/retry",
    status_code=202,
    tags=["deliveries"],
    summary="Send a delivery now, whatever became of it",
    responses=openapi.problem_responses(*KEY, "not_found", "conflict"),
)
def retry_delivery(request: Request, delivery_id: UUID, caller: Manager) -> Response:
    """Makes a delivery due now, besides its schedule; one that was settled gets a whole new schedule."""
    with database(request).transaction() as connection:
        if deliveries.find(connection, delivery_id, caller.sees) is None:
            no("delivery")
        if not deliveries.retry(connection, delivery_id):
            raise ProblemError(
                "conflict",
                "It is being sent at this moment, a newer version of its story was sent or will be, it is"
                " older than its subscription wants, or that was deleted: look at both again.",
            )
        found = deliveries.find(connection, delivery_id, caller.sees)
    return replies.json(found, 202)


@router.delete(
    "/v1/deliveries/{delivery_id}/replies",
    status_code=204,
    tags=["deliveries"],
    summary="Erase what the endpoint answered to a delivery",
    responses=openapi.problem_responses(*KEY, "not_found"),
)
def erase_replies(request: Request, delivery_id: UUID, caller: Writer) -> Response:
    """Empties bodies, headers and the `detail` of errors that its attempts got so far; the rest stays.

    Doing so twice changes nothing.
    """
    with database(request).transaction() as connection:
        erased = erasure.erase_replies(connection, delivery_id, caller.sees)
    return Response(status_code=204) if erased else no("delivery")
