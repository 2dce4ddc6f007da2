"""What `/docs` says about the routes of ingest."""

from typing import Any, Final

from copydesk.model import RevisionState

_PROBLEMS: Final = ("unauthenticated", "forbidden", "database_unavailable", "overloaded", "stopping")
_BODY_PROBLEMS: Final = (
    "bad_gzip",
    "bad_utf8",
    "bad_json",
    "too_deep",
    "duplicate_key",
    "number_out_of_range",
    "lone_surrogate",
    "nul_character",
    "body_timeout",
    "body_too_large",
    "unsupported_media_type",
    "unsupported_encoding",
    "not_an_object",
    "schema_violation",
)

POST: Final = (
    "Answers 202 once the story is committed: from then on it is never lost. The same source, `uri`, "
    "`version` and content again is answered 200 with the same id; other content 409. A higher `version` "
    "is a correction. The body may be compressed (`Content-Encoding: gzip`)."
)
POST_PROBLEMS: Final = (*_BODY_PROBLEMS, "version_conflict", *_PROBLEMS)

GET: Final = (
    "The trace holds every step of every version: when, how long, by which worker, how it ended; deliveries "
    "included, each attempt's `detail` only if the subscription is your source's. A story of another "
    "source is answered 404."
)
GET_PROBLEMS: Final = ("not_found", "bad_parameter", *_PROBLEMS)

LISTING: Final = "Ask for the next page with `after`, until `next` is null."
LISTING_PROBLEMS: Final = ("bad_parameter", *_PROBLEMS)

_ID: Final = {"type": "string", "format": "uuid"}
_TIME: Final = {"type": "string", "format": "date-time"}
_STATE: Final = {"type": "string", "enum": list(RevisionState)}
_LINKS: Final = {
    "type": "object",
    "description": "Paths: `self` on ingest, `record` on publish.",
    "properties": {"self": {"type": "string"}, "record": {"type": "string"}},
}
_RECEIPT: Final = {
    "type": "object",
    "required": ["id", "version", "state", "links"],
    "properties": {"id": _ID, "version": {"type": "integer"}, "state": _STATE, "links": _LINKS},
}
_SUMMARY: Final[dict[str, Any]] = {
    "id": _ID,
    "uri": {"type": "string"},
    "source": {"type": "string"},
    "version": {"type": "integer"},
    "newest_version": {"type": "integer"},
    "state": _STATE,
    "accepted_at": _TIME,
    "reason": {"type": ["object", "null"], "description": "Why it is quarantined: stage, reason, detail."},
    "links": _LINKS,
}
_STEP: Final = {
    "type": "object",
    "properties": {
        "step": {"type": "string"},
        "version": {"type": "integer"},
        "at": _TIME,
        "duration_ms": {"type": "number"},
        "worker": {"type": "string"},
        "outcome": {"type": "string"},
    },
}
_STORY: Final = {"type": "object", "properties": {**_SUMMARY, "trace": {"type": "array", "items": _STEP}}}
_PAGE: Final = {
    "type": "object",
    "properties": {
        "items": {"type": "array", "items": {"type": "object", "properties": _SUMMARY}},
        "next": {"type": ["string", "null"], "format": "uuid"},
    },
}


def _reply(status: int, description: str, schema: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    return {status: {"description": description, "content": {"application/json": {"schema": schema}}}}


ACCEPTED: Final = {
    **_reply(202, "Committed.", _RECEIPT),
    **_reply(200, "It was there already.", _RECEIPT),
}
STORY: Final = _reply(200, "The story.", _STORY)
PAGE: Final = _reply(200, "One page.", _PAGE)
