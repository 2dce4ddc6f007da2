"""Names without the titles before them."""

import pytest

from services.enrich.actors.tagger import Label, Tagged
from services.enrich.actors.titles import without_titles


@pytest.mark.parametrize(
    ("text", "label", "name"),
    [
        ("Father Boutros Khoury", "PER", "Boutros Khoury"),
        ("Lt. Gen. Ana Torres", "PER", "Ana Torres"),
        ("Judge", "PER", "Judge"),
        ("Dr.", "PER", "Dr."),
        ("Hunter Biden", "PER", "Hunter Biden"),
        ("General Motors", "ORG", "General Motors"),
    ],
)
def test_a_person_is_named_without_a_title(text: str, label: Label, name: str) -> None:
    (found,) = without_titles([Tagged(4, 4 + len(text), label, 0.9)], "And " + text)
    assert ("And " + text)[found.start : found.end] == name
