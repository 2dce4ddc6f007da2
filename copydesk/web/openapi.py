"""OpenAPI whose schemas are the contracts themselves."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from copydesk import contracts
from copydesk.web.problems import MEDIA_TYPE, PROBLEMS

_PREFIX: Final = "#/components/schemas/"
_KEY: Final = {
    "type": "http",
    "scheme": "bearer",
    "description": "`copydesk keys create` makes one: `cdk_…`.",
}


def reference(name: str) -> dict[str, str]:
    """Returns a reference to a contract among the components."""
    return {"$ref": _PREFIX + name}


def request_body(name: str, *, required: bool = True) -> dict[str, Any]:
    """Returns `openapi_extra` for a route whose body is a contract, or a part of one, as in `a.b`."""
    content = {"application/json": {"schema": reference(name)}}
    return {"requestBody": {"required": required, "content": content}}


def reply(name: str, status: int = 200, *, description: str = "Done.") -> dict[int | str, dict[str, Any]]:
    """Returns `responses` for a route that succeeds with a contract, or a part of one, as in `a.b`."""
    return {
        status: {"description": description, "content": {"application/json": {"schema": reference(name)}}}
    }


def page(name: str) -> dict[int | str, dict[str, Any]]:
    """Returns `responses` for a route that answers one page of a list."""
    following = {"type": ["string", "null"], "format": "uuid"}
    members = {"items": {"type": "array", "items": reference(name)}, "next": following}
    schema = {"type": "object", "required": ["items", "next"], "properties": members}
    return {200: {"description": "One page.", "content": {"application/json": {"schema": schema}}}}


def problem_responses(*codes: str) -> dict[int | str, dict[str, Any]]:
    """Returns `responses` for a route that may answer problems of these codes.

    Raises:
        KeyError: a code is not in `PROBLEMS`.
    """
    said: dict[int, list[str]] = {}
    for code in codes:
        kind = PROBLEMS[code]
        said.setdefault(kind.status, []).append(f"`{code}`: {kind.title}. {kind.remedy}")
    content = {MEDIA_TYPE: {"schema": reference("problem")}}
    return {status: {"description": "\n\n".join(lines), "content": content} for status, lines in said.items()}


def install(app: FastAPI, names: tuple[str, ...]) -> None:
    """Makes `/openapi.json` carry the contracts, each under its own name, and all that they refer to.

    Args:
        app: its routes may be added later.
        names: contracts, or parts of one, as in `subscription.patch`.
    """

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(
                title=app.title, version=app.version, description=app.description, routes=app.routes
            )
            parts = made.setdefault("components", {})
            parts.setdefault("schemas", {}).update(components(names))
            _tell_bad_parameters(made)
            parts["securitySchemes"] = {"key": _KEY}
            made["security"] = [{"key": []}]  # of every route, save those that say otherwise
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign] # as FastAPI's documentation does


def _tell_bad_parameters(document: dict[str, Any]) -> None:
    """Puts the problem that is answered where FastAPI would have its own error."""
    for operation in (each for methods in document["paths"].values() for each in methods.values()):
        said = operation["responses"].get("422", {})
        if "application/json" in said.get("content", {}):
            operation["responses"]["422"] = problem_responses("bad_parameter")[422]
    for name in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(name, None)


def components(names: tuple[str, ...]) -> dict[str, Any]:
    """Returns component schemas by name."""
    found: dict[str, Any] = {}
    for name in names:
        contract, _, part = name.partition(".")
        bundled = contracts.bundled(contract, part=part or None, prefix=_PREFIX)
        found |= bundled.pop("$defs", {})
        found[name] = bundled
    return found
