"""Who asks: the API key of a request, and what it may do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final, cast
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from copydesk.model import Scope
from copydesk.store import keys
from copydesk.store.database import Database
from copydesk.web.problems import ProblemError

_BEARER: Final = HTTPBearer(
    auto_error=False, scheme_name="API key", description="`copydesk keys create` makes one: `cdk_…`."
)


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


def require(*scopes: Scope) -> Callable[..., Caller]:
    """Returns a FastAPI dependency: the caller, who has one of the scopes or is admin.

    It asks `app.state.database`, in a thread.

    Raises:
        ProblemError: `unauthenticated` or `forbidden`.
        OutageError: the database is away.
    """

    def caller(
        request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
    ) -> Caller:
        found = _find(request, credentials)
        if not found.is_admin and found.scopes.isdisjoint(scopes):
            raise ProblemError(
                "forbidden",
                f"This key has no scope {' or '.join(scopes)}: use a key that has.",
                scope=str(scopes[0]),
            )
        return found

    return caller


def _find(request: Request, credentials: HTTPAuthorizationCredentials | None) -> Caller:
    if credentials is None:
        raise _unauthenticated("Send an API key: Authorization: Bearer cdk_….")
    database = cast("Database", request.app.state.database)
    with database.transaction() as connection:
        key = keys.find(connection, credentials.credentials)
    if key is None:
        raise _unauthenticated("This API key is not known, or was revoked.")
    return Caller(key.id, key.source, key.scopes)


def _unauthenticated(detail: str) -> ProblemError:
    return ProblemError("unauthenticated", detail, headers={"WWW-Authenticate": "Bearer"})
