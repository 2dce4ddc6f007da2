"""What the country of a story tells, and of whom it tells nothing."""

from typing import Any

import pytest

from copydesk.contracts import check_offsets
from services.enrich.sentences import split
from tests.enrich.known import FINDER


def find(body: str) -> dict[str, dict[str, Any]]:
    actors, places, _ = FINDER.find("", body, [], split(body))
    record = {
        "title": "", "body": body, "highlights": [], "actors": actors, "places": places, "opinions": []
    }  # fmt: skip
    check_offsets(record)
    return {actor["id"]: actor for actor in actors}


def test_the_ministry_of_the_unnamed_state_is_that_of_the_story() -> None:
    actors = find("NAIROBI - Kenya waited. The Foreign Ministry said that Uganda and Rwanda had not called.")
    ministry = actors["kenya-foreign-ministry"]
    assert (ministry["country"], ministry["resolved_by"]) == ("KEN", "source")
    assert "candidates" not in ministry
    assert ministry["evidence"][-1]["text"] == "NAIROBI"


def test_where_nothing_tells_whose_it_is_the_candidates_stay() -> None:
    actors = find("Kenya and Uganda met. The Foreign Ministry was silent.")
    (ministry,) = (actor for actor in actors.values() if actor["name"] == "Foreign Ministry")
    assert set(ministry["candidates"]) == {"kenya-foreign-ministry", "uganda-foreign-ministry"}
    assert ministry["country"] is None


def test_its_ministry_is_that_of_the_state_named_last() -> None:
    actors = find("LIMA - Peru protested. Chile saw it otherwise. Its Foreign Ministry said so.")
    assert actors["chile-foreign-ministry"]["country"] == "CHL"


@pytest.mark.parametrize(
    ("body", "country"),
    [
        ("LIMA - Rain fell. The port is run by Belmora Shipping.", "PER"),
        ("LIMA - Peru and Chile met.\n\nThe port is run by Belmora Shipping.", None),
        ("LIMA - Chile watched.\n\nThe port of Lima in Peru is run by Belmora Shipping.", "PER"),
    ],
)
def test_a_company_is_local_where_no_other_state_is_named_or_the_paragraph_is_at_home(
    body: str, country: str | None
) -> None:
    assert find(body)["x-belmora-shipping"]["country"] == country


def test_who_works_for_a_company_is_where_the_company_is() -> None:
    story = "LIMA - Peru and Chile met.\n\nIt will rain, said Ana Torres, an accountant at Belmora Shipping."
    assert find(story)["x-ana-torres"]["country"] is None


def test_who_travels_for_work_may_be_from_anywhere() -> None:
    body = "LIMA - Peru and Chile met. Ana Torres, an analyst, wept. Rosa Quispe, a baker, did not."
    actors = find(body)
    assert actors["x-ana-torres"]["country"] is None
    assert actors["x-rosa-quispe"]["country"] == "PER"
