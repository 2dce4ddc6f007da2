"""Two actors of one name: told apart by the story or by the day, else both are named as candidates."""

from typing import Any

import pytest

from services.enrich.actors.finder import ActorFinder
from services.enrich.catalogue import Catalogue, Entry
from services.enrich.sentences import split
from tests.enrich.known import FINDER


def find(body: str, day: str | None = None, finder: ActorFinder = FINDER) -> dict[str, dict[str, Any]]:
    actors = finder.find("", body, [], split(body), day=day).actors
    return {actor["id"]: actor for actor in actors}


@pytest.mark.parametrize(
    ("day", "id_"),
    [
        ("1995-03-01", "bill-clinton"),
        ("2010-03-01", "hillary-clinton"),
        (None, None),
        ("2015-03-01", None),
    ],
)
def test_a_surname_is_of_the_one_in_office_that_day(day: str | None, id_: str | None) -> None:
    actors = find("They met Clinton.", day)
    if id_:
        assert list(actors) == [id_]
    else:
        assert set(actors["x-clinton"]["candidates"]) == {"bill-clinton", "hillary-clinton"}


def test_two_of_one_surname_in_one_story_stay_two_and_the_surname_names_neither() -> None:
    actors = find("Bill Clinton and Hillary Clinton came. Then Clinton spoke.")
    assert set(actors) == {"bill-clinton", "hillary-clinton", "x-clinton"}
    assert [m["text"] for m in actors["bill-clinton"]["mentions"]] == ["Bill Clinton"]
    assert len(actors["x-clinton"]["candidates"]) == 2


def test_an_ambiguous_acronym_names_its_candidates_where_nothing_else_names_them() -> None:
    actors = find("The ADF said it had no losses.")
    assert set(actors["x-adf"]["candidates"]) == {"allied-democratic-forces", "australian-defence-force"}
    actors = find("The Australian Defence Force came. The ADF said it had no losses.")
    assert len(actors["australian-defence-force"]["mentions"]) == 2


def test_a_known_surname_is_of_the_stranger_whom_the_story_names() -> None:
    actors = find("Aminata Kabore spoke. Kabore then left for Ouagadougou.")
    assert "roch-marc-christian-kabore" not in actors
    assert [m["text"] for m in actors["x-aminata-kabore"]["mentions"]] == ["Aminata Kabore", "Kabore"]


def test_the_surname_of_who_is_in_office_stays_beside_somebody_else_of_it() -> None:
    actors = find("Trump came with Melania Trump.", "2025-03-01")
    assert [m["text"] for m in actors["donald-trump"]["mentions"]] == ["Trump"]


def test_an_office_is_that_of_the_day() -> None:
    body = "Mark Rutte spoke."
    assert find(body, "2015-01-01")["mark-rutte"]["country"] == "NLD"
    assert find(body, "2015-01-01")["mark-rutte"]["sectors"] == ["GOV"]
    assert find(body, "2025-01-01")["mark-rutte"]["sectors"] == ["IGO"]
    assert find(body, "2024-08-15")["mark-rutte"]["sectors"] == ["ELI"]
    assert find(body)["mark-rutte"]["sectors"] == ["IGO"]


@pytest.mark.parametrize(
    ("type_", "expected"), [("person", "person"), ("organization", "organization"), ("people", "people")]
)
def test_a_name_that_two_entries_claim_is_not_guessed(type_: str, expected: str) -> None:
    two = tuple(Entry(id_, "Alpha Beta", type_, code, ()) for id_, code in (("a", "KEN"), ("b", "FJI")))
    actors = find("They met Alpha Beta.", finder=ActorFinder(Catalogue("1", two)))
    (actor,) = actors.values()
    assert (actor["type"], actor["candidates"]) == (expected, ["a", "b"])
