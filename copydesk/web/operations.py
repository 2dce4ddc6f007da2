"""What an OpenAPI document says of each request, as values: for the pages that a person reads."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

_SUCCESS: Final = range(200, 300)
_PROBLEM: Final = re.compile(r"^`(\w+)`: (.+)$", re.MULTILINE)  # as `problem_responses` writes it
Json = Mapping[str, Any]


class Parameter(NamedTuple):
    """A parameter: `place` is where it belongs, as in `query`; `kind` has values between backticks."""

    name: str
    place: str
    kind: str
    meaning: str


class Reply(NamedTuple):
    """What a status means: a sentence, or the code of each problem and what to do about it.

    `contract` is that of what is answered, or of each item on a page, where one says it.
    """

    status: str
    said: str
    contract: str
    problems: tuple[tuple[str, str], ...]


class Operation(NamedTuple):
    """A request that can be made.

    Args:
        request: method and path.
        summary: what it does, in a few words.
        description: more of that, or nothing.
        scopes: what its key must be allowed; none where it wants no key.
        body: the contract of its body, or nothing.
        parameters: of its path, its query and its headers.
        replies: by status.
    """

    request: str
    summary: str
    description: str
    scopes: tuple[str, ...]
    body: str
    parameters: tuple[Parameter, ...]
    replies: tuple[Reply, ...]


def operations(document: Json) -> list[Operation]:
    """Returns the operations of an OpenAPI document, in its order."""
    components = document["components"]["schemas"]
    return [
        Operation(
            f"{method.upper()} {path}",
            said["summary"],
            " ".join(said.get("description", "").split()),
            tuple(scope for each in said.get("security", ()) for scope in each.get("key", ())),
            _body(said),
            tuple(_parameter(each, components) for each in said.get("parameters", ())),
            tuple(_replies(said)),
        )
        for path, methods in document["paths"].items()
        for method, said in methods.items()
    ]


def _body(operation: Json) -> str:
    if "requestBody" not in operation:
        return ""
    return _name(operation["requestBody"]["content"]["application/json"]["schema"]["$ref"])


def _parameter(parameter: Json, components: Json) -> Parameter:
    schema = parameter["schema"]
    kinds = [each for each in schema.get("anyOf", (schema,)) if each.get("type") != "null"]
    said = " or ".join(_kind(each, components) for each in kinds)
    if "default" in schema:
        said += f"; {schema['default']} by default"
    return Parameter(parameter["name"], parameter["in"], said, parameter.get("description", ""))


def _kind(schema: Json, components: Json) -> str:
    if "$ref" in schema:
        schema = components[_name(schema["$ref"])]
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    kind = str(schema.get("format", schema["type"]))
    bounds = [f"{word} {schema[key]}" for key, word in (("minimum", "≥"), ("maximum", "≤")) if key in schema]
    return " ".join([kind, *bounds])


def _replies(operation: Json) -> Iterator[Reply]:
    for status, reply in sorted(operation["responses"].items()):
        said = reply["description"]
        if int(status) in _SUCCESS:
            said = "Done." if said == "Successful Response" else said
            yield Reply(status, said, _contract(reply), ())
        else:
            yield Reply(status, "", "", tuple(_PROBLEM.findall(said)))


def _contract(reply: Json) -> str:
    schema = reply.get("content", {}).get("application/json", {}).get("schema", {})
    listed = schema.get("properties", {}).get("items", {}).get("items", {})
    return _name(schema.get("$ref") or listed.get("$ref") or "")


def _name(reference: str) -> str:
    return reference.rpartition("/")[2]
