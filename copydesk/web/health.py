"""Whether a service is alive, whether what it stands on is there, and what it counts."""

from collections.abc import Callable, Mapping
from typing import Final

import anyio
import structlog
from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter
from starlette.responses import Response

from copydesk import metrics
from copydesk.errors import CopydeskError, SchemaError
from copydesk.model import VERSION
from copydesk.web import replies

CHECK_SECONDS: Final = 2.0
_MAX_THREADS: Final = 8  # checks that hang hold a thread each: never more than these

Check = Callable[[], object]
log = structlog.get_logger(__name__)


def router(service: str, checks: Mapping[str, Check]) -> APIRouter:
    """Returns the routes that operators ask. Source of the names: Mozilla's Dockerflow.

    Args:
        service: the name of the service.
        checks: what it stands on → a function that raises where that is away; it may block.
    """
    routes = APIRouter(include_in_schema=False)
    threads = CapacityLimiter(_MAX_THREADS)

    @routes.api_route("/__lbheartbeat__", methods=["GET", "HEAD"])
    async def alive() -> Response:
        return replies.json({"status": "ok"})

    @routes.api_route("/__heartbeat__", methods=["GET", "HEAD"])
    async def ready() -> Response:
        results = await run_checks(checks, threads)
        down = [name for name, result in results.items() if result != "ok"]
        body = {"status": "down" if down else "ok", "down": down, "checks": results}
        return replies.json(body, 503 if down else 200)

    @routes.get("/__version__")
    async def version() -> Response:
        return replies.json({"name": "copydesk", "version": VERSION, "service": service})

    @routes.get("/metrics")
    def counts() -> Response:
        return Response(metrics.render(), headers={"Content-Type": metrics.CONTENT_TYPE})

    return routes


async def run_checks(checks: Mapping[str, Check], threads: CapacityLimiter) -> dict[str, str]:
    """Returns what came of each check; all run at once, `CHECK_SECONDS` at the most.

    That is `ok`, `unmigrated` for a database that lacks a migration, `down`, or `timeout`.
    """
    results = dict.fromkeys(checks, "timeout")

    async def run(name: str, check: Check) -> None:
        with anyio.move_on_after(CHECK_SECONDS):
            results[name] = await to_thread.run_sync(
                _result, name, check, limiter=threads, abandon_on_cancel=True
            )

    async with anyio.create_task_group() as group:
        for name, check in checks.items():
            group.start_soon(run, name, check)
    return results


def _result(name: str, check: Check) -> str:
    try:
        check()
    except Exception as error:  # noqa: BLE001 - whatever it is, what the service stands on is not there
        reason = {"reason": str(error)} if isinstance(error, CopydeskError) else {}
        log.warning("health.down", check=name, error=type(error).__name__, **reason)
        return "unmigrated" if isinstance(error, SchemaError) else "down"
    return "ok"
