"""The application that both HTTP services begin with."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from http import HTTPStatus
from typing import Final

import structlog
from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from copydesk.errors import CallerError, OutageError
from copydesk.model import VERSION
from copydesk.web import health, manual, openapi, problems, schemas
from copydesk.web.auth import Remembered
from copydesk.web.direct import Application
from copydesk.web.requests import RequestMiddleware

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]

_HTTP_CODES: Final = {
    HTTPStatus.NOT_FOUND: ("not_found", "No route has this path; see /docs."),
    HTTPStatus.METHOD_NOT_ALLOWED: ("method_not_allowed", "Use one of the methods in Allow."),
}

log = structlog.get_logger(__name__)


def create(  # noqa: PLR0913 - an application has these parts
    service: str,
    *,
    description: str,
    checks: Mapping[str, health.Check],
    documented: tuple[str, ...],
    routes: APIRouter,
    lifespan: Lifespan | None = None,
) -> FastAPI:
    """Returns an application with a service's routes, health, contracts, documentation and problems.

    Args:
        service: its name in logs, metrics and `/__version__`.
        description: one paragraph for `/docs`.
        checks: what `/__heartbeat__` asks.
        documented: contracts that its OpenAPI names; `problem` is always there.
        routes: the service's own; tried first, because that is what most requests are for. A `DirectRoute`
            among them is served directly.
        lifespan: what is made before the first request and closed after the last.
    """
    app = Application(
        title=f"copydesk {service}",
        version=VERSION,
        description=description,
        redirect_slashes=False,
        docs_url=None,  # FastAPI's fetches its scripts from elsewhere
        redoc_url=None,
        lifespan=lifespan,
        exception_handlers={
            CallerError: _caller_error,
            OutageError: _outage,
            HTTPException: _http_error,
            RequestValidationError: _bad_parameters,
        },
    )
    app.state.callers = Remembered()
    app.add_middleware(RequestMiddleware, service=service)
    app.include_router(routes)
    app.serve_directly(routes.routes, service)
    app.include_router(health.router(service, checks))
    app.include_router(schemas.router())
    named = (*documented, "problem")
    openapi.install(app, named)
    app.include_router(manual.router(named))
    return app


async def _caller_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, CallerError)  # noqa: S101 - the type it is registered for
    members = getattr(error, "members", {})
    return _problem(request, error.code, error.detail, error.headers, violations=error.violations, **members)


async def _outage(request: Request, error: Exception) -> Response:
    log.warning("http.outage", reason=str(error))
    return _problem(
        request, "database_unavailable", "Send the request again in a few seconds: twice is safe."
    )


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - the type it is registered for
    status = HTTPStatus(error.status_code)
    code, detail = _HTTP_CODES.get(status, ("bad_request", "The request cannot be served."))
    headers = {name.title(): value for name, value in (error.headers or {}).items()}
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        headers |= _allow(request)
    return _problem(request, code, detail, headers)


def _allow(request: Request) -> dict[str, str]:
    """Returns every method of the path: the router names only those of the first route that has it."""
    path = getattr(request.scope.get("route"), "path", None)
    methods = request.app.openapi()["paths"].get(path, {})
    return {"Allow": ", ".join(sorted(methods)).upper()} if methods else {}


async def _bad_parameters(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - the type it is registered for
    faults = [f"{fault['loc'][-1]}: {fault['msg']}" for fault in error.errors()]
    return _problem(request, "bad_parameter", "; ".join(faults) + ".")


def _problem(
    request: Request, code: str, detail: str, headers: Mapping[str, str] | None = None, **members: object
) -> Response:
    state = request.scope["state"]
    state["problem"] = code
    problem = problems.document(
        code,
        detail,
        instance=problems.instance(request.scope),
        members={"request_id": state.get("request_id"), **members},
    )
    return problems.response(problem, problems.headers(code, headers))
