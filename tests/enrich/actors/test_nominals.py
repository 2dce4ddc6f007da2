"""Descriptions that stand for one actor, and those that stand for nobody in particular."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk.contracts import check_offsets
from services.enrich.sentences import split
from services.enrich.wordlist import words
from tests.enrich.known import FINDER

WORDS = st.sampled_from(
    [
        "\n\n",
        *sorted(
            words("""
the The THE minister group government prime former Iraq Iraqi Lima, Hamas Ana Torres , . ' \u2019s of said a
farmer \U0001f600 \u202e bank Bank (KH) - Kata'ib Hezbollah militia who \u00e9 judge Judge MORELIA, Mexico
""")
        ),
    ]
)


def record(body: str, title: str = "") -> dict[str, Any]:
    actors, places, _ = FINDER.find(title, body, split(title), split(body))
    return {
        "title": title,
        "body": body,
        "highlights": [],
        "actors": actors,
        "places": places,
        "opinions": [],
    }


def nominals(body: str, title: str = "") -> dict[str, list[str]]:
    found = {
        actor["name"]: [m["text"] for m in actor["mentions"] if m.get("kind") == "nominal"]
        for actor in record(body, title)["actors"]
    }
    return {name: texts for name, texts in found.items() if texts}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Chilean minister Ana Torres spoke. The minister left.", {"Ana Torres": ["The minister"]}),
        ("Prime Minister Ana Torres spoke. The prime minister left.", {"Ana Torres": ["The prime minister"]}),
        ("Ana Torres, a midwife from Lima, spoke. The midwife left.", {"Ana Torres": ["The midwife"]}),
        ("Hamas fired. Israel said the group lied.", {"Hamas": ["the group"]}),
        ("The World Bank met. Its head said the bank's loans were safe.", {"World Bank": ["the bank"]}),
        ("Peru is calm. The government said so.", {"Peru": ["The government"]}),
    ],
)
def test_a_description_that_fits_one_actor_is_its_mention(body: str, expected: dict[str, list[str]]) -> None:
    assert nominals(body) == expected


@pytest.mark.parametrize(
    ("why", "body"),
    [
        ("two fit", "Minister Ana Torres met minister Joao Silva. The minister left."),
        ("nobody was named before", "The minister left. Minister Ana Torres spoke."),
        ("it says itself whom it means", "Minister Ana Torres spoke. The minister of transport left."),
        ("the noun goes on", "The World Bank met. The bank holiday was long."),
        ("a modifier that is not told of him", "Minister Ana Torres spoke. The former minister left."),
        ("a prime minister is no minister", "Prime Minister Ana Torres spoke. The minister left."),
        ("the name follows", "Minister Ana Torres spoke. The minister, Joao Silva, left."),
        ("an apposition", "Minister Ana Torres spoke to Joao Silva, the minister, twice."),
        ("two states, none at home", "Peru and Chile met. The government said so."),
    ],
)
def test_a_description_that_may_mean_another_is_none(why: str, body: str) -> None:
    assert nominals(body) == {}, why


def test_whom_the_headline_names_can_be_described_at_once() -> None:
    assert nominals("The group left.", "Hamas says no") == {"Hamas": ["The group"]}


@pytest.mark.no_cover
@settings(max_examples=200, deadline=None)
@given(st.lists(WORDS, max_size=60).map(" ".join), st.lists(WORDS, max_size=8).map(" ".join))
def test_every_mention_and_evidence_is_verbatim_and_in_order(body: str, title: str) -> None:
    found = record(body, title)
    assert check_offsets(found) == []
    spans = sorted(
        (m["start"], m["end"]) for a in found["actors"] for m in a["mentions"] if m["field"] == "body"
    )
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
    for actor in found["actors"]:
        places = [(m["field"] == "body", m["start"]) for m in actor["mentions"]]
        assert places == sorted(places)
        assert len({(m["field"], m["start"], m["end"]) for m in actor["mentions"]}) == len(places)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Ana Torres drilled for years. The glaciologist has ice.", {"Ana Torres": ["The glaciologist"]}),
        ("Ana Torres met Luis Paz. The glaciologist has ice.", {}),
        ("Ana Torres told a doctor, who told the doctor of the camp.", {}),
        ('Ana Torres wept. "The baker is dead," she said.', {}),
        ("Ana Torres, a baker, wept. The glaciologist has ice.", {}),
    ],
)
def test_what_a_person_does_may_be_told_by_the_description_alone(
    body: str, expected: dict[str, list[str]]
) -> None:
    assert nominals(body) == expected


def test_a_description_gives_its_sectors_with_the_words() -> None:
    (actor,) = record("Ana Torres drilled for years. The glaciologist has ice.")["actors"]
    assert actor["sectors"] == ["EDU"]
    assert actor["evidence"][0]["text"] == "The glaciologist"
