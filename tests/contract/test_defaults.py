"""Documents as the contract means them: with defaults, and whole numbers as integers."""

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk.contracts import (
    NAMES,
    with_defaults,
)
from tests.contract.known import STORY, near_documents


def test_defaults_are_filled_and_whole_numbers_become_integers() -> None:
    story = {**STORY, "version": 3.0, "metadata": {"share": 1.0, "keywords": ["a"]}}
    before = copy.deepcopy(story)
    full = with_defaults("story", story)
    assert story == before
    assert full == {**story, "version": 3, "priority": "normal", "highlight_count": 3}
    assert isinstance(full["version"], int)
    assert isinstance(full["metadata"]["share"], float)


def test_defaults_reach_numbers_inside(record: dict[str, Any]) -> None:
    record["highlights"][0]["start"] = 0.0
    assert isinstance(with_defaults("record", record)["highlights"][0]["start"], int)


def test_defaults_of_one_document_are_not_those_of_another() -> None:
    with_defaults("subscription", {"url": "https://a.example/"})["event_types"].clear()
    assert with_defaults("subscription", {})["event_types"] == ["story.published", "story.updated"]


def test_a_patch_has_no_defaults() -> None:
    assert with_defaults("subscription", {"enabled": False}, part="patch") == {"enabled": False}


@pytest.mark.no_cover
@settings(max_examples=100, deadline=None)
@given(document=near_documents, name=st.sampled_from(NAMES))
def test_filling_in_defaults_twice_is_boring(document: dict[str, Any], name: str) -> None:
    once = with_defaults(name, document)
    assert repr(with_defaults(name, once)) == repr(once)
