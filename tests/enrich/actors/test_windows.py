"""Windows of sentences."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.enrich.actors.pieces import Cutter
from services.enrich.actors.windows import pack
from services.enrich.sentences import Span, split

CUT = Cutter({"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "a": 3, "##a": 4, ".": 5})


def windows(text: str, room: int) -> list[tuple[int, int]]:
    return list(pack(CUT(text), split(text), room))


def test_sentences_share_a_window_while_there_is_room() -> None:
    assert windows("A a a. A a. A a a a.", 7) == [(0, 7), (7, 12)]


def test_a_sentence_too_long_is_cut_between_words() -> None:
    assert windows("Aa. Aa aa aa aa. Aa.", 4) == [(0, 3), (3, 7), (7, 11), (11, 15)]


def test_a_word_too_long_is_cut_where_it_must() -> None:
    assert windows("aaaaa", 2) == [(0, 2), (2, 4), (4, 5)]


def test_without_sentences_the_whole_text_is_read() -> None:
    assert list(pack(CUT("a a a"), [], 2)) == [(0, 2), (2, 3)]


@given(st.text("aA. \n", max_size=120), st.integers(1, 12))
def test_every_piece_is_in_one_window_and_no_window_is_too_long(text: str, room: int) -> None:
    found = windows(text, room)
    assert [end for _, end in found[:-1]] == [start for start, _ in found[1:]]
    assert all(0 < end - start <= room for start, end in found)
    total = len(CUT(text).ids)
    assert (found[0][0], found[-1][1]) == (0, total) if total else not found


@given(st.lists(st.text("a ", min_size=1, max_size=8).filter(str.strip), max_size=9))
def test_a_sentence_that_fits_is_never_cut(sentences: list[str]) -> None:
    text = ". ".join(sentences)
    bounds = []
    at = 0
    for sentence in sentences:
        bounds.append(Span(at, at + len(sentence)))
        at += len(sentence) + 2
    pieces = CUT(text)
    cuts = {start for start, _ in pack(pieces, bounds, 12)}
    starts = pieces.starts.tolist()
    opens = {next(i for i, start in enumerate(starts) if start >= bound.start) for bound in bounds}
    assert cuts <= opens | {0}
    assert all(a < b for a, b in pairwise(sorted(cuts)))
