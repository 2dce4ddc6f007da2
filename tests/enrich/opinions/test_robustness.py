"""Any text at all: nothing raises, every span is verbatim, the cost grows with the length."""

import time
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.enrich import sentences
from services.enrich.actors.tokens import of_sentences
from services.enrich.bounds import MAX_OPINIONS
from services.enrich.opinions import finder

PIECES = st.sampled_from(
    [
        '"', "\u201c", "\u201d", "\u2018", "\u2019", "'", ",", ".", ":", ";", "\n", "\n\n", "-", "said",
        "says", "saying", "according", "to", "told", "reporters", "that", "Kaur", "Amina Wekesa",
        "Kenya", "Kenyan", "he", "She", "they", "the minister", "a spokesman for", "who", "and", "but",
        "warned", "denied", "accused", "of", "called", "as", "officials", "on Monday", "has", "was",
        "not", "The", "road", "closed", "is", "\u200b", "\U0001f600", "Dr.",
    ]
)  # fmt: skip
NEWS_LIKE = st.lists(PIECES | st.text(max_size=4), max_size=50).map(" ".join)


def check(body: str, actors: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = finder.find(body, of_sentences(body, sentences.split(body)), actors)
    ids = {actor["id"] for actor in actors}
    for opinion in found:
        assert body[opinion["start"] : opinion["end"]] == opinion["text"].strip() != ""
        speaker = opinion["speaker"]
        assert body[speaker["start"] : speaker["end"]] == speaker["text"] != ""
        assert opinion["actor"] is None or opinion["actor"] in ids
        assert opinion["actor"] is None or "unnamed" not in opinion
    assert len(found) <= MAX_OPINIONS
    return found


@pytest.mark.no_cover
@settings(deadline=None)
@given(NEWS_LIKE | st.text())
def test_any_text_has_opinions_that_stand_at_their_offsets(actors: Any, body: str) -> None:
    found = check(body, actors(body))
    assert found == check(body, actors(body))


@pytest.mark.no_cover
@settings(deadline=None)
@given(NEWS_LIKE)
def test_indirect_statements_of_different_speakers_do_not_overlap(actors: Any, body: str) -> None:
    spans = sorted({(o["start"], o["end"]) for o in check(body, actors(body)) if o["kind"] == "indirect"})
    assert all(first[1] <= second[0] for first, second in pairwise(spans))


UNITS = [
    '"', "\u2018", "\u2019", "\u201c", "'", '"a', '" ', '\n"', "said ", "he said ", '"No," he said. ',
    "according to ", "Kaur, who said, ", "a, ", "the ", "the minister said it is so. ", "and said ",
    "saying, ", "told that ", "Kaur ", "officials with ", "Dr. ", 'called "X" ', "(",
    "Kaur said Kaur said that ", "- ", "he ",
]  # fmt: skip


def cost(unit: str, length: int, actors: Any) -> float:
    body = unit * (length // len(unit))
    found = actors(body[:20_000])
    spans = sentences.split(body)
    began = time.process_time()
    finder.find(body, of_sentences(body, spans), found)
    return time.process_time() - began


@pytest.mark.no_cover
@pytest.mark.parametrize("unit", UNITS)
def test_a_large_body_of_anything_ends_soon(unit: str, actors: Any) -> None:
    # Loose on purpose: what grows with the square of the length would take minutes.
    assert cost(unit, 100_000, actors) < 10


@pytest.mark.no_cover
@pytest.mark.parametrize("mark", ['"', "\u201c", "\u2018"])
def test_half_a_million_quotation_marks_end_soon(mark: str, actors: Any) -> None:
    assert cost(mark, 500_000, actors) < 20
