"""Checks of what is installed and set on this machine: Python, settings, catalogue, model."""

import os
import platform
from pathlib import Path

from copydesk import settings
from copydesk.errors import SettingError
from services.cli.checks.finding import Finding, Result

OLDEST_PYTHON = (3, 11)


def python(version: tuple[int, ...]) -> Finding:
    """Judges the version of the interpreter that runs every process."""
    if version < OLDEST_PYTHON:
        said = f"{platform.python_version()} is too old"
        return Finding("Python", Result.FAIL, said, "Install Python 3.11 or newer.")
    return Finding("Python", Result.OK, platform.python_version())


def configured(group: type[settings.Group]) -> settings.Group:
    """Reads a group of settings; a URL or key that is not set is for another check to miss.

    Raises:
        SettingError: one is wrong or unknown.
    """
    return settings.load_partly(group, os.environ)


def configuration() -> list[Finding]:
    """Reads every group of settings as the processes will."""
    lines: dict[str, None] = {}
    for group in settings.GROUPS:
        try:
            configured(group)
        except SettingError as error:
            lines |= dict.fromkeys(str(error).splitlines())
    if not lines:
        return [Finding("settings", Result.OK, "valid")]
    mend = "Correct or unset it; `copydesk settings` lists all."
    return [Finding("settings", Result.FAIL, line, mend) for line in lines]


def reach() -> Finding | None:
    """Says which endpoints dispatchers with these settings call; warns of what should not be among them."""
    from services.publish import addresses, endpoints

    try:
        found = configured(settings.DispatcherSettings)
    except SettingError:
        return None  # the check of the settings says so
    policy = endpoints.policy(found)
    leaks = [each for each in addresses.METADATA if addresses.block(each, policy.opened) is None]
    if leaks:
        mend = "Open only the networks that your endpoints are in: narrow COPYDESK_ALLOW_CIDR."
        said = f"{', '.join(map(str, leaks))} may be called, where clouds hand out credentials"
        return Finding("endpoints", Result.WARN, said, mend)
    through = ", through a proxy, which judges what names lead to" if found.proxy else ""
    return Finding("endpoints", Result.OK, f"{policy}{through}")


def model() -> Finding:
    """Loads the tagging model as a worker will."""
    from services.enrich.actors.model import ModelError, shipped

    try:
        found = shipped()
    except ModelError as error:
        return Finding("model", Result.FAIL, str(error), "Reinstall copydesk.")
    return Finding("model", Result.OK, f"version {found.version}")


def catalogue() -> Finding:
    """Loads the catalogue as a worker will."""
    from services.enrich.catalogue import CatalogueError, load

    own = os.environ.get("COPYDESK_CATALOGUE")
    try:
        found = load(Path(own) if own else None)
    except CatalogueError as error:
        mend = "Correct the file, or unset COPYDESK_CATALOGUE to use the built-in one."
        return Finding("catalogue", Result.FAIL, str(error), mend)
    return Finding("catalogue", Result.OK, f"version {found.version}, {len(found.entries)} actors")
