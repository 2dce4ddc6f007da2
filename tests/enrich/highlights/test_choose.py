"""Highlights are sentences of the body, or clauses of long ones, verbatim, the best first."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrich.highlights import choose
from services.enrich.highlights.candidates import MAX_SENTENCES
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


def test_a_word_or_two_are_taken_last() -> None:
    assert [highlight["text"] for highlight in highlights(count=5)][-1] in {"Yes.", "It was a warm day."}
    assert "Yes." not in [highlight["text"] for highlight in highlights(count=4)]


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


def test_a_dateline_is_no_part_of_a_highlight() -> None:
    assert highlights(f"OSLO, May 3 (Reuters) - {BODY}")[0]["text"].startswith("Farmers in the delta")


def test_what_speaks_of_the_page_is_not_chosen() -> None:
    body = "Click here for the water tax story. " + BODY + " All rights reserved."
    assert not any("Click" in h["text"] or "rights" in h["text"] for h in highlights(body, count=5))


def test_a_pronoun_waits_where_another_sentence_says_as_much() -> None:
    body = (
        "Farmers in the delta blocked the main road on Tuesday to protest a new water tax. "
        "They met the minister in the town hall of Bo. "
        "Two farmers met the minister in the town hall of Bo. "
        "Rain fell in the hills. Shops stayed shut. Few cars were seen. Dams held. A wedding was put off."
    )
    chosen = [h["text"] for h in highlights(body, "", 3)]
    assert any(text.startswith("Two farmers") for text in chosen)
    assert not any(text.startswith("They") for text in chosen)


def test_who_said_it_stays_with_what_was_said() -> None:
    long = (
        "The water tax doubles what farmers in the delta pay for each field, "
        "because it pays for dams and canals in the north, the ministry said."
    )
    assert [h["text"] for h in highlights(f"{long} Rain fell in Bo.", count=1)] == [long]


def test_a_long_sentence_is_ended_where_a_clause_stands_alone() -> None:
    clause = "The ministry of water in the capital has doubled what farmers in the delta pay for each field"
    body = f"{clause}, although many of them had been close to giving up {'and selling ' * 30}their land."
    assert [h["text"] for h in highlights(body)] == [clause]


def test_the_title_decides_between_sentences_that_are_alike() -> None:
    body = "A mill in Bo was sold. A dam in Ny has burst. "
    assert highlights(body, "Old dam bursts", 1)[0]["text"] == "A dam in Ny has burst."
    assert highlights(body, "Old mill sold", 1)[0]["text"] == "A mill in Bo was sold."


def test_the_sample_gets_what_an_editor_would_accept(samples: Path) -> None:
    story = json.loads((samples / "iraq-militias.json").read_text(encoding="utf-8"))
    chosen = [each["text"] for each in highlights(story["body"], story["title"])]
    assert any("discussions regarding the potential disarmament" in text for text in chosen)
    assert not any("not only" in text and "but" not in text for text in chosen)
    assert len(chosen) == 3
    assert sum(len(text.split()) for text in chosen) <= MAX_WORDS


@pytest.mark.parametrize(
    ("left", "taken"),
    [
        ("- Labour: 210 seats\n- Greens: 12 seats\n\u2022 Others: 4 seats", False),
        ("- Labour won 210 seats in the north\n- Greens: 12 seats", True),
        ("| Party | Seats |\n|---|---|\n| Labour | 210 |\n| Greens | 12 |", False),
        ("Party\tSeats\tShare\nLabour\t210\t40", False),
    ],
)
def test_lists_and_tables_give_way_to_prose(left: str, taken: bool) -> None:
    prose = "The count ended on Sunday with a clear result. Turnout was the highest since 1990."
    texts = [each["text"] for each in highlights(f"{prose}\n\n{left}", "")]
    assert texts[0].startswith("The count ended")
    assert any(text in left for text in texts) == taken


def test_where_there_is_nothing_but_a_list_its_entries_are_chosen() -> None:
    assert highlights("- Labour: 210 seats\n- Greens: 12 seats", "")[0]["text"] == "Labour: 210 seats"


@pytest.mark.no_cover
@given(st.text(max_size=200), st.text(max_size=40), st.integers(1, 5))
def test_any_text_gives_true_offsets(body: str, title: str, count: int) -> None:
    chosen = highlights(body, title, count)
    assert chosen == highlights(body, title, count)
    assert len(chosen) <= count
    assert all(body[h["start"] : h["end"]] == h["text"] != "" for h in chosen)


@pytest.mark.no_cover
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


def test_of_a_long_body_only_the_beginning_is_read() -> None:
    body = " ".join(f"Item {n} is a note about matter {n % 89} and nothing else." for n in range(20_000))
    read = split(body)[:MAX_SENTENCES]
    assert highlights(body) == choose(body, TITLE, read, 3)
