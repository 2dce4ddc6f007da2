"""A part of a full name names its bearer: one of two surnames, what a hyphen joins, no middle name."""

import re

import pytest

from services.enrich.actors.keys import Key
from services.enrich.actors.parts import Parts
from services.enrich.actors.tagger import Label, Tagged
from services.enrich.actors.tokens import folded_words
from services.enrich.sentences import split
from tests.enrich.known import FINDER, finder_with


def bearers(part: str, *names: str) -> list[str]:
    parts = Parts()
    for name in names:
        parts.add(folded_words(name), Key("PER", name))
    return [key.words for key in parts.bearers(" ".join(folded_words(part)))]


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("Quispe", "María Elena Quispe Huamán"),
        ("Quispe Huamán", "María Elena Quispe Huamán"),
        ("María Quispe", "María Elena Quispe Huamán"),
        ("María Huamán", "María Elena Quispe Huamán"),
        ("Mbuyi", "Jean-Claude Mbuyi Tshibanda"),
        ("Jean-Claude", "Jean-Claude Mbuyi Tshibanda"),
        ("Dent-Williams", "Arthur Dent-Williams"),
        ("El Amrani", "Tarik El Amrani"),
        ("Ortega y Villar", "José Luis Ortega y Villar"),
        ("Dong-wook", "Kim Dong-wook"),
        ("Keiko Fujimori", "Keiko Sofía Fujimori"),
    ],
)
def test_a_part_of_a_full_name_is_its_bearers(part: str, name: str) -> None:
    assert bearers(part, name, "Ana Ruiz") == [name]


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("y", "José Luis Ortega y Villar"),
        ("Luis", "José Luis Ortega y Villar"),
        ("W", "George W Bush"),
        ("al", "Noura al Mazrouei"),
        ("Huamán Quispe", "María Elena Quispe Huamán"),
        ("Walker", " ".join(f"Name{at}" for at in range(20)) + " Walker Ruiz"),
    ],
)
def test_what_is_no_name_by_itself_is_nobodys(part: str, name: str) -> None:
    assert bearers(part, name) == []


def test_a_surname_comes_before_a_middle_name() -> None:
    assert bearers("Walker", "George Walker Bush", "Kyle Walker") == ["Kyle Walker"]
    assert bearers("Mbuyi", "Jean Mbuyi Tshibanda", "Paul Mbuyi Kasongo") == [
        "Jean Mbuyi Tshibanda",
        "Paul Mbuyi Kasongo",
    ]


@pytest.mark.parametrize(
    ("body", "name", "count"),
    [
        (
            'Lieutenant Colonel Jean-Claude Mbuyi Tshibanda denied it. "No," Mbuyi said.',
            "Jean-Claude Mbuyi Tshibanda",
            2,
        ),
        (
            "The chairman of Network North, Arthur Dent-Williams, denied it. Dent-Williams left.",
            "Arthur Dent-Williams",
            2,
        ),
    ],
)
def test_who_is_named_in_part_is_one_actor(body: str, name: str, count: int) -> None:
    actors, _, _ = FINDER.find("", body, [], split(body))
    named = next(actor for actor in actors if actor["name"] == name)
    assert len([m for m in named["mentions"] if m.get("kind", "name") == "name"]) == count


def named(body: str, *names: tuple[str, Label]) -> list[tuple[str, list[str]]]:
    """Returns the actors with their mentions if the tagger finds these names wherever they stand alone."""

    def tagger(text: str, sentences: object) -> list[Tagged]:
        del sentences
        found: dict[int, Tagged] = {}
        for name, label in names:
            for at in re.finditer(rf"\b{name}\b", text):
                found.setdefault(at.start(), Tagged(at.start(), at.end(), label, 0.9))
        return sorted(found.values())

    actors = finder_with(tagger).find("", body, [], split(body)).actors
    return sorted((actor["name"], [mention["text"] for mention in actor["mentions"]]) for actor in actors)


@pytest.mark.parametrize("label", ["ORG", "PER"])
def test_the_first_words_of_a_body_are_the_body(label: Label) -> None:
    body = "Zabrin Heavy Works sold a yard. Later Zabrin sold a ship."
    assert named(body, ("Zabrin Heavy Works", "ORG"), ("Zabrin", label)) == [
        ("Zabrin Heavy Works", ["Zabrin Heavy Works", "Zabrin"])
    ]


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (
            "Zabrin Heavy Works and Zabrin Shipping met. Later Zabrin sold a ship.",
            [("Zabrin Heavy Works", "ORG"), ("Zabrin Shipping", "ORG"), ("Zabrin", "ORG")],
        ),
        (
            "Zabrin Heavy Works sold a yard. Mr Zabrin wept.",
            [("Zabrin Heavy Works", "ORG"), ("Zabrin", "PER")],
        ),
        (
            "Zabrin Heavy Works sold a yard. Ana Zabrin wept. Later Zabrin sold a ship.",
            [("Zabrin Heavy Works", "ORG"), ("Ana Zabrin", "PER"), ("Zabrin", "PER")],
        ),
        ("Zabrin Heavy Works is near Zabrin.", [("Zabrin Heavy Works", "ORG"), ("Zabrin", "PLACE")]),
    ],
)
def test_they_are_not_where_they_may_be_others(body: str, names: list[tuple[str, Label]]) -> None:
    assert ["Zabrin Heavy Works"] in [mentions for _, mentions in named(body, *names)]
