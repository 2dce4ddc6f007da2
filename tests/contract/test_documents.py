"""The schema documents: well-formed, bounded, and bundled so that each stands alone."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator

from copydesk.contracts import (
    NAMES,
    bundled,
    canonical,
    documents,
    formats,
    keywords,
    schema,
    schema_bytes,
    violations,
)
from tests.contract.known import EXAMPLES, PARTS, SCHEMAS

ORDER = (
    "maxItems",
    "maxProperties",
    "required",
    "items",
    "properties",
    "propertyNames",
    "additionalProperties",
)


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


def test_canonical_json_is_sorted_and_compact() -> None:
    assert canonical({"b": [1, 2.5], "a": "é"}) == '{"a":"é","b":[1,2.5]}'.encode()


def test_canonical_json_refuses_what_cannot_be_stored() -> None:
    for value in (2**64, "\ud800", object()):
        with pytest.raises(TypeError):
            canonical({"x": value})
