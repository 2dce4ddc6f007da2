"""Words with true offsets, and what makes two spellings one."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrich.actors.tokens import fold, folded_words, is_plain, is_shouting, slug, tokenize


def words(text: str) -> list[str]:
    return [token.text for token in tokenize(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Iran's move", ["Iran", "move"]),
        ("Iran\u2019s", ["Iran"]),
        ("the Houthis' port", ["the", "Houthis", "'", "port"]),
        ("U.S.-led", ["U.S.", "-", "led"]),
        ("U.S", ["U.S"]),
        ("Kata'ib (KH)", ["Kata'ib", "(", "KH", ")"]),
        ("Ir\u200ban", ["Ir\u200ban"]),
        ("", []),
    ],
)
def test_a_text_is_cut_into_words_and_marks(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    "spelling",
    [
        "Kataib",
        "Kata'ib",
        "Kata\u2019ib",
        "Kata\u02bfib",
        "KATAIB",
        "Kat\u0101ib",
        "Kata\u00b4ib",
        "Ka\u200btaib",
    ],
)
def test_spellings_of_a_word_fold_to_one(spelling: str) -> None:
    assert fold(spelling) == "kataib"


def test_a_part_of_a_word_is_looked_up_as_if_it_stood_alone() -> None:
    (word,) = tokenize("l'Ir\u00e1n's", 0)
    part = word.part(2, len(word.text))
    assert part == tokenize("  Ir\u00e1n's")[0]
    assert (part.text, part.folded, part.possessive) == ("Ir\u00e1n", "iran", True)


def test_long_words_fold_too() -> None:
    assert fold("\u00c9" * 100) == "e" * 100


def test_articles_before_a_hyphen_are_one() -> None:
    assert {tokenize(f"{article}-Sisi")[0].folded for article in ("al", "El", "as", "Ash")} == {"al"}
    assert tokenize("as Sisi")[0].folded == "as"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Kata'ib Hezbollah", "kataib-hezbollah"),
        ("U.S. Army", "us-army"),
        ("\u2014", "unnamed"),
        ("\u5317\u4eac", "\u5317\u4eac"),
    ],
)
def test_a_slug_is_stable_and_never_empty(name: str, expected: str) -> None:
    assert slug(name) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("US HITS IRAN", True), ("US HITS", False), ("US hits IRAN", False)]
)
def test_shouting_is_seen(text: str, expected: bool) -> None:
    assert is_shouting(tokenize(text)) is expected


@given(st.text(max_size=200))
def test_tokens_of_any_text_have_true_offsets(text: str) -> None:
    tokens = tokenize(text)
    assert all(text[token.start : token.end] == token.text != "" for token in tokens)
    assert all(one.end <= two.start for one, two in pairwise(tokens))
    assert not any(c.isspace() for token in tokens for c in token.text)


@given(st.text(alphabet="aZi b\t'.-\u0130\u212a9", max_size=12) | st.text(max_size=20))
def test_a_plain_name_split_at_spaces_gives_its_tokens(name: str) -> None:
    tokens = tokenize(name)
    assert folded_words(name) == [token.folded for token in tokens if token.folded]
    if is_plain(name):
        assert name.split(" ") == [token.text for token in tokens]
        assert not any(token.possessive for token in tokens)


def test_what_has_a_mark_or_no_ascii_is_not_plain() -> None:
    assert is_plain("Bank of Ghana")
    assert not any(map(is_plain, ("", " ", "a ", "a  b", "a-b", "a.", "Caf\u00e9", "G7", "a\n")))
