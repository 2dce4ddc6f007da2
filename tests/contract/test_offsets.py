"""Spans are what stands at their offsets."""

from typing import Any

from copydesk.contracts import (
    check_offsets,
)


def test_true_offsets_have_no_violations(record: dict[str, Any]) -> None:
    assert check_offsets(record) == []


def test_false_offsets_are_reported_where_they_are(record: dict[str, Any]) -> None:
    record["highlights"][1]["end"] += 1
    record["actors"][0]["mentions"][1]["text"] = "Kisan front"
    record["places"][0]["mentions"][0]["field"] = "title"
    record["opinions"][0]["start"] = 0
    found = check_offsets(record)
    assert [each.pointer for each in found] == [
        "/highlights/1",
        "/actors/0/mentions/1",
        "/places/0/mentions/0",
        "/opinions/0",
    ]
    assert {each.keyword for each in found} == {"offsets"}
    assert found[1].message.endswith('must read string "Kisan front"; got string "Kisan Front".')


def test_a_span_that_ends_beyond_the_text_is_false(record: dict[str, Any]) -> None:
    record["highlights"] = [
        {"text": record["body"][-5:], "start": len(record["body"]) - 5, "end": len(record["body"]) + 1}
    ]
    assert [each.pointer for each in check_offsets(record)] == ["/highlights/0"]
