"""Marks that nobody sees: whatever of them stands in a text, the same is found, at true offsets."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.contracts import check_offsets, violations
from services.enrich.pipeline import Story
from services.enrich.unseen import Cleared
from tests.enrich.known import PIPELINE
from tests.enrich.newslike import NEWS_LIKE

MARKS = "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202e\u2060\u2066\u2069\ufeff"
TITLE = "Hamas meets Guterres in Baghdad"
BODY = (
    "BAGHDAD - Antonio Guterres met Hamas officials in Iraq on Monday. Ana Ruiz, a spokeswoman for the Acme "
    'Trust, said the talks would go on. "We have hope," Guterres said. Iraqi Prime Minister Omar Hadi left.'
)
RUNS = st.text(MARKS, max_size=3)


def record(story: Story) -> dict[str, Any]:
    own = {"id": "0192f0c0-0000-7000-8000-000000000000", "version": 1, "uri": "urn:x", "source": "desk"}
    return {**own, "title": story.title, "body": story.body, **PIPELINE.enrich(story)}


def spans(found: Any) -> list[dict[str, Any]]:
    """Returns everything that has a start, wherever it is."""
    if isinstance(found, list):
        return [span for item in found for span in spans(item)]
    if not isinstance(found, dict):
        return []
    return [found] * ("start" in found) + [span for item in found.values() for span in spans(item)]


def without_offsets(found: Any) -> Any:
    """Returns it without offsets and durations, and with no marks in its words."""
    if isinstance(found, dict):
        left_out = {"start", "end", "duration_ms"}
        return {name: without_offsets(value) for name, value in found.items() if name not in left_out}
    if isinstance(found, list):
        return [without_offsets(item) for item in found]
    return Cleared(found).text if isinstance(found, str) else found


@given(st.lists(st.tuples(RUNS, st.characters(codec="utf-8"))))
def test_a_span_of_a_cleared_text_has_its_letters_in_the_whole_and_no_mark_at_its_edges(
    parts: list[tuple[str, str]],
) -> None:
    whole = "".join(marks + letter for marks, letter in parts)
    cleared = Cleared(whole)
    assert cleared.text == "".join(c for c in whole if Cleared(c).text)
    for start in range(len(cleared.text)):
        for end in (start + 1, len(cleared.text)):
            begins, ends = cleared.span(start, end)
            assert Cleared(whole[begins:ends]).text == cleared.text[start:end]
            assert Cleared(whole[begins]).text == whole[begins]
            assert Cleared(whole[ends - 1]).text == whole[ends - 1]


@pytest.mark.parametrize("mark", MARKS)
def test_each_mark_is_left_out_and_what_is_seen_is_not(mark: str) -> None:
    assert Cleared(f"a{mark}b{mark}").text == "ab"
    seen = "na\u00efve \u2013 \u201cA\u011fri\u201d \u263a\ufe0f \u0600"
    assert Cleared(seen).text == seen
    assert Cleared(mark).text == ""
    assert Cleared(mark).span(0, 0) == (0, 0)


@pytest.mark.no_cover
@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_at_the_edges_of_every_word_changes_nothing_but_offsets(mark: str) -> None:
    title, body = (" ".join(f"{mark}{word}{mark}" for word in text.split(" ")) for text in (TITLE, BODY))
    marked = record(Story(title, body, "en"))
    assert violations("record", marked) == []
    assert check_offsets(marked) == []
    assert without_offsets(marked["actors"]) == without_offsets(record(Story(TITLE, BODY, "en"))["actors"])
    assert {"hamas", "antonio-guterres"} <= {actor["id"] for actor in marked["actors"]}
    assert all(span["text"].strip(mark) == span["text"] for span in spans(marked))


@pytest.mark.no_cover
@given(st.lists(RUNS, min_size=len(BODY), max_size=len(BODY)))
def test_marks_anywhere_in_a_story_change_nothing_but_offsets(runs: list[str]) -> None:
    plain = Story(TITLE, BODY, "en")
    story = Story(TITLE, "".join(marks + letter for marks, letter in zip(runs, BODY, strict=True)), "en")
    marked = record(story)
    assert check_offsets(marked) == []
    assert without_offsets(marked) == without_offsets(record(plain))
    assert all(not set(MARKS) & {span["text"][0], span["text"][-1]} for span in spans(marked))


@pytest.mark.no_cover
@given(NEWS_LIKE)
def test_no_span_of_any_text_begins_or_ends_with_a_mark(body: str) -> None:
    found = spans(PIPELINE.enrich(Story("A title", f"{body} x")))
    assert all(span["text"].strip(MARKS) == span["text"] != "" for span in found)


@pytest.mark.no_cover
@pytest.mark.parametrize(
    "gap", [" " * 1000, "\u200b" * 1000, "\u200b \u200f" * 400, "\t" * 3000, "\ufeff" * 6000]
)
def test_a_gap_without_end_between_words_leaves_a_record_that_satisfies_the_contract(gap: str) -> None:
    spread = gap.join(["", *BODY.split(" ")]) + "Ha" + gap + "mas said no."
    for body in (spread, BODY.replace("Acme Trust", f"Acme{gap}Trust").replace("Omar", f"Omar{gap}")):
        made = record(Story(TITLE, f"x {body}", "en"))
        assert violations("record", made) == []
        assert check_offsets(made) == []


def test_a_story_of_nothing_but_marks_is_empty() -> None:
    enrichment = PIPELINE.enrich(Story("\ufeff", MARKS, "en"))
    assert [enrichment[part] for part in ("highlights", "actors", "places", "opinions")] == [[], [], [], []]
    assert {step["status"] for step in enrichment["enrichment"]["steps"]} == {"ok"}
