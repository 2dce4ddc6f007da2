"""Where a story plays, and to whom that lends its country."""

from typing import Any

import pytest

from services.enrich.actors.setting import spans_countries
from services.enrich.sentences import split
from tests.enrich.known import FINDER


def find(body: str, title: str = "") -> tuple[dict[str, dict[str, Any]], dict[str, str | None]]:
    actors, places, _ = FINDER.find(title, body, split(title), split(body))
    return {actor["name"]: actor for actor in actors}, {place["name"]: place["country"] for place in places}


@pytest.mark.parametrize(
    ("body", "country"),
    [
        ("LIMA - Ana Torres sang. Bolivia sent flowers.", "PER"),
        ("ZHOVTI VODY, Ukraine (Wire) - Ana Torres sang. Poland and Poland's allies clapped.", "UKR"),
        ("Peruvian fans wept. Ana Torres sang in Lima for Peru.", "PER"),
        ("Peru and Chile met. Ana Torres sang for Chile and Peru.", None),
        (
            "Fans wept in Lima, and Ana Torres sang for Peru in Cusco. She knows Chile, and Spain as well.",
            "PER",
        ),
        ("Fans wept in Lima, and Ana Torres sang for Peru. She has been to Chile, and to Santiago.", None),
        ("Later, after a long and quiet night, Ana Torres sang for Peru.", None),
        ("Ana Torres sang.", None),
    ],
)
def test_the_one_country_of_a_story_is_that_of_whom_nothing_else_is_told(
    body: str, country: str | None
) -> None:
    assert find(body)[0]["Ana Torres"]["country"] == country


def test_the_country_comes_with_the_words_that_told_it() -> None:
    singer = find("LIMA - Ana Torres sang.")[0]["Ana Torres"]
    assert singer["resolved_by"] == "source"
    assert singer["evidence"] == [
        {"code": "country", "value": "PER", "field": "body", "start": 0, "end": 4, "text": "LIMA"}
    ]


def test_bodies_that_are_international_and_those_with_a_country_keep_it() -> None:
    actors, _ = find(
        "LIMA - Miners met the Nordic Mining Institute and Bolivian minister Ana Torres in Peru."
    )
    assert actors["Nordic Mining Institute"]["country"] is None
    assert actors["Ana Torres"]["country"] == "BOL"


@pytest.mark.parametrize(
    ("body", "place", "country"),
    [
        ("TRIPOLI, Lebanon - It rained.", "Tripoli", "LBN"),
        ("It rained in Tripoli.", "Tripoli", "LBY"),
        ("It rained in Tripoli, Lebanon and Chad.", "Tripoli", "LBY"),
        ("It rained in Tripoli, Lebanon, Chad and Mali.", "Tripoli", "LBY"),
        ("It rained in Wexcombe, a town in southern Chad, twice.", "Wexcombe", "TCD"),
        ("LIMA - It rained on Lake Wexcombe.", "Lake Wexcombe", None),
        ("LIMA - It rained in Wexcombe province.", "Wexcombe", "PER"),
    ],
)
def test_a_place_lies_where_the_story_says(body: str, place: str, country: str | None) -> None:
    assert find(body)[1][place] == country


def test_where_much_is_elsewhere_a_place_is_at_home_only_beside_what_is() -> None:
    body = "Fans wept in Lima, Cusco and Wexcombe for Peru.\n\nChile, Spain and Norway heard it in Brindlow."
    places = find(body)[1]
    assert (places["Wexcombe"], places["Brindlow"]) == ("PER", None)


def test_no_one_country_owns_a_sea_or_a_continent() -> None:
    assert spans_countries("Gulf of Finland")
    assert spans_countries("South China Sea")
    assert spans_countries("West Africa")
    assert not spans_countries("Finland")
    assert not spans_countries("")
