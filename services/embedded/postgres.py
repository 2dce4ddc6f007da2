"""A real PostgreSQL 18 for one machine, on a private unix socket, from the binaries of a wheel.

The wheel's own way to start is not used: it leaves a daemon behind, keeps lists of process ids, and as root
opens every parent directory of the data and of the virtual environment to everyone.
"""

import hashlib
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from services.embedded.account import check_entry, own, server_user
from services.embedded.binaries import postgres_directory, reachable_postgres_directory
from services.embedded.server import POLL_SECONDS, Server, ServerError, environment

MAJOR = "18"
SOCKET_BYTES = 100  # a longer path does not fit into sockaddr_un everywhere
CRASH_SECONDS = 10.0  # how long the last backends of a killed server may take to notice
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "64MB",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}


class Postgres(Server):
    """A PostgreSQL server whose data lies in one directory.

    Args:
        data: the data directory; made at the first start, kept after.
        fsync: off is faster and loses data at a power cut: for tests.
    """

    def __init__(self, data: Path, *, fsync: bool = True) -> None:
        super().__init__(
            "PostgreSQL",
            data.with_name(f"{data.name}.log"),
            stop_signal=signal.SIGINT,  # fast shutdown: ends sessions, writes a checkpoint
            user=server_user(),
        )
        self.data = data.absolute()
        self._fsync = fsync

    def start(self) -> None:
        """Starts the server and returns once it answers; ends one left over from a killed run first.

        Raises:
            ServerError: it did not start within 60 s, or the data is not for PostgreSQL 18.
        """
        self.data.parent.mkdir(parents=True, exist_ok=True)
        check_entry(self.data.parent, self.user)
        self._check_version()
        self._end_leftover()
        if not self.data.exists():
            self._initialise()
        self._await_last_backends()

    def url(self, database: str = "postgres") -> str:
        """Returns the URL of one database."""
        return f"postgresql://postgres@/{quote(database)}?host={quote(str(self.socket_directory), safe='/')}"

    def create_database(self, name: str, template: str = "template1") -> str:
        """Makes a database, a copy of `template`, and returns its URL."""
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self._execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Removes a database with everything in it, sessions included; twice is fine."""
        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        self._execute(statement.format(sql.Identifier(name)))

    def has_database(self, name: str) -> bool:
        """Whether there is a database of this name."""
        with psycopg.connect(self.url()) as connection:
            query = "SELECT 1 FROM pg_database WHERE datname = %s"
            return connection.execute(query, [name]).fetchone() is not None

    @property
    def socket_directory(self) -> Path:
        """Where the socket lies: in the data directory, or where its path is short enough."""
        if len(os.fsencode(self.data / ".s.PGSQL.5432")) <= SOCKET_BYTES:
            return self.data
        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"copydesk-{digest}"

    @property
    def _binaries(self) -> Path:
        return (postgres_directory() if self.user is None else reachable_postgres_directory()) / "bin"

    def _check_version(self) -> None:
        mark = self.data / "PG_VERSION"
        if mark.exists() and (found := mark.read_text().strip()) != MAJOR:
            raise ServerError(
                f"{self.data} holds data of PostgreSQL {found}, and this copydesk brings PostgreSQL {MAJOR}."
                f" Move it with pg_dump and pg_restore, or begin anew with another --data."
            )

    def _end_leftover(self) -> None:
        """Ends a server that still holds this data directory, if there is one."""
        if (self.data / "postmaster.pid").exists():
            argv = [self._binaries / "pg_ctl", "stop", "-D", self.data, "-m", "fast", "-t", "30"]
            self._run([str(part) for part in argv])  # fails when the file is stale, which is fine

    def _initialise(self) -> None:
        """Makes the data directory, seen whole or not at all."""
        draft = self.data.with_name(f"{self.data.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        own(draft, self.user)
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]  # needs no OS locale
        options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", *locale, "--no-instructions"]
        sync = [] if self._fsync else ["--no-sync"]
        done = self._run([str(self._binaries / "initdb"), "-D", str(draft), *options, *sync])
        if done.returncode:
            raise ServerError(f"PostgreSQL could not make {self.data}: {done.stdout.strip()}")
        draft.rename(self.data)

    def _await_last_backends(self) -> None:
        """Launches, again while backends of a killed server still hold the shared memory."""
        deadline = time.monotonic() + CRASH_SECONDS
        while True:
            self._launch()
            try:
                return self.wait_until(self._answers)
            except ServerError as error:
                if "shared memory block" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(POLL_SECONDS)

    def _launch(self) -> None:
        self._prepare_socket_directory()
        settings = {
            **SETTINGS,
            "unix_socket_directories": str(self.socket_directory),
            "fsync": "on" if self._fsync else "off",
            "synchronous_commit": "on" if self._fsync else "off",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        argv = [str(self._binaries / "postgres"), "-D", str(self.data), *options]
        self.launch(argv, directory=self.data)

    def _prepare_socket_directory(self) -> None:
        """Makes a short socket directory if one is needed; refuses one that somebody else put there."""
        directory = self.socket_directory
        if directory == self.data:
            return
        if not os.path.lexists(directory):
            directory.mkdir(mode=0o700)
            own(directory, self.user)
        found = directory.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != self.data.stat().st_uid:
            raise ServerError(f"{directory} belongs to somebody else: remove it, or choose a shorter --data.")

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, argv: list[str]) -> subprocess.CompletedProcess[str]:
        """Runs one of PostgreSQL's programs to its end, as its user."""
        return subprocess.run(  # noqa: S603 - our own command line
            argv,
            cwd=self.data.parent,
            env=environment(),
            user=self.user,
            group=self.user,
            extra_groups=None if self.user is None else [],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,  # Ctrl-C is for us to hear
            check=False,
        )

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement)
