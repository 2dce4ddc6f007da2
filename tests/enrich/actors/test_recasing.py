"""What gets capitals in a text that has none, and what does not."""

from typing import Any

import pytest
from hypothesis import given

from copydesk.contracts import check_offsets
from services.enrich.actors.tagger import Tagged
from services.enrich.pipeline import Story
from services.enrich.sentences import split
from tests.enrich.known import FINDER, PIPELINE, finder_with
from tests.enrich.newslike import NEWS_LIKE


def again(text: str) -> str:
    return FINDER.recased(text, split(text, small=True))


def untagged(text: str) -> str:
    return finder_with(lambda _text, _sentences: []).recased(text, split(text, small=True))


def ids(title: str, body: str) -> set[str]:
    return {actor["id"] for actor in PIPELINE.enrich(Story(title, body, "en"))["actors"]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "the iraqi premier met hamas officials in tehran. he said no.",
            "The Iraqi premier met Hamas officials in Tehran. He said no.",
        ),
        ("mohammed al-sudani met dr. smith of the un.", "Mohammed al-Sudani met Dr. Smith of the UN."),
        ('ana ruiz said, "we go." they left.', 'Ana Ruiz said, "We go." They left.'),
        ("the united states and nato agreed.", "The United States and NATO agreed."),
    ],
)
def test_sentences_quotations_and_names_get_capitals(text: str, expected: str) -> None:
    assert again(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("they told us who would polish it.", "They told us who would polish it."),
        ("a turkey and a car were let in.", "A turkey and a car were let in."),
        ("a male nurse is nice.", "A male nurse is nice."),
        ("we saw iraqi farmers from kenya.", "We saw Iraqi farmers from Kenya."),
        ("the european union may swiftly act.", "The European Union may swiftly act."),
        ("we met on the stra\u00dfe.", "We met on the stra\u00dfe."),
        ("\u00df and kenya left.", "\u00df and Kenya left."),
    ],
)
def test_everyday_words_get_none_unless_the_tagger_takes_them_for_names(text: str, expected: str) -> None:
    assert untagged(text) == expected


def test_what_the_tagger_takes_for_a_name_gets_them_if_it_is_sure_enough() -> None:
    text = "the who told us. turkey and ana of the hague agreed."
    names = [Tagged(4, 7, "ORG", 0.8), Tagged(12, 14, "PLACE", 0.2), Tagged(27, 43, "PER", 0.9)]
    expected = "The WHO told us. Turkey and Ana of the Hague agreed."
    finder = finder_with(lambda _text, _sentences: names)
    assert finder.recased(text, split(text, small=True)) == expected


@given(NEWS_LIKE)
def test_any_text_keeps_its_length_and_but_for_capitals_its_letters(text: str) -> None:
    made = again(text)
    assert len(made) == len(text)
    assert all(one.casefold() == other.casefold() for one, other in zip(made, text, strict=True))


def test_a_story_without_capitals_gives_the_actors_of_the_same_story_with_them() -> None:
    title = "Iraqi premier meets Hamas"
    body = (
        "Iraqi Prime Minister Mohammed al-Sudani met Hamas officials in Tehran. He said the talks went well. "
        "\u201cWe go on,\u201d he added. Kenya and the United Nations thanked Antonio Guterres."
    )
    assert ids(title.lower(), body.lower()) == ids(title, body)
    found: dict[str, Any] = PIPELINE.enrich(Story(title.lower(), body.lower(), "en"))
    assert check_offsets({"title": title.lower(), "body": body.lower(), **found}) == []
    assert {each["actor"] for each in found["opinions"]} == {"mohammed-shia-al-sudani"}
    assert found["highlights"][0]["text"].startswith("iraqi prime minister")


@pytest.mark.parametrize(
    "body",
    [
        "Nobody told us who would polish the turkey or sell the car.",
        "Officials met. They told us that turkey is nice, and chad too.",
    ],
)
def test_in_ordinary_text_small_words_name_nobody(body: str) -> None:
    assert ids("Dinner at home", body) == set()
