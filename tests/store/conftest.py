"""A database and stories in it."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection

from copydesk.model import Lane, Listener, Unplaced
from copydesk.store import leases, stories
from copydesk.store.database import Database
from tests.accepting import carry_out

DOCUMENT = {
    "title": "Harbour reopens",
    "body": "The harbour of Mombasa reopened on Monday.",
    "language": "en",
}
ENRICHMENT: dict[str, Any] = {
    "highlights": [],
    "actors": [],
    "places": [],
    "opinions": [],
    "enrichment": {"pipeline": "1", "model": None, "catalogue": "1", "steps": []},
}


class Everyone:
    """An index in which all want whatever is of their event types; with `only`, one of them."""

    reads_record = reads_text = False

    def __init__(self, only: UUID | None = None) -> None:
        self.only = only
        self.event_types: dict[UUID, frozenset[str]] = {}

    def put(self, listener: Listener, event_types: Iterable[str]) -> None:
        self.event_types[listener.id] = frozenset(event_types)

    def drop(self, subscription_id: UUID) -> None:
        self.event_types.pop(subscription_id, None)

    def wanting(self, event: Unplaced, admins: frozenset[str] = frozenset()) -> list[UUID]:  # noqa: ARG002
        return [
            each
            for each, types in self.event_types.items()
            if event.type in types and self.only in {None, each}
        ]


def accept_one(connection: Connection, **values: Any) -> stories.Accepted:
    """Accepts one story; a conflict is raised."""
    given = {"version": 1, "content_sha256": b"1", "document": DOCUMENT, "lane": Lane.NORMAL, **values}
    (accepted,) = carry_out(connection, stories.accepting([stories.Post(**given)]))
    if isinstance(accepted, stories.VersionConflictError):
        raise accepted
    return accepted


def lease_one(
    connection: Connection, revision: UUID, *, seconds: float = 30, max_attempts: int = 5, worker: str = "w"
) -> leases.Lease | None:
    """Leases one revision, if it can be had."""
    held = leases.lease(connection, [revision], seconds=seconds, max_attempts=max_attempts, worker=worker)
    return held[0] if held else None


@pytest.fixture
def accept(database: Database) -> Callable[..., stories.Accepted]:
    def accept(uri: str = "urn:x:1", content: bytes = b"1", **more: Any) -> stories.Accepted:
        with database.transaction() as connection:
            return accept_one(connection, **{"source": "desk", "uri": uri, "content_sha256": content, **more})

    return accept
