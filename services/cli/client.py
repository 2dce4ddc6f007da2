"""The HTTP API of ingest and publish, as the command line calls it."""

import asyncio
import json
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp

from copydesk.errors import CopydeskError

TIMEOUT = aiohttp.ClientTimeout(total=30, sock_connect=5)
TRIES = 6  # with the pauses below, a story is given up after three minutes at the most
LONGEST_PAUSE_SECONDS = 30.0
BUSY = 503


class ApiError(CopydeskError):
    """A service refused or did not answer; says what to do."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service said: the status, and the JSON object in its body (empty when it was none)."""

    status: int
    body: dict[str, Any]

    @property
    def is_ok(self) -> bool:
        """Whether the request was done."""
        return 200 <= self.status < 300  # noqa: PLR2004 - the class of success

    def problem(self) -> str:
        """Returns the problem for a person: what it is, and each violation with its pointer."""
        body = self.body
        title = body.get("title", "the answer was no problem document")
        first = f"{self.status} {body.get('code', '')} {body.get('detail') or title}".replace("  ", " ")
        return "\n".join([first, *(_violation(item) for item in body.get("violations", []))])


def _violation(item: dict[str, Any]) -> str:
    return f"  {item.get('pointer') or '(the whole document)'}  {item.get('message', '')}"


class Client:
    """A session with one service; use it in `async with`.

    Args:
        service: its name, for errors.
        url: where it listens.
        key: the API key; sent with every request.
    """

    def __init__(self, service: str, url: str, key: str) -> None:
        self._service = service
        self._url = url.rstrip("/")
        self._key = key

    async def __aenter__(self) -> Self:
        headers = {"Authorization": f"Bearer {self._key}"}
        self._session = aiohttp.ClientSession(timeout=TIMEOUT, headers=headers)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def request(self, method: str, path: str, document: bytes | None = None) -> Answer:
        """Sends one request; while the service is busy (503) waits as long as it asks, and tries again.

        Raises:
            ApiError: the service did not answer.
        """
        for _ in range(TRIES - 1):
            answer, seconds = await self._once(method, path, document)
            if answer.status != BUSY:
                return answer
            await asyncio.sleep(seconds)
        return (await self._once(method, path, document))[0]

    async def post_story(self, document: bytes) -> Answer:
        """Posts one story as JSON; the answer may be a problem."""
        return await self.request("POST", "/v1/stories", document)

    async def story(self, story_id: str) -> Answer:
        """Asks how a story stands."""
        return await self.request("GET", f"/v1/stories/{story_id}")

    async def get(self, path: str) -> dict[str, Any]:
        """Returns what is there.

        Raises:
            ApiError: the service refused.
        """
        return self._done(await self.request("GET", path)).body

    async def replay(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Asks for a replay and returns it as it is made.

        Raises:
            ApiError: the service refused.
        """
        return self._done(await self.request("POST", "/v1/replays", json.dumps(wanted).encode())).body

    async def ended_replay(self, made: dict[str, Any], look_seconds: float) -> dict[str, Any]:
        """Returns a replay once it has ended.

        Raises:
            ApiError: the service refused.
        """
        while made["state"] == "running":
            await asyncio.sleep(look_seconds)
            made = await self.get(f"/v1/replays/{made['id']}")
        return made

    async def subscriptions(self) -> list[dict[str, Any]]:
        """Returns the first 1000 subscriptions of the key's source.

        Raises:
            ApiError: the service refused.
        """
        answer = self._done(await self.request("GET", "/v1/subscriptions?limit=1000"))
        items: list[dict[str, Any]] = answer.body["items"]
        return items

    async def subscribe(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Makes a subscription and returns it, with its id and its secret.

        Raises:
            ApiError: the service refused.
        """
        document = json.dumps(wanted).encode()
        return self._done(await self.request("POST", "/v1/subscriptions", document)).body

    async def unsubscribe(self, subscription_id: str) -> None:
        """Deletes a subscription.

        Raises:
            ApiError: the service refused.
        """
        self._done(await self.request("DELETE", f"/v1/subscriptions/{subscription_id}"))

    async def erase(self, story_id: str) -> bool:
        """Erases a story's content; returns whether there is such a story that this key may erase.

        Raises:
            ApiError: the service refused.
        """
        return await self._erase(f"/v1/records/{story_id}")

    async def erase_replies(self, delivery_id: str) -> bool:
        """Erases what an endpoint answered to a delivery; returns whether this key may, and it is there.

        Raises:
            ApiError: the service refused.
        """
        return await self._erase(f"/v1/deliveries/{delivery_id}/replies")

    async def _erase(self, path: str) -> bool:
        answer = await self.request("DELETE", path)
        return answer.body.get("code") != "not_found" and self._done(answer).is_ok

    def _done(self, answer: Answer) -> Answer:
        if not answer.is_ok:
            raise ApiError(f"{self._service} refused: {answer.problem()}")
        return answer

    async def _once(self, method: str, path: str, document: bytes | None) -> tuple[Answer, float]:
        headers = {"Content-Type": "application/json"} if document is not None else {}
        url = f"{self._url}{path}"
        try:
            async with self._session.request(method, url, data=document, headers=headers) as response:
                return Answer(response.status, _object(await response.read())), _pause(response)
        except (aiohttp.ClientError, TimeoutError) as error:
            reason = str(error) or type(error).__name__
            raise ApiError(
                f"{self._service} does not answer at {self._url} ({reason})."
                " Is `copydesk up` running? Name another address with --url."
            ) from None


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _pause(response: aiohttp.ClientResponse) -> float:
    try:
        wanted = float(response.headers.get("Retry-After", "1"))
    except ValueError:
        wanted = 1.0
    return min(max(wanted, 0.0), LONGEST_PAUSE_SECONDS)
