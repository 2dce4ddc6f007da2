"""A database and stories in it."""

from collections.abc import Callable
from typing import Any

import pytest

from copydesk.model import Lane
from copydesk.store import stories
from copydesk.store.database import Database

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


@pytest.fixture
def accept(database: Database) -> Callable[..., stories.Accepted]:
    def accept(
        uri: str = "urn:x:1", version: int = 1, content: bytes = b"1", **more: Any
    ) -> stories.Accepted:
        with database.transaction() as connection:
            values = {"source": "desk", "document": DOCUMENT, "lane": Lane.NORMAL, **more}
            return stories.accept(connection, uri=uri, version=version, content_sha256=content, **values)

    return accept
