"""Routes that are served directly, past FastAPI's dependencies, which cost more than what the route does."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from copydesk.web.requests import RequestMiddleware

_NAMES: Final = ("request", "caller")


class DirectRoute(APIRoute):
    """A route of a fixed path whose endpoint takes `request` and `caller`, whom `require` finds, and no more.

    It is documented like any other, and answers the same: only what stands between is left out.

    Raises:
        TypeError: the endpoint takes something else.
    """

    def __init__(self, path: str, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - FastAPI's own
        super().__init__(path, *arguments, **options)
        takes = self.dependant
        names = (takes.request_param_name, *(each.name for each in takes.dependencies))
        others = takes.path_params + takes.query_params + takes.header_params + takes.cookie_params
        if names != _NAMES or others or takes.body_params:
            raise TypeError(f"{path}: the endpoint of a direct route takes request and caller, and no more")
        self._caller = takes.dependencies[0].call

    async def reply(self, request: Request) -> Response:
        """Returns what the endpoint answers to the caller.

        Raises:
            CallerError: what `require` and the endpoint raise.
            OutageError: the same.
        """
        assert self._caller is not None  # noqa: S101 - a dependency is called
        caller = await self._caller(request, None)
        answered: Response = await self.endpoint(request, caller)
        return answered


class Application(FastAPI):
    """A FastAPI application that serves its direct routes by itself.

    What such a route raises is told by the application's handlers, as everywhere.
    """

    def serve_directly(self, routes: Iterable[object], service: str) -> None:
        """Serves those of these routes that are direct ones, which are also among the application's own."""
        found = [route for route in routes if isinstance(route, DirectRoute)]
        self._direct: Mapping[tuple[str, str], DirectRoute] = {
            (method, route.path): route for route in found for method in route.methods or ()
        }
        self._serve = RequestMiddleware(self._answer, service)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request, or the life of the application."""
        route = self._direct.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        if route is None:
            await super().__call__(scope, receive, send)
            return
        scope["app"] = self
        scope["route"] = route
        await self._serve(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        try:
            response = await scope["route"].reply(request)
        except Exception as error:
            handler: Any = self._handler(error)
            if handler is None:
                raise
            response = await handler(request, error)
        await response(scope, receive, send)

    def _handler(self, error: Exception) -> object:
        known = (self.exception_handlers.get(kind) for kind in type(error).__mro__)
        return next((handler for handler in known if handler is not None), None)
