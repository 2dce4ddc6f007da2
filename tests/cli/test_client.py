import asyncio
import os
from typing import Any

import pytest

from services.cli.client import Answer, ApiError, Client


def test_a_story_can_be_asked_for(desk: Any) -> None:
    async def ask() -> Answer:
        async with Client("ingest", os.environ["COPYDESK_INGEST_URL"] + "/", "cdk_test") as client:
            return await client.story("1")

    assert asyncio.run(ask()) == Answer(200, desk.story)
    assert desk.requests == [("GET", "/v1/stories/1", b"", "Bearer cdk_test")]


def test_a_refusal_is_an_error_with_the_services_own_words(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "answer", lambda *_: (404, {"code": "not_found", "detail": "No such."}, {}))

    async def end() -> None:
        async with Client("publish", os.environ["COPYDESK_PUBLISH_URL"], "cdk_test") as client:
            await client.unsubscribe("1")

    with pytest.raises(ApiError, match=r"publish refused: 404 not_found No such\."):
        asyncio.run(end())
