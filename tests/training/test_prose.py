"""Tokens joined to prose."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.prose import join


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["Police", "said", ",", "``", "No", "!"], "Police said, ``No!"),
        (["He", "said", '"', "I", "do", "n't", '"', "."], 'He said "I don\'t".'),
        (["Iran", "'s", "(", "old", ")", "$", "5"], "Iran's (old) $5"),
        ([], ""),
    ],
)
def test_words_and_marks_stand_as_prose_has_them(words: list[str], text: str) -> None:
    assert join(words)[0] == text


@given(st.lists(st.sampled_from(['"', "'s", ",", "(", "$"]) | st.text("ab", min_size=1), max_size=12))
def test_every_word_is_where_it_is_said_to_be(words: list[str]) -> None:
    text, cuts = join(words)
    assert [text[start:end] for start, end in cuts] == words
