"""Highlights are whole sentences of the body, verbatim, the best first."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrich.highlights import choose
from services.enrich.highlights.choice import MAX_WORDS
from services.enrich.sentences import split

BODY = (
    "Farmers in the delta blocked the main road on Tuesday to protest a new water tax. "
    "The water tax doubles what farmers pay for each field. "
    "It was a warm day. "
    "The ministry said that the water tax would pay for dams in the delta. "
    "Farmers blocked the main road in the delta on Tuesday to protest the new water tax. "
    "Shops nearby stayed shut, and a wedding was put off. "
    "Yes."
)
TITLE = "Delta farmers protest water tax"


def highlights(body: str = BODY, title: str = TITLE, count: int = 3) -> list[dict[str, Any]]:
    return choose(body, title, split(body), count)


def test_a_highlight_is_a_sentence_of_the_body_verbatim() -> None:
    spans = set(split(BODY))
    for rank, highlight in enumerate(highlights(), 1):
        assert BODY[highlight["start"] : highlight["end"]] == highlight["text"]
        assert (highlight["start"], highlight["end"]) in spans
        assert highlight["rank"] == rank
        assert 0 <= highlight["score"] <= 1


def test_they_come_best_first() -> None:
    scores = [highlight["score"] for highlight in highlights()]
    assert scores == sorted(scores, reverse=True)
    assert highlights()[0]["start"] == 0


def test_what_is_said_twice_is_taken_once() -> None:
    chosen = [highlight["text"] for highlight in highlights()]
    assert sum("main road" in text for text in chosen) == 1


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_as_many_come_as_were_asked_for(count: int) -> None:
    assert len(highlights(count=count)) == count


@pytest.mark.parametrize(("body", "count"), [("", 0), ("One.", 1), ("One two. Three four.", 2), ("!!!", 1)])
def test_a_short_body_gives_what_it_has(body: str, count: int) -> None:
    assert len(highlights(body)) == count


def test_together_they_stay_short_where_they_can() -> None:
    long = " ".join(["Water", *["flows"] * 58, "on"])
    body = f"{long}. {long} again. Rain fell in the hills today. Fields were dry all over the land."
    assert sum(len(h["text"].split()) for h in highlights(body)) <= MAX_WORDS


def test_a_single_long_sentence_is_still_one() -> None:
    body = " ".join(["Water"] * 120) + "."
    assert [h["text"] for h in highlights(body)] == [body]


def test_no_second_sentence_is_taken_that_would_be_far_too_long() -> None:
    body = " ".join(["Water"] * 70) + ". " + " ".join(["Sand"] * 90) + "."
    assert len(highlights(body)) == 1


@given(st.text(max_size=200), st.text(max_size=40), st.integers(1, 5))
def test_any_text_gives_true_offsets(body: str, title: str, count: int) -> None:
    chosen = highlights(body, title, count)
    assert chosen == highlights(body, title, count)
    assert len(chosen) <= count
    assert all(body[h["start"] : h["end"]] == h["text"] != "" for h in chosen)


@pytest.mark.parametrize(
    "unit",
    [
        "Sentence of a thing. ",
        "word ",
        "x",
        '"',
        "\u96e8\u3002",
        "A, b; c -- d (e), and the f was. ",
        "\n\n- one",
        "Mr. ",
        " ",
    ],
)
def test_half_a_million_code_points_take_a_moment(unit: str) -> None:
    body = (unit * (500_000 // len(unit) + 1))[:500_000]
    spans = split(body)
    began = time.process_time()
    choose(body, TITLE, spans, 5)
    assert time.process_time() - began < 10  # it would take minutes if each sentence were held against each


def test_of_a_long_body_the_beginning_is_read() -> None:
    filler = " ".join(f"Item {n} is a note about matter {n % 89} and nothing else." for n in range(20_000))
    assert highlights(f"{BODY} {filler}")[0]["start"] < len(BODY)
