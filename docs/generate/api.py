"""docs/reference/api.md."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI

from copydesk.settings import KEY_BYTES, IngestSettings, PublishSettings
from docs.generate.markdown import code, join, table
from services.ingest import app as ingest
from services.publish import app as publish

INTRODUCTION = """# The two APIs

Both speak JSON in UTF-8 and want a key: `Authorization: Bearer cdk_…`, made with `copydesk keys create`. A
key with the scope `admin` may do everything. A refusal is a [problem](problems.md). Each service serves the
same as OpenAPI 3.1 at `/openapi.json`, and as a page to try at `/docs`. Health and metrics:
[operations](../operations.md#first-questions).

Every reply has `X-Request-Id`: name it when you ask what went wrong."""

DATABASE, BROKER = "postgresql://localhost/copydesk", "redis://localhost"  # never called
SUCCESS = range(200, 300)
PROBLEM = re.compile(r"^`(\w+)`:", re.MULTILINE)  # as `problem_responses` writes it


def page() -> str:
    """Returns the page."""
    urls: dict[str, Any] = {"database_url": DATABASE, "broker_url": BROKER}
    key = (bytes(KEY_BYTES),)  # of nothing
    apps = {
        "ingest": ingest.create_app(IngestSettings.model_construct(**urls)),
        "publish": publish.create_app(PublishSettings.model_construct(**urls, secrets_key=key)),
    }
    return join(INTRODUCTION, *(_service(name, app) for name, app in apps.items()))


def _service(name: str, app: FastAPI) -> str:
    said = app.openapi()
    operations = [
        (f"{method.upper()} {path}", operation)
        for path, methods in said["paths"].items()
        for method, operation in methods.items()
    ]
    index = table(
        ("request", "does", "scope"),
        (
            (f"[`{request}`](#{_anchor(f'{name}: {request}')})", each["summary"], _scopes(each))
            for request, each in operations
        ),
    )
    components = said["components"]["schemas"]
    parts = (_operation(f"{name}: {request}", each, components) for request, each in operations)
    return join(f"## {name}", " ".join(app.description.split()), index, *parts)


def _operation(title: str, operation: Mapping[str, Any], components: Mapping[str, Any]) -> str:
    summary, described = operation["summary"], operation.get("description", "")
    return join(
        f"### {title}",
        f"{summary}." if not described else f"{summary}. {' '.join(described.split())}",
        _body(operation),
        _parameters(operation, components),
        table(("status", "means"), _replies(operation)),
    )


def _scopes(operation: Mapping[str, Any]) -> str:
    return ", ".join(code(scope) for each in operation.get("security", ()) for scope in each.get("key", ()))


def _body(operation: Mapping[str, Any]) -> str:
    if "requestBody" not in operation:
        return ""
    reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    name = reference.rpartition("/")[2]
    return f"Body: [{name}](contracts.md#{_anchor(name)})."


def _parameters(operation: Mapping[str, Any], components: Mapping[str, Any]) -> str:
    rows = [_parameter(each, components) for each in operation.get("parameters", ())]
    return table(("parameter", "in", "type", "meaning"), rows) if rows else ""


def _parameter(parameter: Mapping[str, Any], components: Mapping[str, Any]) -> tuple[str, ...]:
    schema = parameter["schema"]
    kinds = [each for each in schema.get("anyOf", (schema,)) if each.get("type") != "null"]
    said = " or ".join(_kind(each, components) for each in kinds)
    if "default" in schema:
        said += f"; {schema['default']} by default"
    return (code(parameter["name"]), parameter["in"], said, parameter.get("description", ""))


def _kind(schema: Mapping[str, Any], components: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        schema = components[schema["$ref"].rpartition("/")[2]]
    if "enum" in schema:
        return ", ".join(code(value) for value in schema["enum"])
    kind = str(schema.get("format", schema["type"]))
    bounds = [f"{word} {schema[key]}" for key, word in (("minimum", "≥"), ("maximum", "≤")) if key in schema]
    return " ".join([kind, *bounds])


def _replies(operation: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for status, reply in sorted(operation["responses"].items()):
        if int(status) in SUCCESS:
            said = reply["description"]
            yield status, "Done." if said == "Successful Response" else said
        else:
            yield (
                status,
                ", ".join(
                    code(name) for name in re.findall(r"^`(\w+)`:", reply["description"], re.MULTILINE)
                ),
            )


def _anchor(heading: str) -> str:
    """Returns the anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
