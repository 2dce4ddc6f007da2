"""Replies that succeed."""

from collections.abc import Mapping

import orjson
from starlette.responses import Response


def json(document: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Returns a document as JSON; UUIDs and times become strings, times in UTC with a Z."""
    option = orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC
    return Response(orjson.dumps(document, option=option), status, headers, "application/json")
