"""The HTTP API of publish, a file for each thing that it is about."""

from fastapi import APIRouter

from services.publish.routes import (
    attempts,
    choosing,
    deliveries,
    events,
    records,
    replays,
    statistics,
    subscriptions,
    trials,
)

router = APIRouter()
for each in (subscriptions, trials, choosing, records, events, deliveries, attempts, replays, statistics):
    router.include_router(each.router)
