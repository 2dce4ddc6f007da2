"""The body of a webhook: what an event tells, as bytes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol, cast

import orjson

from copydesk import records
from services.publish.shape import FULL, Shape, thin


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


def body(told: Telling, shape: Shape = FULL) -> bytes:
    """Returns `{type, timestamp, data}` as JSON, of one shape the same bytes each time.

    It satisfies `schemas/event.schema.json`.

    Args:
        told: the event.
        shape: in which a record is told; what is no record has but one.
    """
    if told.data is not None:
        return _dump(told, {"data": told.data})
    record = records.build(cast("records.Revision", told), told.enrichment or {})  # of a story, then
    made = _dump(told, shape.apply(record))
    is_large = shape.max_bytes is not None and len(made) > shape.max_bytes
    return _dump(told, thin(record)) if is_large else made


def _dump(told: Telling, members: Mapping[str, Any]) -> bytes:
    stamp = records.timestamp(told.event_at)
    return orjson.dumps({"type": told.event_type, "timestamp": stamp, **members})
