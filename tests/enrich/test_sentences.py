"""Where sentences end, and where they only seem to."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrich.sentences import MAX_SENTENCE, is_small, split


def texts(text: str) -> list[str]:
    return [text[start:end] for start, end in split(text)]


@pytest.mark.parametrize(
    "sentence",
    [
        "The U.S. President met Gen. Okoro at 9 a.m. Monday.",
        "He left the U.S. Army in May.",
        "Mr. Diaz and Dr. Lee met Lt. Col. Park in St. Petersburg.",
        "J. K. Rowling wrote to George W. Bush.",
        "Growth was 3.5 percent, up from 2.75 in No. 4.",
        "Acme Inc. Chief Executive Ana Ruiz resigned.",
        "Several staples, e.g. Rice, cost more.",
        '"Why now?" asked the envoy.',
        "They waited ... and waited.",
        "A line that is\nwrapped goes on.",
        "Visit example.org today.",
        "At 9 p.m. Alvarez spoke.",
    ],
)
def test_a_sentence_stays_whole(sentence: str) -> None:
    assert texts(sentence) == [sentence]
    assert texts(f"It rained. {sentence} The sun rose.") == ["It rained.", sentence, "The sun rose."]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("He lives in the U.S. The rest left.", ["He lives in the U.S.", "The rest left."]),
        ("It ends at 5 p.m. They go home.", ["It ends at 5 p.m.", "They go home."]),
        ("She joined Acme Inc. It grew.", ["She joined Acme Inc.", "It grew."]),
        ("It was plan B. The end.", ["It was plan B.", "The end."]),
        ('"We won." She smiled.', ['"We won."', "She smiled."]),
        ("He said: \u201cGo!\u201d They went.", ["He said: \u201cGo!\u201d", "They went."]),
        ("It rained. \u201cAgain,\u201d he said.", ["It rained.", "\u201cAgain,\u201d he said."]),
        ("They said no. Nobody left.", ["They said no.", "Nobody left."]),
        ("It is modern art. Fans love it.", ["It is modern art.", "Fans love it."]),
        ("Really?! Yes\u2026 No.", ["Really?!", "Yes\u2026", "No."]),
        ("A headline\n\nA text.", ["A headline", "A text."]),
        ("Points\n- one\n- two", ["Points", "- one", "- two"]),
        ("\nText", ["Text"]),
        ("Rows\n| a | b |\n| c | d |", ["Rows", "| a | b |", "| c | d |"]),
        ('<p class="lead">It rained.</p><P>"Again," he said.</p>', ["It rained.", '"Again," he said.']),
        ("Fish<br/>Bread and <b>salt</b><!-- end -->Tea", ["Fish", "Bread and <b>salt</b>", "Tea"]),
        ("A<script>var x = 'Kenya';</script>B<style>p {}</STYLE >C", ["A", "B", "C"]),
        ("A <script>var x", ["A", "var x"]),
        ("Growth <p and x> 3", ["Growth", "3"]),
        ("Growth < 3 and > 2", ["Growth < 3 and > 2"]),
        ("One\u2029Two", ["One", "Two"]),
        ("\u96e8\u3002\u98ce\u3002", ["\u96e8\u3002", "\u98ce\u3002"]),
        ("It cost 5. 40 came.", ["It cost 5.", "40 came."]),
        ("... Then", ["...", "Then"]),
        (". Then", [".", "Then"]),
        ("", []),
        (" \n ", []),
    ],
)
def test_sentences_end_where_they_do(text: str, sentences: list[str]) -> None:
    assert texts(text) == sentences


def test_a_text_without_full_stops_is_cut_at_spaces() -> None:
    pieces = texts("word " * 2000)
    assert all(len(piece) <= MAX_SENTENCE for piece in pieces)
    assert " ".join(pieces).split() == ["word"] * 2000


def test_a_text_without_spaces_is_cut_all_the_same() -> None:
    assert "".join(texts("x" * 10_000)) == "x" * 10_000


@given(st.text(max_size=300).filter(lambda text: "<" not in text))
def test_any_text_is_tiled_by_trimmed_sentences(text: str) -> None:
    spans = split(text)
    assert spans == split(text)
    assert all(text[a:b] == text[a:b].strip() != "" for a, b in spans)
    assert all(one.end <= two.start for one, two in pairwise(spans))
    kept = "".join(text[a:b] for a, b in spans)
    assert "".join(kept.split()) == "".join(text.split())


@given(
    st.lists(
        st.sampled_from(["<p>", "</p>", "<script>", "</script>", "<style ", ">", "<br/>", "A. ", "b", "\n"])
    )
)
def test_no_sentence_of_a_page_holds_a_block_or_overlaps_another(parts: list[str]) -> None:
    text = "".join(parts)
    spans = split(text)
    assert all(text[a:b] == text[a:b].strip() != "" for a, b in spans)
    assert all(one.end <= two.start for one, two in pairwise(spans))
    assert not any(tag in text[a:b] for a, b in spans for tag in ("<p>", "</p>", "<script>", "<br/>"))


@pytest.mark.parametrize(
    "unit", [".", "a.b.", "A. ", '"', " ", "\n", "?!)", "Mr. ", "\u2026\u201d ", "<script>", "<p "]
)
def test_the_time_is_linear_whatever_is_repeated(unit: str) -> None:
    began = time.perf_counter()
    split(unit * (60_000 // len(unit)))
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize(
    "sentence",
    [
        "the u.s. officials met gen. okoro at 9 a.m. monday.",
        "mr. diaz and dr. lee met lt. col. park in st. petersburg.",
        "j. k. rowling wrote to george w. bush.",
        "growth was 3.5 percent, up from 2.75 in no. 4.",
        "acme inc. chief executive ana ruiz resigned.",
        "they waited ... and waited.",
        "several staples, e.g. rice, cost more.",
        '"we go," she said.',
    ],
)
def test_without_capitals_a_small_letter_begins_a_sentence_but_after_no_abbreviation(sentence: str) -> None:
    text = f"it rained. {sentence} the sun rose! did it? yes."
    assert [text[start:end] for start, end in split(text, small=True)] == [
        "it rained.",
        sentence,
        "the sun rose!",
        "did it?",
        "yes.",
    ]
    assert len(split(text)) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("iraqi officials met in tehran. he left.", True),
        ("hamas meets guterres", True),
        ("hamas meets", False),
        ("Officials met in town on the day that was named and then they all went home again.", False),
        ("an iPhone for all of us", False),
        ("KENYA AND CHAD AGREE", False),
        ("one word after another " * 40 + "of the UN", False),
        ("one word after another " * 100 + "of the U", True),
        ("\u0648\u0635\u0644 \u0627\u0644\u0648\u0632\u064a\u0631 \u0625\u0644\u0649", False),
        ("1 2 3 4 5", False),
        ("", False),
    ],
)
def test_a_text_without_capitals_is_told_from_ordinary_ones(text: str, expected: bool) -> None:
    assert is_small(text) is expected


@given(st.text())
def test_without_capitals_any_text_is_split_into_spans_in_order(text: str) -> None:
    spans = split(text, small=True)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(one.end <= other.start for one, other in pairwise(spans))
