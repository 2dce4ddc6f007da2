"""Checks of the ports of this machine, and of the services that answer on them."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator

from copydesk import settings
from copydesk.errors import SettingError
from copydesk.settings import DispatcherSettings, EnrichSettings, IngestSettings, PublishSettings, Settings
from services.cli import target
from services.cli.checks.finding import Finding, Result
from services.cli.checks.installation import configured
from services.embedded.commands import local_url
from services.embedded.ports import is_free

ANSWER_SECONDS = 3.0
ANSWER_BYTES = 1 << 20
PORTS: tuple[tuple[str, type[Settings], str], ...] = (
    ("ingest", IngestSettings, "ingest_port"),
    ("publish", PublishSettings, "publish_port"),
    ("worker's metrics", EnrichSettings, "worker_metrics_port"),
    ("sweep's metrics", EnrichSettings, "sweep_metrics_port"),
    ("dispatcher's metrics", DispatcherSettings, "dispatcher_metrics_port"),
)


def ports() -> Iterator[Finding]:
    """Checks that each port is free, or that copydesk answers there; and services that are elsewhere."""
    for name, group, field in PORTS:
        try:
            found = configured(group)
        except SettingError:
            continue  # the check of the settings says so
        yield port(name, found.host, getattr(found, field), settings.variable(group, field))
    for name, variable in (("ingest", "COPYDESK_INGEST_URL"), ("publish", "COPYDESK_PUBLISH_URL")):
        url = target.address(variable, None)
        if url != target.ADDRESSES[variable]:
            yield service(name, url)


def port(name: str, host: str, number: int, variable: str) -> Finding:
    """Checks one port of this machine."""
    check = f"port {number} ({name})"
    if number == 0:
        return Finding(check, Result.OK, "turned off")
    if is_free(number, host):
        return Finding(check, Result.OK, "free")
    answer = _get(f"{local_url(host, number)}/metrics")
    if answer and "copydesk_" in answer[1]:
        return Finding(check, Result.OK, "copydesk answers")
    mend = f"Stop the other program, or choose another port with {variable}."
    return Finding(check, Result.FAIL, "another program has it", mend)


def service(name: str, url: str) -> Finding:
    """Asks a service that somebody said is at `url` whether it works."""
    answer = _get(f"{url.rstrip('/')}/__heartbeat__")
    if answer is None:
        return Finding(name, Result.FAIL, f"nothing answers at {url}", "Start it, or correct the URL.")
    if answer[0] != 200:  # noqa: PLR2004 - OK
        mend = "Bring back what is down; the other checks say more."
        return Finding(name, Result.FAIL, f"{url} says that it lacks {_down(answer[1])}", mend)
    return Finding(name, Result.OK, f"answers at {url}")


def _down(heartbeat: str) -> str:
    try:
        return ", ".join(json.loads(heartbeat)["down"])
    except (ValueError, TypeError, KeyError):
        return "something"


def _get(url: str) -> tuple[int, str] | None:
    """Returns status and text that a URL answers; `None` where nothing answers."""
    try:
        with urllib.request.urlopen(url, timeout=ANSWER_SECONDS) as reply:  # noqa: S310 - ours, or as told
            return int(reply.status), _text(reply.read(ANSWER_BYTES))
    except urllib.error.HTTPError as error:
        with error:
            return error.code, _text(error.read(ANSWER_BYTES))
    except (OSError, ValueError):
        return None


def _text(data: bytes) -> str:
    return data.decode(errors="replace")
