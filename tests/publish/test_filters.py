from typing import Any

import pytest

from copydesk.model import EventType, Listener, Unplaced, new_id
from services.publish.filters import wants

ENRICHMENT = {
    "actors": [
        {"id": "kenya", "name": "Kenya", "country": "KEN", "sectors": ["GOV"]},
        {"id": "x-amina", "name": "Amina Odhiambo", "country": None, "sectors": []},
    ],
    "places": [{"name": "Kampala", "country": "UGA"}, {"name": "Lake Victoria", "country": None}],
}


def _wants(wanted: dict[str, Any] | None, **more: Any) -> bool:
    values = {
        "id": new_id(),
        "type": EventType.PUBLISHED,
        "source": "desk",
        "language": "en-GB",
        "enrichment": ENRICHMENT,
        **more,
    }
    return wants(Unplaced(**values), Listener(new_id(), "mine", wanted))


@pytest.mark.parametrize(
    ("wanted", "matches"),
    [
        (None, True),
        ({"actors": ["kenya"]}, True),
        ({"actors": ["uganda", "x-amina"]}, True),
        ({"actors": ["uganda"]}, False),
        ({"countries": ["KEN"]}, True),
        ({"countries": ["UGA"]}, True),
        ({"countries": ["TZA"]}, False),
        ({"sectors": ["GOV"]}, True),
        ({"sectors": ["MIL", "REB"]}, False),
        ({"sources": ["desk"]}, True),
        ({"sources": ["reuters"]}, False),
        ({"languages": ["en"]}, True),
        ({"languages": ["EN-gb"]}, True),
        ({"languages": ["e"]}, False),
        ({"languages": ["fr", "en-US"]}, False),
        ({"countries": ["KEN"], "sources": ["desk"]}, True),
        ({"countries": ["KEN"], "sources": ["reuters"]}, False),
    ],
)
def test_every_field_must_match_by_any_of_its_values(wanted: dict[str, Any] | None, matches: bool) -> None:
    assert _wants(wanted) is matches


@pytest.mark.parametrize("field", ["actors", "countries", "sectors"])
def test_what_the_event_does_not_have_never_matches(field: str) -> None:
    assert not _wants({field: ["KEN"]}, enrichment=None)
    assert not _wants({field: ["KEN"]}, enrichment={"actors": [], "places": []})


def test_without_a_language_no_language_matches() -> None:
    assert not _wants({"languages": ["en"]}, language=None)


def test_quarantine_is_told_to_the_source_alone() -> None:
    assert _wants(None, type=EventType.QUARANTINED, source="mine", enrichment=None)
    assert not _wants(None, type=EventType.QUARANTINED, source="desk", enrichment=None)
