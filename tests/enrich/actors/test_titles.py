"""Names without the titles before them."""

import pytest

from services.enrich.actors.tagger import Label, Tagged
from services.enrich.actors.titles import are_titles, without_titles


@pytest.mark.parametrize(
    ("text", "label", "name"),
    [
        ("Father Boutros Khoury", "PER", "Boutros Khoury"),
        ("Lt. Gen. Ana Torres", "PER", "Ana Torres"),
        ("Sheikha Noura Al Mazrouei", "PER", "Noura Al Mazrouei"),
        ("Alhaji Musa Bello", "PER", "Musa Bello"),
        ("Grand Mufti Ana Torres", "PER", "Ana Torres"),
        ("Grand Vizier Ana Torres", "PER", "Grand Vizier Ana Torres"),
        ("Judge", "PER", "Judge"),
        ("Dr.", "PER", "Dr."),
        ("Hunter Biden", "PER", "Hunter Biden"),
        ("Don Cheadle", "PER", "Don Cheadle"),
        ("General Motors", "ORG", "General Motors"),
    ],
)
def test_a_person_is_named_without_a_title(text: str, label: Label, name: str) -> None:
    (found,) = without_titles([Tagged(4, 4 + len(text), label, 0.9)], "And " + text)
    assert ("And " + text)[found.start : found.end] == name


def test_a_name_that_is_known_to_begin_with_a_title_keeps_it() -> None:
    name = Tagged(0, 13, "PER", 0.9)
    assert without_titles([name], "Sheikh Hasina", {(0, 13)}) == [name]
    assert without_titles([name], "Sheikh Hasina", {(0, 6)}) == [name._replace(start=7)]


def test_a_title_right_before_a_name_is_no_other_name() -> None:
    title, name = Tagged(0, 9, "PER", 0.9), Tagged(10, 22, "PER", 0.9)
    assert without_titles([title, name], "Ayatollah Ali Khamenei") == [name]
    assert without_titles([title], "Ayatollah Ali Khamenei", {(10, 22)}) == []
    assert without_titles([title], "Ayatollah Ali Khamenei") == [title]
    assert without_titles([title, name], "Alejandra Ali Khamenei") == [title, name]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Pope ", True),
        ("Lt. Gen. ", True),
        ("Grand Ayatollah", True),
        ("Grand ", False),
        ("Juan ", False),
        (" - ", False),
    ],
)
def test_words_are_titles_or_not(text: str, expected: bool) -> None:
    assert are_titles(text) is expected
