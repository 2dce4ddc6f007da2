"""What stands before a sentence and is no part of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrich.highlights.openings import trim
from services.enrich.sentences import Span


def trimmed(text: str) -> str:
    start, end = trim(text, Span(0, len(text)))
    return text[start:end]


@pytest.mark.parametrize(
    ("opening", "rest"),
    [
        ("NAIROBI - ", "Kenya and Norway agreed."),
        ("NEW DELHI, March 3 \u2014 ", "Rain fell all night."),
        ("LONDON, March 3 (Reuters) - ", "Sterling rose."),
        ("Port-au-Prince, Haiti (CNN) -- ", "Aid arrived."),
        ("Paris (AFP)", "Two trams met."),
        ("(The Evening Post)", "The skies cleared."),
        ("\u2022 ", "One dam broke."),
        ("- ", "One dam broke."),
        ("But ", "Kenya Airways flew on."),
        ("However, ", "Foreign Minister Saar said no."),
    ],
)
def test_bullets_datelines_and_connectives_before_a_name_fall_away(opening: str, rest: str) -> None:
    assert trimmed(opening + rest) == rest


@pytest.mark.parametrize(
    "text",
    [
        "NATO - the alliance - met in Vilnius.",
        "The People's Liberation Army (PLA) denied it.",
        "However, he said no.",
        "But the ministry refused.",
        "A storm - the first of the year - came ashore.",
        "(Laughs)",
        "- ",
        "OSLO - ",
        "(CNN)",
    ],
)
def test_what_belongs_to_a_sentence_stays(text: str) -> None:
    assert trimmed(text) == text


@given(st.text(alphabet="AB ab(),-\u2014.\u2022", min_size=1, max_size=80))
def test_the_end_stays_and_something_is_always_left(text: str) -> None:
    start, end = trim(text, Span(0, len(text)))
    assert 0 <= start < end == len(text)
