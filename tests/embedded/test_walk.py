import asyncio
import json
import time
from collections.abc import Callable
from typing import Any, ClassVar, Self

import aiohttp
import pytest

from copydesk import contracts
from services.cli.client import Answer, ApiError
from services.embedded import walk as module
from services.embedded.server import ServerError
from services.embedded.walk import sample, walk
from services.publish import signature

SECRET = b"s" * 32


class Service:
    """Ingest and publish in one, which delivers what `deliveries` makes of a story."""

    url: ClassVar[str] = ""
    answer: ClassVar[Answer] = Answer(202, {"id": "1"})
    deliveries: ClassVar[Callable[[dict[str, Any]], list[dict[str, Any]]]] = staticmethod(
        lambda story: [story]
    )
    subscribed: ClassVar[list[dict[str, Any]]] = []
    ended: ClassVar[list[str]] = []

    def __init__(self, *_: str) -> None:
        """Takes what a client takes."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Closes nothing."""

    async def subscriptions(self) -> list[dict[str, Any]]:
        return [{"id": "old", "description": module.PURPOSE}, {"id": "theirs", "description": None}]

    async def subscribe(self, wanted: dict[str, Any]) -> dict[str, Any]:
        self.subscribed.append(wanted)
        return {"id": "new", "secret": signature.shown(SECRET)}

    async def unsubscribe(self, subscription_id: str) -> None:
        self.ended.append(subscription_id)

    async def story(self, _: str) -> Answer:
        return Answer(200, {"state": "enriching", "trace": [{"step": "accept", "outcome": "ok"}]})

    async def post_story(self, document: bytes) -> Answer:
        for data in type(self).deliveries(json.loads(document)):
            body = json.dumps({"type": "story.published", "data": data}).encode()
            headers = signature.headers(SECRET, str(time.time_ns()), int(time.time()), body)
            url = self.subscribed[-1]["url"]
            async with aiohttp.request("POST", url, data=body, headers=headers) as response:
                await response.read()
        return self.answer


@pytest.fixture(autouse=True)
def service(monkeypatch: pytest.MonkeyPatch) -> type[Service]:
    class Fresh(Service):
        subscribed: ClassVar[list[dict[str, Any]]] = []
        ended: ClassVar[list[str]] = []

    monkeypatch.setattr(module, "Client", Fresh)
    monkeypatch.setattr(module, "SECONDS", 0.3)
    return Fresh


def go() -> dict[str, Any]:
    return asyncio.run(walk("http://ingest", "http://publish", "cdk_x", "desk"))


def test_the_sample_keeps_the_contract_and_never_repeats_a_version() -> None:
    assert contracts.violations("story", sample()) == []
    assert abs(sample()["version"] - time.time()) < 10


def test_the_sample_comes_back_and_nothing_of_it_stays(service: type[Service]) -> None:
    assert go()["title"] == sample()["title"]
    assert service.ended == ["old", "new"]
    assert service.subscribed[0]["filter"] == {"sources": ["desk"]}


def test_other_stories_of_the_source_are_passed_over(service: type[Service]) -> None:
    service.deliveries = staticmethod(
        lambda story: [{**story, "version": 1}, {**story, "uri": "urn:x"}, story]
    )
    assert go()["version"] > 1


def test_a_sample_that_is_missing_is_traced(service: type[Service]) -> None:
    service.deliveries = staticmethod(lambda _: [])
    with pytest.raises(
        ServerError, match=r"its state is enriching, its steps were accept ok\. The lines above"
    ):
        go()
    assert service.ended == ["old", "new"]


def test_a_forged_delivery_does_not_count() -> None:
    real = signature.headers

    def forged(_: bytes, *rest: Any) -> dict[str, str]:
        return real(b"x" * 32, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signature, "headers", forged)
        with pytest.raises(ServerError, match="1 deliveries had a bad signature"):
            go()


def test_a_refused_sample_says_why(service: type[Service]) -> None:
    service.answer = Answer(403, {"code": "forbidden", "detail": "The key lacks stories:write."})
    with pytest.raises(ApiError, match="ingest refused the sample: 403 forbidden The key lacks"):
        go()
