"""What breaks a contract, told so that a person understands it."""

from typing import Any

import orjson
import pytest

from copydesk.contracts import (
    Violation,
    keywords,
    violation,
    violations,
)
from tests.contract.known import STORY


def test_a_violation_reads_as_a_sentence() -> None:
    assert violations("story", {**STORY, "highlight_count": 9}) == [
        Violation(
            "/highlight_count",
            "maximum",
            "at most 5",
            "number 9",
            "`highlight_count` must be at most 5; got 9.",
        )
    ]


@pytest.mark.parametrize(
    ("name", "document", "message"),
    [
        ("story", None, "The document must be an object; got null."),
        ("story", {"body": "x"}, "`title` is required."),
        ("story", {**STORY, "byine": 1}, "`byine` is not known here; expected `byline`."),
        (
            "subscription",
            {"url": "https://a.example/", "filter": {"zzz": 1}},
            (
                "`filter.zzz` is not known here; expected one of actor_types, actors, all, any,"
                " countries, keywords, languages, min_salience, none, places, sectors, sources."
            ),
        ),
        (
            "story",
            {**STORY, "metadata": {"a": {"b": 1}}},
            "`metadata.a` must be a string, a number, a boolean, null or an array; got object with 1 member.",
        ),
        (
            "story",
            {**STORY, "metadata": {"a": ["x", True]}},
            "`metadata.a[1]` must be a string; got boolean true.",
        ),
        (
            "story",
            {**STORY, "metadata": {"": 1}},
            "`metadata.` has a name that is not allowed; expected a name of 1 to 64 characters.",
        ),
        (
            "story",
            {**STORY, "language": "Klingon!"},
            '`language` must be a language tag (BCP 47), such as en or pt-BR; got "Klingon!".',
        ),
        ("story", {**STORY, "priority": []}, None),
        ("story", {**STORY, "title": ""}, '`title` must be at least 1 character long; got "".'),
        (
            "subscription",
            {"url": "https://a.example/", "event_types": []},
            "`event_types` must be at least 1 item long; got array of 0 items.",
        ),
        (
            "subscription",
            {"url": "https://a.example/", "filter": {}},
            "`filter` must be an object of at least 1 member; got object with 0 members.",
        ),
        (
            "story",
            {**STORY, "version": 10**5000},
            "`version` must be at most 2147483647; got number of 16610 bits.",
        ),
        ("story", {**STORY, "title": 1.5}, "`title` must be a string; got number 1.5."),
    ],
)
def test_messages(name: str, document: Any, message: str | None) -> None:
    [found] = violations(name, document)
    expected = '`priority` must be one of "breaking", "normal", "backfill"; got array of 0 items.'
    assert found.message == (message or expected)


def test_a_format_is_told_with_an_example() -> None:
    [found] = violations("story", {**STORY, "published_at": "yesterday"})
    assert found.expected.endswith("such as 2025-04-07T09:30:00Z")


def test_violations_are_ordered_by_pointer_and_counted_once() -> None:
    found = violations("event", {"type": "story.published", "timestamp": "2025-04-07T09:30:00Z", "data": 5})
    assert [(each.pointer, each.keyword) for each in found] == [("/data", "type")]
    pointers = [each.pointer for each in violations("record", {})]
    assert pointers == sorted(pointers)
    assert len(pointers) == 11


def test_a_wanted_constant_is_told_as_json() -> None:
    validator = keywords.ContractValidator({"const": "a"})
    assert [violation.from_error(error).expected for error in validator.iter_errors("b")] == ['"a"']
    assert list(validator.iter_errors("a")) == []


def test_a_pattern_without_a_title_is_told_as_it_is() -> None:
    [error] = keywords.ContractValidator({"pattern": "^a$"}).iter_errors("a\n")
    assert violation.from_error(error).expected == "text that matches ^a$"


def test_members_are_escaped_in_pointers() -> None:
    [found] = violations("story", {**STORY, "a/b~c": 1})
    assert found.pointer == "/a~1b~0c"


def test_a_violation_is_what_the_problem_contract_says() -> None:
    document = {"title": "\ud800" * 70, "body": 1, "x" * 300: "y", "metadata": {"n" * 80: 2}, "url": '"' * 60}
    reply = {"type": "about:blank", "title": "No", "status": 422, "code": "no"}
    found = [each.as_dict() for each in violations("story", document)]
    assert violations("problem", {**reply, "violations": found}) == []
    assert orjson.dumps(found)
