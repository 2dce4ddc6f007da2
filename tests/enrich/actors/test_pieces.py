"""Word pieces: true places, the encoder's numbers, any text at all."""

from itertools import pairwise

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrich.actors.model import FOLDER
from services.enrich.actors.pieces import SHAPES, Cutter, shape

VOCABULARY = orjson.loads((FOLDER / "tokenizer.json").read_bytes())["model"]["vocab"]
CUT = Cutter(VOCABULARY)
PIECES = {number: piece for piece, number in VOCABULARY.items()}


def read(text: str) -> list[str]:
    return [PIECES[number] for number in CUT(text).ids.tolist()]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Baghdad's unaffable mayor", ["baghdad", "'", "s", "una", "##ffa", "##ble", "mayor"]),
        ("U.S.-led", ["u", ".", "s", ".", "-", "led"]),
        ("Erdo\u011fan", ["er", "##dog", "##an"]),
        ("Erdog\u0306an", ["er", "##dog", "##an"]),
        ("Ky\u00adiv", ["kyiv"]),
        ("\U0001f600", ["[UNK]"]),
        ("x" * 61, ["[UNK]"]),
        (" \n\t", []),
        ("", []),
    ],
)
def test_words_are_cut_as_the_encoder_knows_them(text: str, pieces: list[str]) -> None:
    assert read(text) == pieces


@pytest.mark.parametrize(
    ("word", "number"),
    [
        ("cat", 1),
        ("Cat", 2),
        ("C", 3),
        ("CAT", 4),
        ("McCat", 5),
        ("42", 6),
        ("\u0627\u0628", 7),
        ("-", 8),
        ("4th", 1),
        ("a\u0301", 1),
    ],
)
def test_a_word_has_a_look(word: str, number: int) -> None:
    assert shape(word) == number


def test_what_touches_the_word_before_is_told_apart() -> None:
    apart, glued = CUT("U. S").shapes.tolist(), CUT("U.S").shapes.tolist()
    assert [a == b for a, b in zip(apart, glued, strict=True)] == [True, True, False]


@given(st.text(st.characters(), max_size=300))
def test_any_text_is_cut_in_order(text: str) -> None:
    pieces = CUT(text)
    assert len({len(part) for part in pieces}) == 1
    spans = list(zip(pieces.starts.tolist(), pieces.ends.tolist(), pieces.firsts.tolist(), strict=True))
    words = [(start, end) for start, end, first in spans if first]
    assert [span[:2] for span in spans] == sorted(span[:2] for span in spans)
    assert all(a[1] <= b[0] for a, b in pairwise(words))
    assert "".join(text[start:end] for start, end in words).split() == "".join(text.split()).split()
    assert all(0 <= number < SHAPES for number in pieces.shapes.tolist())


@given(st.text("aA. ", max_size=40), st.integers(1, 12))
def test_no_more_is_cut_than_is_wanted(text: str, enough: int) -> None:
    whole, some = CUT(text), CUT(text, enough)
    count = len(some.ids)
    assert min(enough, len(whole.ids)) <= count <= len(whole.ids)
    assert all((one == all_[:count]).all() for one, all_ in zip(some, whole, strict=True))
    assert count == len(whole.ids) or whole.firsts[count]
    assert count <= enough or not some.firsts[enough:].any()
