"""The contracts, for programs to fetch."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Header
from starlette.responses import Response

from copydesk import contracts
from copydesk.web import openapi
from copydesk.web.problems import ProblemError

_MEDIA_TYPE = "application/schema+json"


def router() -> APIRouter:
    """Returns `GET /schemas/{name}`: the file as it is, to be kept for an hour."""
    routes = APIRouter(tags=["contracts"])

    @routes.get(
        "/schemas/{name}",
        summary="One of the contracts, as JSON Schema 2020-12",
        responses={
            200: {"content": {_MEDIA_TYPE: {"schema": {"type": "object"}}}},
            **openapi.problem_responses("not_found"),
        },
        response_class=Response,
        openapi_extra={"security": []},
    )
    async def contract(name: str, if_none_match: Annotated[str | None, Header()] = None) -> Response:
        name = name.removesuffix(".schema.json")
        if name not in contracts.NAMES:
            raise ProblemError("not_found", f"The contracts are {', '.join(contracts.NAMES)}.")
        content = contracts.schema_bytes(name)
        headers = {
            "ETag": f'"{hashlib.sha256(content).hexdigest()[:32]}"',
            "Cache-Control": "public, max-age=3600",
        }
        if headers["ETag"] in (if_none_match or ""):
            return Response(status_code=304, headers=headers)
        return Response(content, headers=headers, media_type=_MEDIA_TYPE)

    return routes
