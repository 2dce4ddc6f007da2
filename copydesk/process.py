"""How every process of copydesk begins: help, settings, logs, metrics, or one sentence and exit status 2."""

import argparse
import gc
import os
import resource
import socket
import sys
from collections.abc import Callable
from typing import NoReturn

from copydesk import large_pages
from copydesk import settings as configuration
from copydesk.errors import SettingError
from copydesk.settings import Group

WRONG_SETTING = 2
YOUNG_OBJECTS = 10_000
"""Objects made before those that are new are looked through for cycles; Python's own default is 700."""


def begin(program: str, description: str | None, group: type[Group], service: str) -> Group:
    """Answers `--help`, reads the settings and sends logs where they say.

    Args:
        program: how it is started, as in `python -m services.ingest`.
        description: what `--help` teaches.
        group: the settings that it reads.
        service: the name that its log lines bear.

    Raises:
        SystemExit: with status 0 after `--help`, 2 for a wrong or unknown setting.
    """
    argparse.ArgumentParser(
        prog=program, description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    try:
        settings = configuration.load(group)
    except SettingError as error:
        refuse(error)
    from copydesk import logs

    logs.configure(settings, service)
    return settings


def identity() -> str:
    """Returns how this process signs what it does: host and process id."""
    return f"{socket.gethostname()}:{os.getpid()}"


def settle_in() -> None:
    """Takes what a process has loaded by now out of what is looked through for cycles, and looks less often.

    What is loaded lies in large pages of memory afterwards, where there are any. Call it once what stays for
    good is there; and before a fork, since what is not looked through stays shared with the children. Safe to
    call twice.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 20)
    large_pages.gather()


def open_files(wanted: int) -> int:
    """Lets this process have so many files open at once, sockets included, or as many as the system permits.

    Returns:
        How many it may have open now; fewer than `wanted` where the hard limit is lower.
    """
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    if now != resource.RLIM_INFINITY and now < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))
        return allowed
    return wanted if now == resource.RLIM_INFINITY else now


def serve_metrics(settings: Group, field: str) -> Callable[[], None]:
    """Serves `/metrics` on the port that a setting names. Returns a function that stops it.

    Raises:
        SystemExit: with status 2 where the port is taken.
    """
    from copydesk import metrics

    port: int = getattr(settings, field)
    try:
        return metrics.serve(port, settings.host)
    except OSError as error:
        refuse_port(configuration.variable(type(settings), field), port, settings.host, error)


def refuse_port(name: str, port: int, host: str, error: OSError) -> NoReturn:
    """Ends a process that cannot listen where two settings say.

    Args:
        name: the setting of the port.
        port: what it says.
        host: what COPYDESK_HOST says.
        error: why it cannot.

    Raises:
        SystemExit: always, with status 2.
    """
    number = error.errno or 0
    why = os.strerror(number) if number > 0 else error.strerror  # a name that leads nowhere has none
    refuse(
        f"{name}: port {port} cannot be used on {host} ({why}); choose another port, or correct"
        f" {configuration.PREFIX}HOST."
    )


def refuse(reason: object) -> NoReturn:
    """Ends a process that cannot start.

    Raises:
        SystemExit: always, with status 2.
    """
    print(reason, file=sys.stderr)  # noqa: T201 - for the person who starts it
    raise SystemExit(WRONG_SETTING)
