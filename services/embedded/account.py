"""The system user that PostgreSQL runs as when copydesk runs as root, because PostgreSQL refuses root."""

import os
import pwd
import subprocess
import time
from pathlib import Path

from services.embedded.binaries import is_reachable
from services.embedded.server import ServerError

USER = "copydesk"
RACE_SECONDS = 5.0


def server_user() -> str | None:
    """Returns the user for PostgreSQL: None when we are not root, else `copydesk`, made if missing.

    Raises:
        ServerError: the user could not be made.
    """
    if os.geteuid() != 0:
        return None
    deadline = time.monotonic() + RACE_SECONDS
    while not _exists():
        fault = _create()
        if not _exists() and time.monotonic() > deadline:
            raise ServerError(
                f"PostgreSQL refuses to run as root, and the system user {USER} could not be made ({fault})."
                f" Make it yourself, run copydesk as another user, or set DATABASE_URL."
            )
    return USER


def own(path: Path, user: str | None) -> None:
    """Gives a directory to `user` (None: keep it) and closes it to all others."""
    path.chmod(0o700)
    if user is not None:
        entry = pwd.getpwnam(user)
        os.chown(path, entry.pw_uid, entry.pw_gid)


def check_entry(path: Path, user: str | None) -> None:
    """Refuses a directory that `user` could not reach, since its parents are not ours to open.

    Raises:
        ServerError: names the directory and the remedy.
    """
    if user is not None and not is_reachable(path):
        raise ServerError(
            f"PostgreSQL refuses to run as root, and its user {user} cannot enter {path}."
            " Choose another place with --data, or leave it out for /var/lib/copydesk."
        )


def _exists() -> bool:
    try:
        pwd.getpwnam(USER)
    except KeyError:
        return False
    return True


def _create() -> str:
    """Tries to make the user; returns what went wrong, if anything. Another process may be faster."""
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", USER]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    except OSError as error:
        return str(error)
    return done.stderr.strip()
