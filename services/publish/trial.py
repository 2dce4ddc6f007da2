"""Requests that are no deliveries: a challenge that an endpoint echoes, and examples of events."""

import asyncio
import secrets
from datetime import UTC, datetime
from typing import Any
from weakref import WeakValueDictionary

import aiohttp
import orjson

from copydesk.model import Attempt, EventType, new_id
from copydesk.records import timestamp
from copydesk.store.subscriptions import Endpoint
from services.publish import carried, message, sender
from services.publish.challenge import CHALLENGE, echoes
from services.publish.samples import sample
from services.publish.shape import Shape
from services.publish.vault import Vault

AT_ONCE = 16  # requests of this process
AT_ONCE_OF_ONE = 4  # for the subscriptions of one source: its slow endpoints keep up none but its own


class Trial:
    """Makes signed requests as a dispatcher does, without a delivery.

    Args:
        session: of `sender.create_session`.
        vault: opens the secrets.
    """

    def __init__(self, session: aiohttp.ClientSession, vault: Vault) -> None:
        self._session = session
        self._vault = vault
        self._room = asyncio.Semaphore(AT_ONCE)
        self._rooms: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()  # while in use

    async def challenge(self, endpoint: Endpoint) -> tuple[bool, Attempt]:
        """Sends a challenge. Returns whether it was echoed, and what came of the request."""
        wanted = secrets.token_urlsafe(24)
        data = {"subscription_id": endpoint.subscription_id, "challenge": wanted}
        event = {"type": CHALLENGE, "timestamp": timestamp(datetime.now(UTC)), "data": data}
        attempt = await self._send(endpoint, str(new_id()), orjson.dumps(event))
        return attempt.error_class is None and echoes(attempt.response or "", wanted), attempt

    async def examples(self, endpoint: Endpoint) -> list[dict[str, Any]]:
        """Sends an example of each type that a subscription asks for. Returns what came of each, in order."""
        kinds = sorted({EventType(each) for each in endpoint.event_types})
        return list(await asyncio.gather(*(self._example(endpoint, kind) for kind in kinds)))

    async def _example(self, endpoint: Endpoint, kind: EventType) -> dict[str, Any]:
        event = sample(kind, datetime.now(UTC), endpoint.source, endpoint.subscription_id)
        webhook_id = str(new_id())
        attempt = await self._send(endpoint, webhook_id, message.body(event, Shape.of(endpoint.shape)))
        return {"type": kind, "webhook_id": webhook_id, **told(attempt)}

    async def _send(self, endpoint: Endpoint, webhook_id: str, body: bytes) -> Attempt:
        secret, *former = self._vault.signing(endpoint.subscription_id, endpoint.secrets)
        along = carried.opened(self._vault, endpoint.subscription_id, endpoint.carried)
        room = self._rooms.setdefault(endpoint.source, asyncio.Semaphore(AT_ONCE_OF_ONE))
        async with room, self._room:
            return await sender.attempt(
                self._session, endpoint.url, secret, webhook_id, body, former=former, carried=along
            )


def told(attempt: Attempt) -> dict[str, Any]:
    """Returns what came of a request, as it is answered."""
    return {
        "status": attempt.status,
        "error_class": attempt.error_class,
        "detail": attempt.detail,
        "response": attempt.response,
        "duration_ms": attempt.duration_ms,
    }
