"""docs/reference/problems.md."""

from http import HTTPStatus

from copydesk.web.problems import PROBLEMS
from docs.generate.markdown import code, join, table

INTRODUCTION = """# Problem codes

Every refusal is `application/problem+json` (RFC 9457) with a `code` from this list, a `detail` that names
the remedy, and the `request_id`. A refused document has `violations`, each with `pointer`, `keyword`,
`expected`, `actual` and a `message`; its fields are in [contracts](contracts.md#problem). Codes are stable;
texts are not. All 503s carry `Retry-After`.

Who must act: **caller**: the request has to change. **time**: send it again in a few seconds. **us**:
whoever runs copydesk."""


def page() -> str:
    """Returns the page."""
    rows = [
        (code(name), str(kind.status), kind.title, _who(kind.status), kind.remedy)
        for name, kind in PROBLEMS.items()
    ]
    return join(INTRODUCTION, table(("code", "status", "title", "who acts", "remedy"), rows))


def _who(status: int) -> str:
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return "time"
    return "us" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "caller"
