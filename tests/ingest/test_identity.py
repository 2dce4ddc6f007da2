import hashlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk import contracts
from services.ingest.identity import content_sha256, content_uri

STORY: dict[str, Any] = {"title": "T", "body": "B"}


@pytest.mark.parametrize(
    "same",
    [
        {"body": "B", "title": "T"},
        {**STORY, "version": 1},
        {**STORY, "highlight_count": 3},
        {**STORY, "uri": "urn:x:1"},
        {**STORY, "priority": "breaking"},
        contracts.with_defaults("story", {**STORY, "version": 1.0}),
    ],
)
def test_what_is_no_content_changes_nothing(same: dict[str, Any]) -> None:
    assert content_sha256(same) == content_sha256(STORY)


@pytest.mark.parametrize(
    "other",
    [
        {**STORY, "title": "t"},
        {**STORY, "body": "B "},
        {**STORY, "version": 2},
        {**STORY, "highlight_count": 1},
        {**STORY, "language": "en"},
        {**STORY, "metadata": {}},
        {**STORY, "metadata": {"version": 1}},
    ],
)
def test_what_is_content_makes_another_story(other: dict[str, Any]) -> None:
    assert content_sha256(other) != content_sha256(STORY)


def test_the_content_is_canonical_json() -> None:
    expected = hashlib.sha256(b'{"body":"B","title":"T"}')
    assert content_sha256(STORY) == expected.digest()
    assert content_uri(content_sha256(STORY)) == f"urn:sha256:{expected.hexdigest()}"


@settings(deadline=None)
@given(st.permutations(["title", "body", "byline", "dateline"]), st.text(max_size=10))
def test_the_order_of_members_does_not_matter(order: list[str], value: str) -> None:
    value = value.encode(errors="replace").decode()
    assert content_sha256(dict.fromkeys(order, value)) == content_sha256(dict.fromkeys(sorted(order), value))
