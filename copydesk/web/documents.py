"""The document in a request: read, parsed and held against its contract."""

from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from copydesk import contracts
from copydesk.settings import WebSettings
from copydesk.web import body, strict_json
from copydesk.web.problems import ProblemError

SMALL_BYTES: Final = 64 * 1024


async def read(
    request: Request, settings: WebSettings, contract: str, *, part: str | None = None
) -> dict[str, Any]:
    """Returns the request's JSON object, valid, with the contract's defaults filled in.

    What is small and valid is read at once, which takes less than to ask a thread for it; finding out what
    is wrong may take long, so a thread does that.

    Raises:
        ProblemError: whatever is wrong with the body; `schema_violation` names every violation.
    """
    data = await body.read(request, settings)
    document = strict_json.parse(data) if len(data) <= SMALL_BYTES else None
    if document is not None and contracts.passes(contract, document, part=part):
        return _complete(document, contract, part)
    return await run_in_threadpool(validate, data, contract, part)


def validate(data: bytes, contract: str, part: str | None = None) -> dict[str, Any]:
    """Returns the JSON object in `data`, valid, with the contract's defaults (not those of a part).

    Raises:
        ProblemError: it is not strict JSON, or breaks the contract.
    """
    document = strict_json.parse(data)
    found = contracts.violations(contract, document, part=part)
    if found:
        raise ProblemError(
            "schema_violation",
            f"The document breaks its contract in {len(found)} place{'s' if len(found) > 1 else ''};"
            f" see violations, and /schemas/{contract}.",
            violations=[violation.as_dict() for violation in found],
        )
    return _complete(document, contract, part)


def _complete(document: dict[str, Any], contract: str, part: str | None) -> dict[str, Any]:
    return document if part else contracts.with_defaults(contract, document)
