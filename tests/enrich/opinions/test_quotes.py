import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.enrich.opinions import quotes

MARKS = st.text(alphabet="\"'\u201c\u201d\u2018\u2019\u00ab\u00bb\n .,aA\u2014-(", max_size=60)


def inner(text: str) -> list[str]:
    return [text[quote.start : quote.end] for quote in quotes.find(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('He said "no" and "yes".', ["no", "yes"]),
        ("He said \u201cno\u201d.", ["no"]),
        ("\u2018No,\u2019 he said. \u2018Don\u2019t.\u2019", ["No,", "Don\u2019t."]),
        ("\u2018The boys\u2019 room,\u2019 he said.", ["The boys\u2019 room,"]),
        ("'It's late,' he said.", ["It's late,"]),
        ("\u00abNo,\u00bb he said.", ["No,"]),
        ("\u201cHe said \u2018no\u2019 to me,\u201d she said.", ["He said \u2018no\u2019 to me,"]),
        ('He is 6\'2" tall and 5" wide.', []),
        ("The farmers' price and the '90s.", []),
        ('An open " mark.', []),
        ('"No end\n\nof it', []),
        ('An "open mark and a "whole" one.', ["whole"]),
        ('""', []),
        ("", []),
        ('"wrapped\nline"', ["wrapped\nline"]),
    ],
)
def test_quotations_are_found_between_their_marks(text: str, expected: list[str]) -> None:
    assert inner(text) == expected


def test_a_paragraph_that_opens_again_follows_the_one_before() -> None:
    found = quotes.find('"One.\n\n"Two.\n\n"Three," she said. "Four."')
    assert [quote.follows for quote in found] == [None, 0, 1, None]


def test_what_is_longer_than_a_quotation_may_be_is_none() -> None:
    assert quotes.find('"' + "word " * 5000 + '"') == []


@example("\u2018\u2019")
@given(MARKS | st.text())
def test_quotations_lie_in_the_text_in_order_and_apart(text: str) -> None:
    last = 0
    for number, quote in enumerate(quotes.find(text)):
        assert last <= quote.outer_start < quote.start < quote.end <= quote.outer_end <= len(text)
        assert quote.follows is None or quote.follows < number
        last = quote.outer_end
