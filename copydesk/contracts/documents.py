"""The schema documents: where they lie, how their references resolve, and copies that stand alone."""

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

if TYPE_CHECKING:
    from referencing import Registry

NAMES: Final = ("story", "record", "event", "subscription", "replay", "problem", "catalogue")

# Beside the package both in a checkout and where a wheel is installed. Not importlib.resources:
# it cannot open a folder without Python in an editable install.
_FOLDER: Final = Path(__file__).resolve().parents[2] / "schemas"
_URN: Final = "urn:copydesk:schema:v1:"


@functools.cache
def schema_bytes(name: str) -> bytes:
    """Returns the schema document as it is on disk, UTF-8.

    Raises:
        KeyError: no contract has this name.
    """
    if name not in NAMES:
        raise KeyError(name)
    return (_FOLDER / f"{name}.schema.json").read_bytes()


def schema(name: str) -> dict[str, Any]:
    """Returns the parsed schema document, the caller's to change.

    Raises:
        KeyError: no contract has this name.
    """
    document: dict[str, Any] = orjson.loads(schema_bytes(name))
    return document


def canonical(document: object) -> bytes:
    """Returns compact UTF-8 JSON with sorted keys: equal documents, equal bytes.

    Raises:
        TypeError: an integer beyond 64 bits, a lone surrogate, or what is no JSON value.
    """
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


@functools.cache
def registry() -> "Registry[Any]":
    """Returns all contracts by `$id`. It retrieves nothing: an unknown reference is an error."""
    from referencing import Registry  # here: only a document that breaks its contract needs it
    from referencing.jsonschema import DRAFT202012

    # Without "$schema", which would make jsonschema return to its own keywords.
    contents = [{key: value for key, value in schema(name).items() if key != "$schema"} for name in NAMES]
    return Registry[Any]().with_resources(
        (each["$id"], DRAFT202012.create_resource(each)) for each in contents
    )


def address(name: str, part: str | None = None) -> str:
    """Returns the URI of a contract, or of one of the parts in its `$defs`.

    Raises:
        KeyError: no contract has this name, or it has no such part.
    """
    document = schema(name)
    if part is None:
        return str(document["$id"])
    if part not in document.get("$defs", {}):
        raise KeyError(f"{name}#{part}")
    return f"{document['$id']}#/$defs/{part}"


@functools.cache
def lookup(reference: str, name: str) -> tuple[dict[str, Any], str]:
    """Returns what a `$ref` inside the contract `name` points at, shared, and the name of its contract.

    Raises:
        KeyError: it points at no contract, or at no part of one. Nothing is fetched.
    """
    owner = _owner(reference, name)
    found = _document(owner)
    for part in filter(None, reference.partition("#")[2].split("/")):
        found = found[part]
    return found, owner


@functools.cache
def _document(name: str) -> dict[str, Any]:
    return schema(name)


@functools.cache
def inlined(name: str, part: str | None = None) -> dict[str, Any]:
    """Returns a contract with every reference replaced by what it points at, shared: faster to evaluate.

    Raises:
        KeyError: no contract has this name, or it has no such part.
    """
    rules: dict[str, Any] = inline({"$ref": address(name, part)}, name)
    return rules


def inline(node: Any, owner: str, above: frozenset[str] = frozenset()) -> Any:  # noqa: ANN401 - any JSON
    """Returns a copy of `node` with its references resolved, save those that lead back into themselves.

    Args:
        node: a piece of the contract `owner`.
        owner: the contract in which the references of `node` are read.
        above: the absolute references that `node` stands in.
    """
    if isinstance(node, list):
        return [inline(item, owner, above) for item in node]
    if not isinstance(node, dict):
        return node
    copy = {
        key: inline(value, owner, above)
        for key, value in node.items()
        if key not in {"$schema", "$id", "$defs", "$ref"}
    }
    if "$ref" not in node:
        return copy
    target, target_owner = lookup(node["$ref"], owner)
    absolute = f"{_URN}{target_owner}#{node['$ref'].partition('#')[2]}"
    if absolute in above:
        return {"$ref": absolute, **copy}
    return {**inline(target, target_owner, above | {absolute}), **copy}


def bundled(name: str, *, part: str | None = None, prefix: str = "#/$defs/") -> dict[str, Any]:
    """Returns a contract that stands alone: every schema that it refers to lies flat in its `$defs`.

    For OpenAPI 3.1 pass `prefix="#/components/schemas/"` and move what is under `$defs` there.

    Args:
        name: the contract.
        part: one of the parts in its `$defs`, such as `patch` of `subscription`.
        prefix: what every `$ref` of the result begins with; the rest is a name such as `record.actor`.

    Raises:
        KeyError: no contract has this name, or it has no such part.
    """
    root, _ = lookup(address(name, part), name)
    parts: dict[str, Any] = {}
    standalone: dict[str, Any] = _flat(root, name, prefix, parts)
    return {**standalone, "$defs": parts} if parts else standalone


def _flat(node: Any, owner: str, prefix: str, parts: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    """Returns a copy of `node` without identities, its references collected into `parts`."""
    if isinstance(node, list):
        return [_flat(item, owner, prefix, parts) for item in node]
    if not isinstance(node, dict):
        return node
    copy = {
        key: _flat(value, owner, prefix, parts)
        for key, value in node.items()
        if key not in {"$schema", "$id", "$defs", "$ref"}
    }
    if "$ref" in node:
        copy["$ref"] = prefix + _collect(node["$ref"], owner, prefix, parts)
    return copy


def _collect(reference: str, owner: str, prefix: str, parts: dict[str, Any]) -> str:
    target, target_owner = lookup(reference, owner)
    part = reference.partition("#/$defs/")[2]
    name = f"{target_owner}.{part}" if part else target_owner
    if name not in parts:
        parts[name] = {}  # taken before descending: a schema may refer to itself
        parts[name] = _flat(target, target_owner, prefix, parts)
    return name


def _owner(reference: str, name: str) -> str:
    urn = reference.partition("#")[0]
    return urn.removeprefix(_URN) if urn else name
