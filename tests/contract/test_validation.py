"""Any document at all is judged, at a cost that is bounded, and as strictly as by others."""

import itertools
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from copydesk.contracts import (
    NAMES,
    bundled,
    formats,
    keywords,
    validation,
    violation,
    violations,
)
from tests.contract.known import EXAMPLES, PARTS, STORY, json_values, near_documents

MEBIBYTE = 1 << 20


@pytest.mark.parametrize(
    ("document", "keyword"),
    [
        ({**STORY, "title": "x" * MEBIBYTE}, "maxLength"),
        ({**STORY, "body": " " * MEBIBYTE}, "maxLength"),
        ({**STORY, "uri": "a:" + "%41" * (MEBIBYTE // 3)}, "maxLength"),
        ({**STORY, "url": "http://" + "a." * (MEBIBYTE // 2)}, "maxLength"),
        ({**STORY, "language": "a-" * (MEBIBYTE // 2)}, "maxLength"),
        ({**STORY, "published_at": "2" * MEBIBYTE}, "maxLength"),
        ({**STORY, "metadata": {"n" * MEBIBYTE: "x"}}, "propertyNames"),
        ({**STORY, "metadata": {"n": "x" * MEBIBYTE}}, "maxLength"),
        ({**STORY, "n" * MEBIBYTE: "x"}, "additionalProperties"),
    ],
)
def test_a_huge_text_is_one_small_violation(document: Any, keyword: str) -> None:
    found = violations("story", document)
    assert [each.keyword for each in found] == [keyword]
    assert len(orjson.dumps([each.as_dict() for each in found])) < 1000


@pytest.mark.parametrize("member", ["title", "body", "uri", "url", "language", "published_at"])
def test_text_that_is_too_long_is_never_matched(member: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[int] = []

    class Watched:
        def search(self, text: str) -> bool:
            looked_at.append(len(text))
            return True

    monkeypatch.setattr(keywords, "_compiled", lambda _: Watched())
    for name in formats.CHECKS:
        monkeypatch.setitem(formats.CHECKS, name, lambda text: not looked_at.append(len(text)))
    violations("story", {**STORY, member: "x" * MEBIBYTE})
    assert max(looked_at, default=0) <= 500


@pytest.mark.parametrize("check", formats.CHECKS.values())
def test_formats_refuse_long_text_by_themselves(check: Any) -> None:
    assert not check("urn:x:" + "a" * MEBIBYTE)


class CountedList(list[Any]):
    """Counts the items that anybody looks at."""

    looked_at = 0

    def __iter__(self) -> Iterator[Any]:
        for item in super().__iter__():
            self.looked_at += 1
            yield item


class CountedDict(dict[str, Any]):
    """Counts the members that anybody looks at."""

    looked_at = 0

    def __iter__(self) -> Iterator[str]:
        for name in super().__iter__():
            self.looked_at += 1
            yield name


def test_an_endless_array_costs_no_more_than_its_bound() -> None:
    items = CountedList(itertools.repeat(1, 300_000))
    found = violations("story", {**STORY, "metadata": {"a": items}})
    assert items.looked_at <= 33
    assert ("/metadata/a", "maxItems") in {(each.pointer, each.keyword) for each in found}
    assert len(found) == 33


def test_endless_metadata_costs_no_more_than_its_bound() -> None:
    members = CountedDict((f"m{number}", {}) for number in range(100_000))
    found = violations("story", {**STORY, "metadata": members})
    assert members.looked_at <= 2 * 33
    assert ("/metadata", "maxProperties") in {(each.pointer, each.keyword) for each in found}


def test_endless_unknown_members_cost_no_more_than_the_limit() -> None:
    members = CountedDict((f"m{number}", 1) for number in range(100_000))
    assert len(violations("story", members)) == 50
    assert members.looked_at <= 50
    assert len(violations("story", members, limit=3)) == 3


def test_what_is_missing_is_told_before_what_is_unknown() -> None:
    found = violations("story", {f"m{number}": 1 for number in range(1000)})
    assert {"/title", "/body"} <= {each.pointer for each in found}


def resolves(document: Any, pointer: str) -> bool:
    node = document
    for part in (each.replace("~1", "/").replace("~0", "~") for each in pointer.split("/")[1:]):
        if isinstance(node, list):
            if not part.isdigit() or int(part) >= len(node):
                return False
            node = node[int(part)]
        elif isinstance(node, dict) and part in node:
            node = node[part]
        else:
            return False
    return True


@pytest.mark.no_cover
@settings(max_examples=150, deadline=None)
@given(document=json_values | near_documents, target=st.sampled_from(PARTS))
def test_any_json_value_is_judged_and_every_pointer_resolves(
    document: Any, target: tuple[str, str | None]
) -> None:
    name, part = target
    for found in violations(name, document, part=part):
        place = found.pointer.rpartition("/")[0] if found.keyword == "required" else found.pointer
        assert resolves(document, place)
        assert resolves(document, found.pointer) == (found.keyword != "required")
        assert len(found.expected) <= violation.MAX_EXPECTED
        assert len(found.actual) <= 100
        assert len(found.message) <= 600


@pytest.mark.no_cover
@settings(max_examples=150, deadline=None)
@given(document=near_documents, name=st.sampled_from(NAMES))
def test_ours_is_as_strict_as_the_reference_implementation(document: Any, name: str) -> None:
    plain = Draft202012Validator(bundled(name))
    if not plain.is_valid(document):
        assert violations(name, document)


@pytest.mark.parametrize(("name", "part"), PARTS)
def test_the_compiled_validator_passes_nothing_that_breaks_a_contract(name: str, part: str | None) -> None:
    """And passes every valid example: it is what makes validation quick."""
    for path in sorted((EXAMPLES / name).glob("*/*.json")):
        example = orjson.loads(path.read_bytes())
        if path.parent.name == "valid":
            assert part or validation.passes(name, example), path
        elif example.get("part") == part:
            breaks_schema = any(each["keyword"] != "offsets" for each in example["expect"])
            assert validation.passes(name, example["document"], part=part) is not breaks_schema, path


@pytest.mark.no_cover
@given(document=json_values | near_documents)
@settings(max_examples=200)
def test_the_compiled_validator_agrees_with_the_one_that_explains(document: Any) -> None:
    for name, part in PARTS:
        errors = list(validation._validator(name, part).iter_errors(document))  # noqa: SLF001 - the slow way
        assert not (validation.passes(name, document, part=part) and errors)


@pytest.mark.parametrize("document", ["\ud800", {"title": "\udfff", "body": "x"}, float("nan"), 10**400])
def test_what_the_compiled_validator_cannot_read_is_left_to_the_other(document: Any) -> None:
    assert not validation.passes("story", document)
    violations("story", document)
