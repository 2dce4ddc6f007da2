"""The finished product: a revision with its enrichment."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
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


def build(  # noqa: PLR0913 - a record has these parts
    *,
    story_id: UUID,
    source: str,
    uri: str,
    version: int,
    document: Mapping[str, Any],
    enrichment: Mapping[str, Any],
) -> dict[str, Any]:
    """Returns the record, in the shape of `schemas/record.schema.json`."""
    identity = {"id": str(story_id), "version": version, "uri": uri, "source": source}
    return {**identity, **{name: document[name] for name in PASSED_THROUGH if name in document}, **enrichment}


def timestamp(moment: datetime) -> str:
    """Returns a moment as RFC 3339 in UTC, to the millisecond: `2026-03-01T08:30:00.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
