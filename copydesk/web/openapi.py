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


def problem_responses(*codes: str) -> dict[int | str, dict[str, Any]]:
    """Returns `responses` for a route that may answer problems of these codes.

    Raises:
        KeyError: a code is not in `PROBLEMS`.
    """
    titles: dict[int, list[str]] = {}
    for code in codes:
        titles.setdefault(PROBLEMS[code].status, []).append(f"`{code}`: {PROBLEMS[code].title}.")
    content = {MEDIA_TYPE: {"schema": reference("problem")}}
    return {
        status: {"description": "\n\n".join(lines), "content": content} for status, lines in titles.items()
    }


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
            parts["securitySchemes"] = {"key": _KEY}
            made["security"] = [{"key": []}]  # of every route, save those that say otherwise
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign] # as FastAPI's documentation does


def components(names: tuple[str, ...]) -> dict[str, Any]:
    """Returns component schemas by name."""
    found: dict[str, Any] = {}
    for name in names:
        contract, _, part = name.partition(".")
        bundled = contracts.bundled(contract, part=part or None, prefix=_PREFIX)
        found |= bundled.pop("$defs", {})
        found[name] = bundled
    return found
