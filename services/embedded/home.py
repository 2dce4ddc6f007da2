"""The data directory of `copydesk up`: where it lies, who holds it, and what it tells other commands."""

import contextlib
import fcntl
import os
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from services.embedded.binaries import SYSTEM_DIRECTORY, make_open
from services.embedded.server import ServerError

SECRETS_KEY = "COPYDESK_SECRETS_KEY"


def default_directory(environment: Mapping[str, str] = os.environ) -> Path:
    """Returns the data directory: COPYDESK_DATA, else the user's; as root the system's."""
    if chosen := environment.get("COPYDESK_DATA"):
        return Path(chosen).expanduser().absolute()
    if os.geteuid() == 0:
        return SYSTEM_DIRECTORY
    base = environment.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base).expanduser().absolute() / "copydesk"


def make_directory(directory: Path) -> None:
    """Makes a data directory: as private as the user's umask says; as root, open to the server."""
    if os.geteuid() == 0:
        make_open(directory)
    else:
        directory.mkdir(parents=True, exist_ok=True)


class Home:
    """The files of one data directory.

    Args:
        directory: made when it is first held.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory.absolute()
        self.postgres = self.directory / "postgres"
        self.redis = self.directory / "redis"
        self._key = self.directory / "key"
        self._secrets_key = self.directory / "secrets-key"
        self._environment = self.directory / "environment"
        self._lock = self.directory / "lock"

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        """Keeps every other `copydesk up` away until the block, or this process, ends.

        Raises:
            ServerError: somebody holds it, or it cannot be made; says who or why.
        """
        try:
            make_directory(self.directory)
            handle = self._lock.open("a+")
        except OSError as error:
            raise ServerError(
                f"{self.directory} cannot be used ({error.strerror}). Choose another place with --data."
            ) from None
        with handle:
            if not _locked(handle.fileno()):
                handle.seek(0)
                raise ServerError(
                    f"copydesk is already running on {self.directory}, as process {handle.read().strip()}."
                    " Stop that one, or give this one a --data of its own."
                )
            handle.truncate(0)
            handle.write(str(os.getpid()))
            handle.flush()
            try:
                yield
            finally:
                self._environment.unlink(missing_ok=True)
                handle.truncate(0)

    def key(self) -> str | None:
        """Returns the API key of this machine, if there is one that we may read."""
        return _read(self._key)

    def keep_key(self, token: str) -> Path:
        """Stores the API key for the commands of this user alone; returns where."""
        _write_private(self._key, f"{token}\n")
        return self._key

    def secrets_key(self) -> str | None:
        """Returns what encrypts the secrets of subscriptions, if there is one that we may read."""
        return _read(self._secrets_key)

    def keep_secrets_key(self, key: str) -> None:
        """Stores what encrypts the secrets of subscriptions, for this user alone."""
        _write_private(self._secrets_key, f"{key}\n")

    def environment(self) -> dict[str, str]:
        """Returns what the running `copydesk up` published; empty when none runs, or not for us."""
        lines = shlex.split(_read(self._environment) or "")
        return dict(line.split("=", 1) for line in lines)

    def keep_environment(self, values: Mapping[str, str]) -> Path:
        """Publishes variables for other commands of this user, as lines that a shell can read."""
        text = "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())
        _write_private(self._environment, text)
        return self._environment


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(path: Path) -> str | None:
    try:
        return path.read_text().strip() or None
    except OSError:
        return None


def _write_private(path: Path, text: str) -> None:
    """Replaces a file in one step; no other user can read it at any moment."""
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as output:
        output.write(text)
    draft.replace(path)
