"""A webhook receiver on this machine, which believes nothing that is not signed."""

import asyncio
import json
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from copydesk.errors import CopydeskError
from services.cli.faults import Fault
from services.publish.challenge import CHALLENGE
from services.publish.signature import SignatureError, verify

HOST = "127.0.0.1"
MAX_BYTES = 64 << 20
REMEMBERED = 10_000  # webhook ids; a retry repeats its id
SECRET_SECONDS = 10.0


Keep = Callable[[Mapping[str, str], bytes], None]
Handle = Callable[[Mapping[str, str], bytes], Awaitable[int]]


class ReceiverError(CopydeskError):
    """The receiver cannot listen; says where and why."""


class Receiver:
    """An HTTP server that verifies and queues what copydesk sends; use it in `async with`.

    Args:
        port: where it listens; 0 picks a free one.
        faults: what the first requests get in place of an honest answer, one each.
        handle: what is done with each verified request, new or not: takes headers and body, and returns the
            status to answer.
        keep: is given every request as it came, verified or not.

    Attributes:
        events: every verified event once, in the order of arrival, as `{type, timestamp, data}`.
        verified: how many requests had a good signature.
        failed: how many had not.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        faults: Iterable[Fault] = (),
        handle: Handle | None = None,
        keep: Keep | None = None,
    ) -> None:
        self.events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.verified = 0
        self.failed = 0
        self._port = port
        self._faults = deque(faults)
        self._handle = handle
        self._keep = keep
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._secret: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{HOST}:{self._port}/"

    def trust(self, secret: str) -> None:
        """Sets the subscription's secret; deliveries that come earlier wait for it a moment."""
        self._secret.set_result(secret)

    async def __aenter__(self) -> Self:
        application = web.Application(client_max_size=MAX_BYTES)
        application.router.add_post("/", self._receive)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, HOST, self._port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise ReceiverError(f"Port {self._port} cannot be listened on ({error.strerror}).") from None
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        if self._keep is not None:
            self._keep(request.headers, body)
        if self._faults:
            fault = self._faults.popleft()
            await asyncio.sleep(fault.seconds)
            if fault.status is not None:
                return web.Response(status=fault.status, text="as --fail wanted")
        try:
            secret = await asyncio.wait_for(asyncio.shield(self._secret), SECRET_SECONDS)
            verify(secret, request.headers, body)
        except (SignatureError, TimeoutError) as error:
            self.failed += 1
            return web.Response(status=401, text=str(error))
        self.verified += 1
        event = json.loads(body)
        if event["type"] == CHALLENGE:  # asks whether we want to be sent anything
            return web.json_response({"challenge": event["data"]["challenge"]})
        if self._is_new(request.headers["webhook-id"]):
            self.events.put_nowait(event)
        return web.Response(status=await self._handle(request.headers, body) if self._handle else 204)

    def _is_new(self, webhook_id: str) -> bool:
        if webhook_id in self._seen:
            return False
        self._seen[webhook_id] = None
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return True
