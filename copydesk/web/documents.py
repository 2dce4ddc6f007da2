"""The document in a request: read, parsed and held against its contract."""

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from copydesk import contracts
from copydesk.settings import WebSettings
from copydesk.web import body, strict_json
from copydesk.web.problems import ProblemError


async def read(
    request: Request, settings: WebSettings, contract: str, *, part: str | None = None
) -> dict[str, Any]:
    """Returns the request's JSON object, valid, with the contract's defaults filled in.

    Raises:
        ProblemError: whatever is wrong with the body; `schema_violation` names every violation.
    """
    data = await body.read(request, settings)
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
    return document if part else contracts.with_defaults(contract, document)
