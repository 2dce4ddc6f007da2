"""The HTTP API of publish, a file for each thing that it is about."""

from fastapi import APIRouter

from services.publish.routes import attempts, deliveries, events, records, replays, subscriptions

router = APIRouter()
for each in (subscriptions, records, events, deliveries, attempts, replays):
    router.include_router(each.router)
