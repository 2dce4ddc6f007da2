"""An example of each type of event, as a subscription would be told of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from copydesk.model import EventType
from copydesk.records import timestamp

_STORY = UUID("0195f3a0-7c1e-7b6e-9d3a-2f4b8c6d1e0f")
_URI = "urn:copydesk:example"
_TITLE = "Example: Mombasa reopens its harbour"
_BODY = "The harbour of Mombasa reopened on Monday. “We waited nine years for this,” a judge said."
_DOCUMENT = {"title": _TITLE, "body": _BODY, "language": "en", "metadata": {"copydesk_example": True}}


def _span(words: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - members of a span
    start = _BODY.index(words)
    return {"text": words, "start": start, "end": start + len(words), **more}


_ENRICHMENT = {
    "highlights": [_span("The harbour of Mombasa reopened on Monday.", rank=1, score=0.9)],
    "actors": [],
    "places": [{"name": "Mombasa", "country": "KEN", "mentions": [_span("Mombasa", field="body")]}],
    "opinions": [
        _span("We waited nine years for this,", actor=None, kind="direct", cue="said", unnamed="a judge")
    ],
    "enrichment": {"pipeline": "example", "model": None, "catalogue": "example", "steps": []},
}


@dataclass(frozen=True, slots=True)
class Sample:
    """An event that tells of nothing; a body is made of it as of any other."""

    event_type: str
    event_at: datetime
    source: str
    data: dict[str, Any] | None
    story_id: UUID = _STORY
    uri: str = _URI
    version: int = 1

    @property
    def document(self) -> dict[str, Any]:
        """The story."""
        return _DOCUMENT

    @property
    def enrichment(self) -> dict[str, Any]:
        """What makes it a record."""
        return _ENRICHMENT


def sample(kind: EventType, at: datetime, source: str, subscription_id: UUID) -> Sample:
    """Returns an example of a type of event.

    Args:
        kind: the type.
        at: when it is said to have happened.
        source: whose subscription is told.
        subscription_id: it; an operational event is said to be about it.
    """
    return Sample(kind, at, source, _data(kind, timestamp(at), source, str(subscription_id)))


def _data(kind: EventType, at: str, source: str, subscription: str) -> dict[str, Any] | None:
    """What each type tells; a record is made of its story."""
    story = {"id": str(_STORY), "version": 1, "uri": _URI, "source": source}
    about = {"subscription_id": subscription, "source": source, "description": "An example"}
    stopped = {"stage": "enrich", "reason": "error", "detail": "An example.", "attempts": 5}
    failing = {"percent": 50, "failing_since": at, "failed": 20, "status": 503}
    delivery = {"delivery_id": str(_STORY), "event_id": str(_STORY), "event_type": EventType.PUBLISHED}
    told: dict[EventType, dict[str, Any]] = {
        EventType.RETRACTED: {**story, "retracted_at": at, "reason": "An example."},
        EventType.QUARANTINED: {**story, **stopped, "quarantined_at": at},
        EventType.DISABLED: {**about, "reason": "requested", "disabled_at": at},
        EventType.RECOVERED: {**about, "reason": "requested", "recovered_at": at},
        EventType.FAILING: {**about, **failing},
        EventType.EXHAUSTED: {**about, **delivery, "attempts": 10, "exhausted_at": at},
    }
    return told.get(kind)
