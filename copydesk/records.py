"""The finished product: a revision with its enrichment."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

# What of a story goes into its record; `uri` and `version` are the row's.
PASSED_THROUGH = (
    "title",
    "body",
    "language",
    "published_at",
    "updated_at",
    "byline",
    "dateline",
    "url",
    "metadata",
)


class Revision(Protocol):
    """What a record is made of, beside the enrichment: a lease, a claim and a finished revision all are."""

    @property
    def story_id(self) -> UUID:
        """The story's id."""

    @property
    def source(self) -> str:
        """Who posted it."""

    @property
    def uri(self) -> str:
        """The source's own identifier."""

    @property
    def version(self) -> int:
        """Which version of the story."""

    @property
    def document(self) -> Mapping[str, Any]:
        """The story as it was posted, valid."""


def build(revision: Revision, enrichment: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the record, in the shape of `schemas/record.schema.json`."""
    identity = {
        "id": str(revision.story_id),
        "version": revision.version,
        "uri": revision.uri,
        "source": revision.source,
    }
    document = revision.document
    return {**identity, **{name: document[name] for name in PASSED_THROUGH if name in document}, **enrichment}


def timestamp(moment: datetime) -> str:
    """Returns a moment as RFC 3339 in UTC, to the millisecond: `2026-03-01T08:30:00.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
