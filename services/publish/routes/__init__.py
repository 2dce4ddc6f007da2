"""The HTTP API of publish, a file for each thing that it is about."""

from fastapi import APIRouter

from services.publish.routes import deliveries, events, records, subscriptions

router = APIRouter()
for each in (subscriptions, records, events, deliveries):
    router.include_router(each.router)
