"""The commands of copydesk and their environment: what docker-compose.yml says, for one machine."""

import errno
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from copydesk import settings, spelling
from services.embedded.child import Command
from services.embedded.home import SECRETS_KEY
from services.embedded.ports import HOST, fault, free_port
from services.embedded.server import ServerError
from services.publish import addresses

# A process that serves metrics → its setting. Two of a kind cannot share a port: only the first has it.
METRICS = {
    "enrich": ("COPYDESK_WORKER_METRICS_PORT", 9101),
    "sweep": ("COPYDESK_SWEEP_METRICS_PORT", 9102),
    "dispatcher": ("COPYDESK_DISPATCHER_METRICS_PORT", 9103),
}
ENRICH_GRACE_SECONDS = 30.0  # longer than one story may take
HERE = {  # what subscriptions may name where people try things out
    "COPYDESK_ALLOW_CIDR": tuple(map(str, addresses.LOOPBACK)),
    "COPYDESK_ALLOW_PORTS": (f"{spelling.FIRST_HIGH_PORT}-65535",),
}


@dataclass(frozen=True, slots=True)
class Options:
    """What the person who starts copydesk chose.

    Args:
        data: the data directory.
        ingest_port: 0 picks a free one.
        publish_port: 0 picks a free one.
        workers: processes of enrich.
        dispatchers: processes of publish that send.
        once: end as soon as the sample came through.
        sample: post a sample story at all.
        allow_cidr: address blocks that subscriptions may name, besides this machine.
    """

    data: Path
    ingest_port: int = 8000
    publish_port: int = 8001
    workers: int = 1
    dispatchers: int = 1
    once: bool = False
    sample: bool = True
    allow_cidr: tuple[str, ...] = ()


def check_settings(environment: Mapping[str, str] = os.environ) -> None:
    """Reads every group of settings as the commands will.

    Raises:
        SettingError: one is wrong or unknown; says which, why, and gives an example.
    """
    for group in settings.GROUPS:
        settings.load_partly(group, environment)


def choose_port(port: int, option: str, host: str = HOST) -> int:
    """Returns the port, or a free one for 0.

    Raises:
        ServerError: another program has it, or the address is not of this machine; names what changes it.
    """
    if not port:
        return free_port()
    found = fault(port, host)
    if found is None:
        return port
    if found.errno == errno.EADDRINUSE:
        raise ServerError(f"Port {port} is taken by another program: stop that, or choose with {option}.")
    raise ServerError(
        f"Port {port} cannot be used on {host} ({found.strerror}):"
        f" choose with {option}, or correct COPYDESK_HOST."
    )


def local_url(host: str, port: int) -> str:
    """Returns the URL at which this machine reaches a service that listens on `host`."""
    reached = {"0.0.0.0": HOST, "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{reached}:{port}"


def reach(options: Options, environment: Mapping[str, str]) -> dict[str, str]:
    """Returns the settings that let subscriptions name this machine, where people try things out.

    They are the one difference to production, which calls public addresses over TLS unless it is told more.
    What the person set is added to.
    """

    def joined(variable: str, *more: str) -> str:
        return ",".join(filter(None, (*more, environment.get(variable), *HERE[variable])))

    return {
        "COPYDESK_ALLOW_CIDR": joined("COPYDESK_ALLOW_CIDR", *options.allow_cidr),
        "COPYDESK_ALLOW_PORTS": joined("COPYDESK_ALLOW_PORTS"),
        "COPYDESK_ALLOW_HTTP": environment.get("COPYDESK_ALLOW_HTTP", "true"),
    }


def commands(options: Options, environment: Mapping[str, str]) -> list[Command]:
    """Returns what to run, in the order in which it is stopped: who takes work in goes first.

    Args:
        options: how many of each, and their ports.
        environment: holds DATABASE_URL, BROKER_URL, COPYDESK_SECRETS_KEY, and every setting of the person.
    """
    host = environment.get("COPYDESK_HOST", HOST)
    hidden = {*settings.COMMAND_LINE, SECRETS_KEY}  # from those who need it not
    base = {
        "COPYDESK_LOG_FORMAT": "text",
        **{name: value for name, value in environment.items() if name not in hidden},
        **reach(options, environment),
        "COPYDESK_INGEST_PORT": str(options.ingest_port),
        "COPYDESK_PUBLISH_PORT": str(options.publish_port),
        "PYTHONUNBUFFERED": "1",
        "PYTHONSAFEPATH": "1",  # a directory `services` where the person stands is not ours
    }
    ingest = f"{local_url(host, options.ingest_port)}/__heartbeat__"
    publish = f"{local_url(host, options.publish_port)}/__heartbeat__"
    trusted = {**base, SECRETS_KEY: environment.get(SECRETS_KEY, "")}
    return [
        _command("ingest", "services.ingest", base, heartbeat=ingest),
        *_several("enrich", "services.enrich", base, options.workers, ENRICH_GRACE_SECONDS),
        *_several("sweep", "services.enrich.sweep", base, 1),
        _command("publish", "services.publish", trusted, heartbeat=publish),
        *_several("dispatcher", "services.publish.dispatcher", trusted, options.dispatchers),
    ]


def _several(
    kind: str, module: str, base: Mapping[str, str], count: int, grace_seconds: float = 20.0
) -> list[Command]:
    variable, usual = METRICS[kind]
    made = []
    for number in range(1, count + 1):
        port = base.get(variable, str(usual)) if number == 1 else "0"
        name = kind if count == 1 else f"{kind}-{number}"
        one = _command(name, module, {**base, variable: port}, grace_seconds=grace_seconds)
        made.append(one if variable in base else replace(one, spare=(variable,)))
    return made


def _command(
    name: str,
    module: str,
    environment: Mapping[str, str],
    *,
    grace_seconds: float = 25.0,
    heartbeat: str | None = None,
) -> Command:
    argv = (sys.executable, "-m", module)
    return Command(name, argv, environment, grace_seconds, heartbeat)
