"""A story made ready for the choice."""

import math

import pytest

from services.enrich.highlights.entries import read
from services.enrich.sentences import split

BODY = "The river rose in Lyon. A bridge fell. Scroll down for video. Nobody in Lyon was hurt."


def test_each_sentence_is_an_entry_but_for_the_furniture_of_the_page() -> None:
    texts = [BODY[each.start : each.end] for each in read(BODY, "", split(BODY))]
    assert texts == ["The river rose in Lyon.", "A bridge fell.", "Nobody in Lyon was hurt."]


def test_where_all_is_furniture_it_is_kept() -> None:
    assert len(read("Scroll down. Click here.", "", split("Scroll down. Click here."))) == 2


def test_words_of_the_title_count() -> None:
    shares = [each.features["title"] for each in read(BODY, "Bridge falls in Lyon", split(BODY))]
    assert shares[0] == shares[1] == shares[2] == 1 / 3


def test_a_title_that_copies_the_beginning_of_the_body_counts_nothing() -> None:
    assert all("title" not in each.features for each in read(BODY, BODY[:60], split(BODY)))
    assert all("title" not in each.features for each in read(BODY, "", split(BODY)))


def test_what_comes_back_in_the_story_is_central() -> None:
    river, bridge, unhurt = (each.features for each in read(BODY, "", split(BODY)))
    assert river["links"] == 1 / 3
    assert bridge["links"] == 0
    assert unhurt["centre"] > bridge["centre"]
    assert river["stars"] == unhurt["stars"] > bridge["stars"]


def test_what_the_story_goes_on_from_is_seen() -> None:
    body = "Mayor Ana Lund shut the old bridge. She walked. The old bridge fell, said Lund. Rain fell."
    shut, walked, fell, rain = (each.features for each in read(body, "", split(body)))
    assert [each["leaned_on"] for each in (shut, walked, fell, rain)] == [1, 0, 0, 0]
    assert [each["star_first"] for each in (shut, walked, fell, rain)] == [1, 0, 0, 0]
    assert fell["first_in_all"] == 3 / 10  # old, bridge, Lund
    assert shut["first_in_all"] == walked["first_in_all"] == 0
    assert shut["names_in_all"] == 2 / 5
    assert shut["pairs_in_all"] == fell["pairs_in_all"] == 2 / 10  # the old, old bridge
    assert shut["weight_of_new"] == pytest.approx(3 * math.log(2) / 20)
    assert fell["weight_of_new"] == pytest.approx(math.log(2) / 20)  # fell
    assert fell["weight_of_few"] == pytest.approx(4 * math.log(2) / 10)


def test_the_share_of_quotation_is_seen() -> None:
    body = 'It fell. "It fell." He said \u201cno\u201d it. He said "no. Then'
    shares = [each.features["quoted"] for each in read(body, "", split(body))]
    assert shares[:2] == [0, 1]
    assert 0 < shares[2] < 1
    assert shares[3:] == [0, 0]


def test_manner_is_seen() -> None:
    body = '"We will not pay 30 crowns," he said? It is late: go!'
    quote, late = (each.features for each in read(body, "", split(body)))
    assert quote["quote"] == quote["quote_first"] == quote["saying"] == quote["self"] == quote["digit"] == 1
    assert quote["question"] == quote["present"] == quote["pronoun_first"] == 1
    assert late["exclamation"] == late["label"] == late["pronoun_first"] == late["short"] == 1
    assert quote["unbalanced"] == 0
    assert late["quote"] == late["self"] == late["question"] == 0


def test_a_quotation_mark_that_stays_open_is_seen() -> None:
    body = 'He said: "We go. It is late," and went.'
    assert [each.features["unbalanced"] for each in read(body, "", split(body))] == [1, 1]
