from typing import Any

import pytest

from services.cli.explanation import reasons

ACTOR = {
    "id": "x-kaur",
    "name": "Kaur",
    "type": "person",
    "country": "IND",
    "sectors": ["AGR", "CVL"],
    "role": "union leader",
    "resolved_by": "role",
    "mentions": [{"field": "body", "start": 60, "end": 64}],
}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "the title beside the name says so: \u201cunion leader\u201d"),
        ({"resolved_by": "catalogue"}, "the catalogue knows it as x-kaur"),
        ({"resolved_by": "apposition"}, "the words after the name say so: \u201cunion leader\u201d"),
        ({"resolved_by": "apposition", "role": None}, "the words after the name say so"),
        (
            {"resolved_by": "source"},
            "the story plays there, and its words about the actor tell nothing else",
        ),
        ({"resolved_by": "rule"}, "its name and the words around it, by rule"),
        (
            {"resolved_by": "model", "country": None, "sectors": []},
            (
                "the trained model took it for one, by name and context; "
                "nothing in the story tells a country or sector"
            ),
        ),
        (
            {"resolved_by": "catalogue", "candidates": ["a", "b"]},
            "the catalogue knows it as x-kaur; it may also be a, b",
        ),
    ],
)
def test_why_an_actor_has_its_codes_is_told_in_words(changes: Any, expected: str) -> None:
    assert reasons.why({**ACTOR, **changes}) == expected


def test_the_words_that_gave_each_code_are_told() -> None:
    told = [
        {"code": "role", "value": "union leader", "text": "union leader"},
        {"code": "sector", "value": "LAB", "text": "union leader"},
        {"code": "country", "value": "IND", "text": "India\n"},
        {"code": "type", "value": "organization", "text": "long " * 30},
    ]
    found = reasons.grounds({**ACTOR, "evidence": told})
    assert found[:2] == [("role, sector LAB", "union leader"), ("country IND", "India")]
    assert found[2][1] == "long " * 15 + "long\u2026"
    assert reasons.grounds(ACTOR) == []


def test_codes_that_are_not_there_leave_no_gap() -> None:
    assert reasons.codes(ACTOR) == "person \u00b7 IND \u00b7 AGR CVL"
    assert reasons.codes({**ACTOR, "type": "armed_group", "country": None, "sectors": []}) == "armed group"


def test_evidence_is_the_first_mention_with_whole_words_around_it() -> None:
    body = "word " * 12 + "Kaur\nsaid so " + "word " * 12
    before, words, after = reasons.evidence(ACTOR, {"body": body})
    assert words == "Kaur"
    assert before.startswith("\u2026word ")
    assert after.startswith(" said so word")
    assert after.endswith("word\u2026")
    assert reasons.evidence(
        {"mentions": [{"field": "title", "start": 0, "end": 4}]}, {"title": "Kaur wins"}
    ) == ("", "Kaur", " wins")


def test_attribution_tells_kind_cue_stance_and_the_words_for_the_speaker() -> None:
    opinion = {"kind": "indirect", "cue": "warned", "stance": "warns", "speaker": {"text": "She"}}
    assert (
        reasons.attribution(opinion, "Kaur")
        == "indirect \u00b7 \u201cwarned\u201d \u00b7 warns \u00b7 called \u201cShe\u201d"
    )
    assert (
        reasons.attribution({"kind": "direct", "cue": None}, "Kaur") == "direct \u00b7 quotation marks alone"
    )


def test_what_was_left_out_says_why() -> None:
    steps = [
        {"name": "sentences", "status": "ok"},
        {"name": "opinions", "status": "skipped", "error": "unsupported_language"},
    ]
    assert reasons.left_out({"enrichment": {"steps": steps}}) == [
        "The step opinions is skipped: unsupported_language."
    ]


@pytest.mark.parametrize(
    ("story", "made", "expected"),
    [
        ({"language": "fi"}, {}, "fi, says the source"),
        ({}, {"detected_language": {"language": "fr", "confidence": 0.97}}, "fr, detected (97% sure)"),
        ({}, {}, "read as English"),
    ],
)
def test_a_language_is_told_with_who_says_so(story: Any, made: Any, expected: str) -> None:
    assert reasons.language(story, {"enrichment": made}) == expected
