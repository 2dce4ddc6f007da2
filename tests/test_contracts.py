"""The contracts: well-formed, bounded, and told so that a person understands what is wrong."""

import copy
import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from copydesk.contracts import (
    NAMES,
    Violation,
    bundled,
    canonical,
    check_offsets,
    documents,
    formats,
    keywords,
    schema,
    schema_bytes,
    validation,
    violation,
    violations,
    with_defaults,
)

SCHEMAS = Path(__file__).resolve().parents[1] / "schemas"
EXAMPLES = SCHEMAS / "examples"
STORY = {"title": "Ferry service to Suva resumes", "body": "The ferry sails again from Monday."}
PARTS = [(name, None) for name in NAMES] + [("subscription", "patch"), ("subscription", "reply")]
MEBIBYTE = 1 << 20
ORDER = (
    "maxItems",
    "maxProperties",
    "required",
    "items",
    "properties",
    "propertyNames",
    "additionalProperties",
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
known_names = sorted({member for name in NAMES for member in schema(name)["properties"]})
near_documents = st.dictionaries(st.sampled_from(known_names), json_values, max_size=8)


def rules(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields every schema object of a contract, with where it stands."""
    yield path, node
    for group in ("properties", "$defs"):
        for key, inner in node.get(group, {}).items():
            yield from rules(inner, f"{path}/{group}/{key}")
    for index, inner in enumerate(node.get("allOf", [])):
        yield from rules(inner, f"{path}/allOf/{index}")
    for key in ("items", "additionalProperties", "propertyNames", "if", "then"):
        if isinstance(node.get(key), dict):
            yield from rules(node[key], f"{path}/{key}")


def types(node: dict[str, Any]) -> list[str]:
    kinds = node.get("type", [])
    return [kinds] if isinstance(kinds, str) else kinds


# The documents


def test_every_schema_file_has_a_name() -> None:
    assert sorted(path.name for path in SCHEMAS.glob("*.json")) == sorted(
        f"{name}.schema.json" for name in NAMES
    )


@pytest.mark.parametrize("name", NAMES)
def test_each_contract_is_a_valid_schema_with_identity(name: str) -> None:
    document = schema(name)
    Draft202012Validator.check_schema(document)
    assert document["$id"] == f"urn:copydesk:schema:v1:{name}"
    assert document["title"] == name
    assert document["description"]
    assert orjson.loads(schema_bytes(name)) == document


@pytest.mark.parametrize("name", NAMES)
def test_every_property_has_a_description(name: str) -> None:
    for path, node in rules(schema(name)):
        for member, rule in node.get("properties", {}).items():
            assert rule.get("description", "").endswith("."), f"{path}/{member}"


@pytest.mark.parametrize("name", NAMES)
def test_everything_is_bounded(name: str) -> None:
    for path, node in rules(schema(name)):
        if "string" in types(node) or "pattern" in node or "format" in node:
            assert "maxLength" in node, path
        if "array" in types(node):
            assert {"maxItems", "items"} <= set(node), path
        if "object" in types(node):
            assert node.get("additionalProperties") is False or "maxProperties" in node, path
        if types(node) in (["integer"], ["number"]):
            assert {"minimum", "maximum"} <= set(node), path


@pytest.mark.parametrize("name", NAMES)
def test_every_type_is_said(name: str) -> None:
    for path, node in rules(schema(name)):
        if "properties" in path.split("/")[-2:-1] and "/if/" not in path:
            assert {"type", "enum", "$ref"} & set(node), path


@pytest.mark.parametrize("name", NAMES)
def test_only_keywords_are_used_that_are_safe_and_explained(name: str) -> None:
    for path, node in rules(schema(name)):
        assert set(node) <= set(keywords.KEYWORDS) | keywords.PLAIN | keywords.ANNOTATIONS, path
        assert node.get("format") in {None, *formats.CHECKS}, path
        assert "pattern" not in node or "title" in node, f"{path}: a pattern is told in words"


@pytest.mark.parametrize("name", NAMES)
def test_bounds_stand_before_what_they_bound(name: str) -> None:
    for path, node in rules(schema(name)):
        order = [key for key in node if key in ORDER]
        assert order == sorted(order, key=ORDER.index), path


def test_an_unknown_name_or_part_is_a_key_error() -> None:
    for call in (
        lambda: schema("task"),
        lambda: schema_bytes("../story"),
        lambda: violations("task", {}),
        lambda: violations("subscription", {}, part="nothing"),
        lambda: bundled("story", part="nothing"),
    ):
        with pytest.raises(KeyError):
            call()


def test_a_schema_is_the_callers_to_change() -> None:
    schema("story")["properties"].clear()
    assert schema("story")["properties"]


def test_a_remote_reference_is_never_fetched() -> None:
    for unknown in ("https://example.org/story.json", "urn:copydesk:schema:v1:task", "#/$defs/nothing"):
        with pytest.raises(KeyError):
            documents.lookup(unknown, "story")


def test_what_tells_what_is_wrong_is_loaded_only_where_something_is() -> None:
    script = """
import sys
from copydesk.contracts import violations
heavy = {"jsonschema", "referencing", "rfc3986_validator"}
assert violations("story", {"title": "A", "body": "B"}) == []
print(heavy & set(sys.modules) == set(), len(violations("story", {})), heavy <= set(sys.modules))
"""
    assert subprocess.check_output([sys.executable, "-c", script], text=True) == "True 2 True\n"


def test_a_reference_into_itself_stays_a_reference() -> None:
    absolute = "urn:copydesk:schema:v1:record#/$defs/actor_id"
    node = {"$ref": "#/$defs/actor_id", "description": "Who."}
    assert documents.inline(node, "record")["maxLength"] == 200
    assert documents.inline(node, "record", frozenset({absolute})) == {
        "$ref": absolute,
        "description": "Who.",
    }


# Bundles


@pytest.mark.parametrize(("name", "part"), PARTS)
def test_a_bundle_stands_alone_and_judges_alike(name: str, part: str | None) -> None:
    bundle = bundled(name, part=part)
    Draft202012Validator.check_schema(bundle)
    judge = Draft202012Validator(bundle)
    for path in (EXAMPLES / name).glob("*/*.json"):
        example = json.loads(path.read_text())
        if path.parent.name == "invalid":
            example = example["document"]
        # Formats, offsets and Python's `$` are beyond a plain validator: it may only be more lenient.
        if not judge.is_valid(example):
            assert violations(name, example, part=part), path


def test_a_bundle_for_openapi_refers_only_to_components() -> None:
    bundle = bundled("event", prefix="#/components/schemas/")
    references = {node["$ref"] for _, node in rules(bundle) if "$ref" in node}
    components = bundle["$defs"]
    assert references == {f"#/components/schemas/{name}" for name in components}
    text = json.dumps(bundle)
    assert "urn:copydesk:schema" not in text
    assert "$schema" not in text


def test_a_bundle_without_references_has_no_definitions() -> None:
    assert "$defs" not in bundled("record", part="country")


# Violations


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


# Hostile documents


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


# Formats


@pytest.mark.parametrize(
    "text", ["2025-04-07T09:30:00Z", "2024-02-29T23:59:59.123456789+14:00", "0001-01-02T00:00:00+00:00"]
)
def test_moments(text: str) -> None:
    assert formats.is_date_time(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2025-04-07",
        "2025-04-07T09:30:00",
        "2025-04-07 09:30:00Z",
        "2025-02-29T09:30:00Z",
        "2025-04-07T24:00:00Z",
        "2025-04-07T09:30:60Z",
        "2025-04-07T09:30:00Z\n",
        "2025-04-07T09:30:00+24:00",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "٢٠٢٥-04-07T09:30:00Z",
    ],
)
def test_no_moments(text: str) -> None:
    assert not formats.is_date_time(text)


@pytest.mark.parametrize("text", ["urn:isbn:0451450523", "https://a.example/%20?q#f", "tag:x,2025:y", "a:"])
def test_uris(text: str) -> None:
    assert formats.is_uri(text)


@pytest.mark.parametrize(
    "text", ["", "a", "/a", "//a.example", "a b:c", "urn:x\n", "https://é.example", "1:a"]
)
def test_no_uris(text: str) -> None:
    assert not formats.is_uri(text)


def test_uuids() -> None:
    assert formats.is_uuid("0195f3a0-7c1e-7b6e-9d3a-2f4b8c6d1e0f")
    assert formats.is_uuid("0195F3A0-7C1E-7B6E-9D3A-2F4B8C6D1E0F")
    for text in ("", "0195f3a07c1e7b6e9d3a2f4b8c6d1e0f", "{0195f3a0-7c1e-7b6e-9d3a-2f4b8c6d1e0f}"):
        assert not formats.is_uuid(text)


@pytest.mark.parametrize(
    "tag",
    ["en", "pt-BR", "zh-Hant-TW", "sr-Latn", "es-419", "sl-rozaj-biske", "de-DE-u-co-phonebk", "en-x-desk"],
)
def test_language_tags(tag: str) -> None:
    assert violations("story", {**STORY, "language": tag}) == []


@pytest.mark.parametrize(
    "tag", ["", "e", "en_GB", "en-", "-en", "english", "english language", "en--GB", "en-u", "12", "ен"]
)
def test_no_language_tags(tag: str) -> None:
    assert [each.pointer for each in violations("story", {**STORY, "language": tag})] == ["/language"]


# Offsets


@pytest.fixture
def record() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((EXAMPLES / "record" / "valid" / "complete.json").read_text())
    return document


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


# Defaults and canonical form


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


def test_canonical_json_is_sorted_and_compact() -> None:
    assert canonical({"b": [1, 2.5], "a": "é"}) == '{"a":"é","b":[1,2.5]}'.encode()


def test_canonical_json_refuses_what_cannot_be_stored() -> None:
    for value in (2**64, "\ud800", object()):
        with pytest.raises(TypeError):
            canonical({"x": value})


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
