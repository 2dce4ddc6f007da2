"""The body of a webhook: what an event tells, as bytes."""

from datetime import datetime
from typing import Any, Protocol, cast

import orjson

from copydesk import records


class Telling(Protocol):
    """What a body is made of: a claim and a placed event both are. Without `data` it tells of a story."""

    @property
    def event_type(self) -> str:
        """What happened."""

    @property
    def event_at(self) -> datetime:
        """When."""

    @property
    def data(self) -> dict[str, Any] | None:
        """What is told, where that is no record."""

    @property
    def enrichment(self) -> dict[str, Any] | None:
        """What makes the revision a record."""


def body(told: Telling) -> bytes:
    """Returns `{type, timestamp, data}` as JSON, the same bytes at each attempt.

    Its shape is `schemas/event.schema.json`.
    """
    data = told.data
    if data is None:
        data = records.build(cast("records.Revision", told), told.enrichment or {})  # of a story, then
    stamp = records.timestamp(told.event_at)
    return orjson.dumps({"type": told.event_type, "timestamp": stamp, "data": data})
