"""In whatever shape a record is told, the body keeps its contract, and its spans are where they say."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk import contracts
from copydesk.model import new_id
from services.publish import message
from services.publish.shape import FULL, Shape, in_utf16
from tests.publish.conftest import Client

FIELDS = contracts.schema("subscription")["$defs"]["fields"]["items"]["enum"]
ENRICHMENT_STEPS = {"pipeline": "1", "model": None, "catalogue": "1", "steps": []}
TITLE = "🚢 Mombasa 🇰🇪 reopens"
BODY = "🌊 The harbour of Mombasa reopened 🎉. “We waited 9 years,” said a 👩🏾 judge of Kenya."
LETTERS = st.sampled_from("a é😀🎉한")


@dataclass
class Told:
    """An event of a story, as a claim has it."""

    document: dict[str, Any]
    enrichment: dict[str, Any] | None
    data: dict[str, Any] | None = None
    event_type: str = "story.published"
    event_at: datetime = datetime(2025, 4, 7, 9, 30, tzinfo=UTC)
    story_id: UUID = field(default_factory=new_id)
    source: str = "desk"
    uri: str = "urn:x:1"
    version: int = 3


def _span(text: str, start: int, end: int, **more: Any) -> dict[str, Any]:
    return {**more, "text": text[start:end], "start": start, "end": end}


def told(title: str = TITLE, body: str = BODY, *bounds: int) -> Told:
    """Returns an event whose record has every kind of span, between bounds of the title and the body."""
    first, last, start, end = bounds or (2, 9, 2, len(body))
    mentions = [_span(title, first, last, field="title"), _span(body, start, end, field="body")]
    evidence = _span(body, start, end, code="country", value="KEN", field="body")
    actor = {
        "id": "kenya", "name": "Kenya", "type": "state", "country": "KEN", "sectors": [], "aliases": [],
        "role": None, "salience": 1, "confidence": 1, "resolved_by": "catalogue", "evidence": [evidence],
        "mentions": mentions,
    }  # fmt: skip
    opinion = _span(body, start, end, actor="kenya", kind="direct", cue=None)
    return Told(
        {"title": title, "body": body, "language": "en"},
        {
            "highlights": [_span(body, start, end, rank=1, score=0.5)],
            "actors": [actor],
            "places": [{"name": "Mombasa", "country": "KEN", "mentions": mentions}],
            "opinions": [{**opinion, "speaker": _span(body, start, end)}],
            "enrichment": ENRICHMENT_STEPS,
        },
    )


def _event(told: Told, shape: Shape = FULL) -> dict[str, Any]:
    event: dict[str, Any] = orjson.loads(message.body(told, shape))
    assert contracts.violations("event", event) == []
    return event


def test_full_is_what_it_always_was() -> None:
    event = _event(told())
    assert event.keys() == {"type", "timestamp", "data"}
    assert contracts.violations("record", event["data"]) == []
    assert contracts.check_offsets(event["data"]) == []


def test_thin_has_ids_and_a_link() -> None:
    event = _event(told(), Shape("thin", ("title",), "utf16"))
    assert event["projection"] == "thin"
    story = event["data"]["id"]
    link = {"record": f"/v1/records/{story}?version=3"}
    assert event["data"] == {"id": story, "version": 3, "uri": "urn:x:1", "source": "desk", "links": link}


def test_named_fields_come_with_the_ids_and_without_the_rest() -> None:
    event = _event(told(), Shape(fields=("title", "actors", "byline")))
    assert event["projection"] == "fields"
    assert event["data"].keys() == {"id", "version", "uri", "source", "links", "title", "actors"}


def test_a_record_over_the_bound_is_told_thin() -> None:
    size = len(message.body(told()))
    assert "projection" not in _event(told(), Shape(max_bytes=size))
    assert _event(told(), Shape(max_bytes=size - 1))["projection"] == "thin"
    assert _event(told(), Shape(fields=("title",), max_bytes=size - 1))["projection"] == "fields"


@pytest.mark.parametrize("shape", [FULL, Shape("thin"), Shape(fields=("title",)), Shape(max_bytes=1)])
def test_what_is_no_record_has_but_one_shape(shape: Shape) -> None:
    retraction = {"id": str(new_id()), "version": 1, "uri": "urn:x:1", "source": "desk"}
    data = {**retraction, "retracted_at": "2025-04-07T09:30:00Z"}
    event = _event(Told({}, None, data, "story.retracted"), shape)
    assert event["data"] == data


def _units(text: str, start: int, end: int) -> str:
    return text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le")


@given(
    st.text(LETTERS, min_size=1, max_size=20).filter(str.strip),
    st.text(LETTERS, min_size=1, max_size=40).filter(str.strip),
    st.data(),
)
def test_in_utf16_every_span_is_where_it_says(title: str, body: str, data: st.DataObject) -> None:
    bounds = []
    for text in (title, body):
        start = data.draw(st.integers(0, len(text) - 1))
        bounds += [start, data.draw(st.integers(start + 1, len(text)))]
    event = told(title, body, *bounds)
    before = orjson.dumps(event.enrichment)
    record = _event(event, Shape(offsets="utf16"))["data"]
    spans = list(contracts.spans(record))
    assert len(spans) == 8
    for _, name, span in spans:
        assert _units(record[name], span["start"], span["end"]) == span["text"]
    assert orjson.dumps(event.enrichment) == before, "the event is shared by other claims"


def test_where_both_count_alike_a_record_is_not_copied() -> None:
    record = {"title": "plain", "body": "Çà et là, 한국"}
    assert in_utf16(record) is record


@given(
    st.builds(
        Shape,
        projection=st.sampled_from(("full", "thin")),
        fields=st.none() | st.lists(st.sampled_from(FIELDS), min_size=1).map(tuple),
        offsets=st.sampled_from(("code_points", "utf16")),
        max_bytes=st.none() | st.integers(1_024, 4_000),
    )
)
def test_in_every_shape_a_body_keeps_its_contract(shape: Shape) -> None:
    _event(told(), shape)


def test_fields_are_those_of_a_record() -> None:
    identity = ["id", "version", "uri", "source"]
    assert [*identity, *FIELDS] == list(contracts.schema("record")["properties"])


def test_a_subscription_says_its_shape_and_changes_it(client: Client) -> None:
    publish = client()
    url = "http://127.0.0.1:9/"
    plain = publish.post("/v1/subscriptions", json={"url": url}).json()
    assert contracts.violations("subscription", plain, part="reply") == []
    shape = ("projection", "fields", "offsets", "max_bytes")
    assert [plain[name] for name in shape] == ["full", None, "code_points", None]
    changes = {"projection": "thin", "fields": ["title"], "offsets": "utf16", "max_bytes": 2_000}
    path = f"/v1/subscriptions/{plain['id']}"
    changed = publish.patch(path, json=changes).json()
    assert {name: changed[name] for name in shape} == changes
    assert publish.patch(path, json={"fields": None, "max_bytes": None}).json()["fields"] is None
