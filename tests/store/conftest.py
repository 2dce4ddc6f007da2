"""A database and stories in it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection

from copydesk.model import Lane
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
