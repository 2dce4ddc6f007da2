"""Who asks: the API key of a request, and what it may do."""

import asyncio
import hashlib
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Final, cast
from uuid import UUID

from fastapi import Security
from fastapi.security import HTTPBearer
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from copydesk.model import Scope
from copydesk.store import keys
from copydesk.store.database import Database
from copydesk.web.problems import ProblemError

REMEMBER_SECONDS: Final = 5.0
# Says in OpenAPI that a key is needed, and with which scopes; who asks is found by `require` itself.
_DOCUMENTED: Final = HTTPBearer(scheme_name="key", auto_error=False)
_MOST: Final = 1_000  # callers remembered; beyond that all are asked anew


@dataclass(frozen=True, slots=True)
class Caller:
    """The holder of an API key."""

    key_id: UUID
    source: str
    scopes: frozenset[Scope]

    @property
    def is_admin(self) -> bool:
        """Whether everything of every source is the caller's to see."""
        return Scope.ADMIN in self.scopes

    @property
    def sees(self) -> str | None:
        """The source whose things the caller may see; `None` for everyone's."""
        return None if self.is_admin else self.source


def require(*scopes: Scope) -> Callable[..., Coroutine[Any, Any, Caller]]:
    """Returns a FastAPI dependency: the caller, who has one of the scopes or is admin.

    It asks `app.state.database`, in a thread, and remembers the answer for `REMEMBER_SECONDS`: that long a
    revoked key may still be taken.

    Raises:
        ProblemError: `unauthenticated` or `forbidden`.
        OutageError: the database is away.
    """
    documented = Security(_DOCUMENTED, scopes=[str(scope) for scope in scopes])

    async def caller(request: Request, _documented: Annotated[object, documented]) -> Caller:
        found = await _find(request)
        if not found.is_admin and found.scopes.isdisjoint(scopes):
            raise ProblemError(
                "forbidden",
                f"This key has no scope {' or '.join(scopes)}: use a key that has.",
                scope=str(scopes[0]),
            )
        return found

    return caller


async def _find(request: Request) -> Caller:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise _unauthenticated("Send an API key: Authorization: Bearer cdk_….")
    remembered = cast("Remembered", request.app.state.callers)
    caller = remembered.get(token)
    if caller is None:
        database = cast("Database", request.app.state.database)
        caller = await remembered.learn(token, lambda: run_in_threadpool(_ask, database, token))
    return caller


def _ask(database: Database, token: str) -> Caller:
    with database.transaction() as connection:
        key = keys.find(connection, token)
    if key is None:
        raise _unauthenticated("This API key is not known, or was revoked.")
    return Caller(key.id, key.source, key.scopes)


def _unauthenticated(detail: str) -> ProblemError:
    return ProblemError("unauthenticated", detail, headers={"WWW-Authenticate": "Bearer"})


class Remembered:
    """Callers by their token's digest, each for a few seconds: not every request asks the database."""

    def __init__(self) -> None:
        self._callers: dict[bytes, tuple[float, Caller]] = {}
        self._asking: dict[bytes, asyncio.Task[Caller]] = {}

    def get(self, token: str) -> Caller | None:
        """Returns the caller that was put within the last `REMEMBER_SECONDS`."""
        until, caller = self._callers.get(_digest(token), (0.0, None))
        return caller if time.monotonic() < until else None

    async def learn(self, token: str, ask: Callable[[], Coroutine[Any, Any, Caller]]) -> Caller:
        """Asks who has a token, once for all who want to know it meanwhile, and remembers the answer.

        Raises:
            Exception: what `ask` raises.
        """
        digest = _digest(token)
        asking = self._asking.get(digest)
        if asking is None:
            asking = self._asking[digest] = asyncio.create_task(ask())
            asking.add_done_callback(partial(self._asked, digest))
        caller = await asyncio.shield(asking)
        self.put(token, caller)
        return caller

    def _asked(self, digest: bytes, asking: asyncio.Task[Caller]) -> None:
        del self._asking[digest]
        if not asking.cancelled():
            asking.exception()  # is seen: whoever wanted to know may be gone

    def put(self, token: str, caller: Caller) -> None:
        """Remembers a caller; forgets all where there are too many."""
        if len(self._callers) >= _MOST:
            self._callers.clear()
        self._callers[_digest(token)] = (time.monotonic() + REMEMBER_SECONDS, caller)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
