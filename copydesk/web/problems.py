"""What goes wrong with a request, told as RFC 9457 problem documents with codes from a closed list."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import orjson
from starlette.responses import Response

from copydesk.errors import CallerError

MEDIA_TYPE: Final = "application/problem+json"
RETRY_SECONDS: Final = 5
_MAX_DETAIL: Final = 2000
_MAX_INSTANCE: Final = 2048


class Kind(NamedTuple):
    """What every problem of one code has in common; `remedy` is for whom the status blames."""

    status: int
    title: str
    remedy: str


PROBLEMS: Final[Mapping[str, Kind]] = {
    # The request as such
    "bad_request": Kind(400, "The request is not HTTP", "Send HTTP/1.1."),
    "headers_timeout": Kind(
        408, "The request line and headers took too long", "Send them at once; 15 s is the most."
    ),
    "headers_too_large": Kind(431, "The request line and headers are too large", "Send 32 KiB at the most."),
    "not_found": Kind(
        404,
        "There is nothing here",
        "Look at the path and the id; a thing of another source is not there either.",
    ),
    "method_not_allowed": Kind(405, "The method is not allowed here", "`Allow` names the methods."),
    "bad_parameter": Kind(
        422, "A parameter is not valid", "The detail names the parameter of the path or query."
    ),
    # Who asks
    "unauthenticated": Kind(401, "An API key is needed", "Send a key that is known and not revoked."),
    "forbidden": Kind(
        403, "The API key may not do this", "Use a key with the `scope` that the problem names."
    ),
    # The body
    "unsupported_media_type": Kind(
        415, "The body must be application/json in UTF-8", "Send `Content-Type: application/json`."
    ),
    "unsupported_encoding": Kind(
        415, "The content encoding must be gzip or none", "Send gzip, or no content encoding."
    ),
    "body_timeout": Kind(408, "The body took too long", "Send it within 15 s."),
    "body_too_large": Kind(413, "The body is too large", "Send 1 MiB at the most, also when inflated."),
    "bad_gzip": Kind(400, "The body is not gzip", "Send what it says it is."),
    "bad_utf8": Kind(400, "The body is not UTF-8", "Encode it as UTF-8."),
    "bad_json": Kind(400, "The body is not JSON", "`line` and `column` say where."),
    "too_deep": Kind(400, "The JSON is nested too deep", "Nest 64 levels at the most."),
    "duplicate_key": Kind(400, "A key occurs twice in one object", "Send each key once."),
    "number_out_of_range": Kind(
        400,
        "A number is out of range",
        "Send integers within 64 bits, floats within a double, no NaN, no Infinity.",
    ),
    "lone_surrogate": Kind(400, "A string holds half a surrogate pair", "Send whole characters."),
    "nul_character": Kind(
        400, "A string holds a NUL character", "Leave it out: PostgreSQL cannot store one."
    ),
    "not_an_object": Kind(422, "The JSON is not an object", "Send one object."),
    "schema_violation": Kind(
        422, "The document breaks its contract", "`violations` names every place and what belongs there."
    ),
    # What is there already
    "version_conflict": Kind(
        409, "This version exists with other content", "Post a correction with a higher `version`."
    ),
    "conflict": Kind(
        409,
        "The request does not fit the present state",
        "Look at it again: such as a retry of what is being sent.",
    ),
    "erased": Kind(
        410,
        "This was erased",
        "Nothing brings it back. A version that is posted later is one of its own.",
    ),
    "cursor_gone": Kind(
        410,
        "What this cursor leads to is gone",
        "Go on with `next` of the problem: `detail` says what is lost.",
    ),
    # Not the caller's fault
    "database_unavailable": Kind(503, "The database does not answer", "If it lasts, look at PostgreSQL."),
    "overloaded": Kind(
        503,
        "Too many connections or stories at once",
        "If it lasts, look at PostgreSQL, start more servers, or raise `COPYDESK_MAX_CONNECTIONS`.",
    ),
    "too_many_waiting": Kind(
        503,
        "Too many readers wait for events",
        "Ask without `wait`. If it lasts, start more servers, or raise `COPYDESK_MAX_WAITING`.",
    ),
    "stopping": Kind(503, "This server is stopping", "Another server of the service will answer."),
    "internal": Kind(
        500, "copydesk failed", "Its log line `http.failed` with the same `request_id` says where."
    ),
}


class ProblemError(CallerError):
    """A `CallerError` whose document has members beyond the common ones.

    Args:
        code: from `PROBLEMS`.
        detail: one sentence for a person, with the remedy.
        violations: as in `CallerError`.
        headers: as in `CallerError`.
        members: such as `line`, `max_bytes` or `scope`; see `schemas/problem.schema.json`.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        violations: list[dict[str, Any]] | None = None,
        headers: dict[str, str] | None = None,
        **members: str | int,
    ) -> None:
        super().__init__(code, detail, violations=violations or (), headers=headers)
        self.members = members


def document(
    code: str, detail: str, *, instance: str | None = None, members: Mapping[str, object] | None = None
) -> dict[str, Any]:
    """Returns a problem document, valid against `schemas/problem.schema.json`.

    Args:
        code: from `PROBLEMS`.
        detail: one sentence; cut at 2 000 characters.
        instance: the path of the request.
        members: the rest; those that are `None` or empty are left out.

    Raises:
        KeyError: the code is not in the list.
    """
    kind = PROBLEMS[code]
    common = {
        "type": f"urn:copydesk:problem:{code}",
        "title": kind.title,
        "status": kind.status,
        "detail": detail[:_MAX_DETAIL] or kind.title,
        "code": code,
        "instance": instance[:_MAX_INSTANCE] if instance else None,
        **(members or {}),
    }
    return {name: value for name, value in common.items() if value not in (None, [], "")}


def encode(problem: dict[str, Any]) -> bytes:
    """Returns a problem document as JSON; what is no Unicode in a text becomes a question mark."""
    try:
        return orjson.dumps(problem)
    except TypeError:
        return orjson.dumps({**problem, "detail": _printable(problem["detail"])})


def response(problem: dict[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """Returns the reply that carries a problem document."""
    return Response(encode(problem), problem["status"], headers=headers, media_type=MEDIA_TYPE)


def headers(code: str, given: Mapping[str, str] | None = None) -> dict[str, str]:
    """Returns the headers of a problem's reply: those given, and `Retry-After` where time will mend it."""
    retry = (
        {"Retry-After": str(RETRY_SECONDS)} if PROBLEMS[code].status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    )
    return {**retry, **(given or {})}


def instance(scope: Mapping[str, Any]) -> str:
    """Returns the path of an ASGI request, percent-encoded, without its query."""
    raw: bytes | None = scope.get("raw_path")
    return quote(raw if raw is not None else scope["path"], safe="/%:@!$&'()*+,;=~-._")


def _printable(text: str) -> str:
    return text.encode(errors="replace").decode()
