"""Known names that articles or endings are run together with, in languages that do so."""

import pytest
from hypothesis import given

from copydesk.contracts import check_offsets
from services.enrich.actors.elisions import without
from services.enrich.actors.tokens import tokenize
from services.enrich.pipeline import Story
from tests.enrich.known import PIPELINE
from tests.enrich.newslike import NEWS_LIKE


def named(body: str, language: str) -> dict[str, list[str]]:
    """Returns the words by which the body names each actor and place."""
    found = PIPELINE.enrich(Story("T", body, language))
    assert check_offsets({"title": "T", "body": body, **found}) == []
    return {
        actor.get("id", actor["name"]): [mention["text"] for mention in actor["mentions"]]
        for actor in (*found["actors"], *found["places"])
    }


@pytest.mark.parametrize(
    ("body", "language", "expected"),
    [
        (
            "L'Ukraine et l\u2019Iran. Le pr\u00e9sident d'Isra\u00ebl; qu'Emmanuel Macron parle.",
            "fr",
            {
                "ukraine": ["Ukraine"],
                "iran": ["Iran"],
                "israel": ["Isra\u00ebl"],
                "emmanuel-macron": ["Emmanuel Macron"],
            },
        ),
        (
            "Il governo dell'Iran e quello dell\u2019Angola, all'UNESCO.",
            "it",
            {"iran": ["Iran"], "angola": ["Angola"], "unesco": ["UNESCO"]},
        ),
        ("El govern d'Israel i l'Iran.", "ca", {"israel": ["Israel"], "iran": ["Iran"]}),
        ("O presidente d'Angola.", "pt", {"angola": ["Angola"]}),
        ("\u0130srail ve Iran\u2019dan, Hamas'la.", "tr", {"iran": ["Iran"], "hamas": ["Hamas"]}),
        (
            "Une ville: N'Djamena. L'Oreal est l\u00e0.",
            "fr",
            {"N'Djamena": ["N'Djamena"], "loreal": ["L'Oreal"]},
        ),
        ("La C\u00f4te d'Ivoire.", "fr", {"ivory-coast": ["C\u00f4te d'Ivoire"]}),
        ("Aujourd'hui, l'homme d'affaires n'a rien dit.", "fr", {}),
    ],
)
def test_a_known_name_is_found_without_what_is_run_together_with_it(
    body: str, language: str, expected: dict[str, list[str]]
) -> None:
    assert named(body, language) == expected


def test_in_english_an_apostrophe_stays_within_a_name() -> None:
    assert "iran" not in named("We met Ana d'Iran and Joao l'Iran at home.", "en")


@given(NEWS_LIKE)
def test_what_is_left_of_a_token_stands_in_it(text: str) -> None:
    tokens = tokenize(text.replace(" ", "'"))
    for token, bare in zip(tokens, without(tokens), strict=True):
        assert token.start <= bare.start < bare.end <= token.end
        assert bare.text == token.text[bare.start - token.start :][: len(bare.text)]
