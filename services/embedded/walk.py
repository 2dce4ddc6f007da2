"""One sample story from POST to a signed webhook: the proof that everything works together."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from importlib.resources import files
from typing import Any

from copydesk.model import EventType
from services.cli.client import ApiError, Client
from services.cli.receiver import Receiver
from services.embedded.server import ServerError

SECONDS = 60.0
PURPOSE = "the sample of copydesk up"


def sample() -> dict[str, Any]:
    """Returns the sample story as a version that was never posted before."""
    story: dict[str, Any] = json.loads(files("services.embedded").joinpath("sample.json").read_text("utf-8"))
    return {**story, "version": int(time.time())}


async def walk(ingest_url: str, publish_url: str, key: str, source: str) -> dict[str, Any]:
    """Posts the sample, receives it at a webhook of its own, and returns the record.

    Raises:
        ServerError: it did not come back in time; says how far it came.
        ApiError: a service refused or did not answer.
    """
    story = sample()
    async with (
        Receiver() as receiver,
        Client("publish", publish_url, key) as publish,
        Client("ingest", ingest_url, key) as ingest,
        subscribed(publish, receiver, source),
    ):
        answer = await ingest.post_story(json.dumps(story).encode())
        if not answer.is_ok:
            raise ApiError(f"ingest refused the sample: {answer.problem()}")
        try:
            async with asyncio.timeout(SECONDS):
                return await _arrival(receiver, story)
        except TimeoutError:
            state = await ingest.story(str(answer.body["id"]))
            raise ServerError(_missing(state.body, receiver)) from None


@contextlib.asynccontextmanager
async def subscribed(publish: Client, receiver: Receiver, source: str) -> AsyncIterator[None]:
    """Subscribes the receiver to one source's stories for the length of the block."""
    for old in await publish.subscriptions():  # left by a walk that was killed
        if old.get("description") == PURPOSE:
            await publish.unsubscribe(old["id"])
    made = await publish.subscribe(
        {
            "url": receiver.url,
            "event_types": [EventType.PUBLISHED, EventType.UPDATED],
            "filter": {"sources": [source]},
            "description": PURPOSE,
        }
    )
    receiver.trust(made["secret"])
    try:
        yield
    finally:
        await publish.unsubscribe(made["id"])


async def _arrival(receiver: Receiver, story: dict[str, Any]) -> dict[str, Any]:
    while True:
        record: dict[str, Any] = (await receiver.events.get())["data"]
        if (record["uri"], record["version"]) == (story["uri"], story["version"]):
            return record


def _missing(story: dict[str, Any], receiver: Receiver) -> str:
    """Says how far the sample came, and where to look."""
    steps = [f"{step.get('step')} {step.get('outcome')}" for step in story.get("trace", [])]
    forged = f" {receiver.failed} deliveries had a bad signature." if receiver.failed else ""
    return (
        f"The sample story did not arrive within {SECONDS:g} s: its state is {story.get('state', 'unknown')},"
        f" its steps were {', '.join(steps) or 'none'}.{forged} The lines above say more."
    )
