"""The routes of statistics: of one subscription, and of all that the caller sees."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from copydesk.store import statistics, subscriptions
from copydesk.store.statistics import MOST_BUCKETS, Bucket
from copydesk.web import openapi, replies
from copydesk.web.problems import ProblemError
from services.publish.routes.parts import KEY, Manager, database, no

USUAL = timedelta(days=1)
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)

Since = Annotated[
    AwareDatetime | None, Query(alias="from", description="The first moment; a day before `to` if absent.")
]
Until = Annotated[
    AwareDatetime | None, Query(alias="to", description="The moment after the last; now if absent.")
]
Width = Annotated[Bucket, Query(description="How long a stretch of time is added up.")]

router = APIRouter()


@router.get(
    "/v1/subscriptions/{subscription_id}/statistics",
    tags=["deliveries"],
    summary="How many attempts for a subscription failed, and how long they took",
    responses=openapi.problem_responses(*KEY, "not_found", "bad_parameter"),
)
def show_statistics(  # noqa: PLR0913, PLR0917 - each is a parameter, and FastAPI names them
    request: Request,
    subscription_id: UUID,
    caller: Manager,
    since: Since = None,
    until: Until = None,
    bucket: Width = Bucket.HOUR,
) -> Response:
    """Adds up the attempts and deliveries of a subscription, as a whole and in stretches of time."""
    span = _span(since, until, bucket)
    with database(request).transaction() as connection:
        if subscriptions.find(connection, subscription_id, caller.sees) is None:
            no("subscription")
        return _reply(connection, [subscription_id], span, bucket)


@router.get(
    "/v1/statistics",
    tags=["deliveries"],
    summary="The same of all your subscriptions, those that ended too (an admin's: everyone's)",
    responses=openapi.problem_responses(*KEY, "bad_parameter"),
)
def show_all_statistics(
    request: Request,
    caller: Manager,
    since: Since = None,
    until: Until = None,
    bucket: Width = Bucket.HOUR,
) -> Response:
    """Adds up the attempts and deliveries of every subscription that the caller sees."""
    span = _span(since, until, bucket)
    with database(request).transaction() as connection:
        ids = statistics.subscriptions_of(connection, caller.sees)
        return _reply(connection, ids, span, bucket)


def _reply(
    connection: Connection, ids: list[UUID], span: tuple[datetime, datetime], bucket: Bucket
) -> Response:
    since, until = span
    found: dict[str, Any] = {
        "from": since,
        "to": until,
        "bucket": bucket,
        **statistics.of_attempts(connection, ids, since, until, bucket),
        "deliveries": statistics.of_deliveries(connection, ids, since, until),
    }
    return replies.json(found)


def _span(since: datetime | None, until: datetime | None, bucket: Bucket) -> tuple[datetime, datetime]:
    """Returns the stretch of time that is asked for, in UTC.

    Raises:
        ProblemError: `bad_parameter`: it is none, or has too many buckets.
    """
    end = until or datetime.now(UTC)
    if not EARLIEST <= end <= LATEST:
        raise ProblemError("bad_parameter", f"to: it must lie between the years {EARLIEST.year} and 9000.")
    begin = since or end - USUAL
    if not EARLIEST <= begin < end:
        raise ProblemError("bad_parameter", f"from: it must lie before `to`, and after {EARLIEST.year}.")
    if end - begin > MOST_BUCKETS * bucket.width:
        raise ProblemError(
            "bad_parameter", f"from, to: a longer time than {MOST_BUCKETS} {bucket}s: ask for wider buckets."
        )
    return begin.astimezone(UTC), end.astimezone(UTC)
