from typing import Any

import pytest

from copydesk.model import OPERATIONAL, EventType, Listener, Unplaced, new_id
from services.publish.filters import may_know, wants

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


@pytest.mark.parametrize("kind", sorted(OPERATIONAL))
@pytest.mark.parametrize(
    ("source", "is_admin", "is_itself", "knows"),
    [
        ("mine", False, False, True),
        ("mine", False, True, False),
        ("mine", True, True, False),
        ("another", False, False, False),
        ("another", True, False, True),
    ],
)
def test_of_a_subscription_the_others_of_its_source_and_admins_may_know(
    kind: EventType, source: str, is_admin: bool, is_itself: bool, knows: bool
) -> None:
    listener = Listener(new_id(), source, {"countries": ["KEN"]}, is_admin)
    about = listener.id if is_itself else new_id()
    event = Unplaced(new_id(), kind, "mine", None, None, about)
    assert may_know(event, listener) is knows
    assert wants(event, listener) is knows
