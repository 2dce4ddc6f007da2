"""Checks of the room where data lies, as far as this machine can see it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from services.cli.checks.finding import Finding, Result
from services.embedded.home import default_directory

WARN, FAIL = 0.15, 0.05  # free, of the whole
FAIL_BYTES = 1 << 30


def rooms(data_directory: Path | None) -> Iterator[Finding]:
    """Checks every disk of this machine where data lies.

    Args:
        data_directory: that of PostgreSQL, where it is on this machine and known.
    """
    places = [place for place in (default_directory(), data_directory) if place and _is_there(place)]
    for place in {place.stat().st_dev: place for place in places}.values():
        found = shutil.disk_usage(place)
        yield room(place, found.total, found.free)
    if not places:
        yield Finding("disk", Result.OK, "no data can be seen from here; watch the disk of PostgreSQL")


def _is_there(place: Path) -> bool:
    try:
        place.stat()
    except OSError:
        return False
    return True


def room(place: Path, total: int, free: int) -> Finding:
    """Judges the room on one disk, in bytes."""
    said = f"{free / (1 << 30):.1f} of {total / (1 << 30):.1f} GiB free at {place}"
    mend = "Free room, enlarge the disk, or let old stories go: COPYDESK_RETAIN_STORIES_DAYS and its like."
    if free < FAIL_BYTES or free < FAIL * total:
        return Finding("disk", Result.FAIL, said, mend)
    if free < WARN * total:
        return Finding("disk", Result.WARN, said, mend)
    return Finding("disk", Result.OK, said)
