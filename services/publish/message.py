"""The body of a webhook: what an event tells, as bytes."""

from typing import cast

import orjson

from copydesk import records
from copydesk.store.claims import Claim


def body(claimed: Claim) -> bytes:
    """Returns `{type, timestamp, data}` as JSON, the same bytes at each attempt.

    Its shape is `schemas/event.schema.json`.
    """
    data = claimed.data
    if data is None:
        data = records.build(cast("records.Revision", claimed), claimed.enrichment or {})  # of a story, then
    stamp = records.timestamp(claimed.event_at)
    return orjson.dumps({"type": claimed.event_type, "timestamp": stamp, "data": data})
