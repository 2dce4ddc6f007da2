from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.cli.explanation.pieces import Piece, cut

TEXT = "Kaur said no."
SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)).map(sorted), max_size=8)


def enrichment(**parts: Any) -> dict[str, Any]:
    return {"actors": [], "places": [], "highlights": [], "opinions": [], **parts}


def mention(start: int, end: int, field: str = "body") -> dict[str, Any]:
    return {"field": field, "start": start, "end": end}


def test_a_text_without_marks_is_one_piece() -> None:
    assert cut(TEXT, "body", enrichment()) == [Piece(TEXT)]
    assert cut("", "body", enrichment()) == []


def test_marks_inside_each_other_are_borne_together() -> None:
    found = enrichment(
        actors=[{"mentions": [mention(0, 4), mention(0, 4, "title")]}],
        highlights=[{"start": 0, "end": 13}],
        opinions=[{"start": 10, "end": 12}],
    )
    assert cut(TEXT, "body", found) == [
        Piece("Kaur", actor=0, highlight=0),
        Piece(" said ", highlight=0),
        Piece("no", highlight=0, opinion=0, ends_opinion=True),
        Piece(".", highlight=0, ends_highlight=True),
    ]


def test_a_title_bears_the_mentions_in_it_alone() -> None:
    found = enrichment(
        places=[{"mentions": [mention(5, 9, "title")]}],
        highlights=[{"start": 0, "end": 13}],
    )
    assert [(piece.text, piece.place, piece.highlight) for piece in cut(TEXT, "title", found)] == [
        ("Kaur ", None, None),
        ("said", 0, None),
        (" no.", None, None),
    ]


@given(st.text(max_size=40), SPANS, SPANS)
def test_the_pieces_are_the_text_whatever_is_marked(text: str, first: Any, second: Any) -> None:
    spans = [[{"start": start, "end": end} for start, end in each] for each in (first, second)]
    found = enrichment(highlights=spans[0], opinions=spans[1])
    pieces = cut(text, "body", found)
    assert "".join(piece.text for piece in pieces) == text
    assert all(piece.text for piece in pieces)
