"""`make run` in a copy of the checkout, as the reader of a page has it running."""

import contextlib
import itertools
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import text

from copydesk.model import EventType, Scope, new_id
from copydesk.store import keys, subscriptions
from copydesk.store.database import Database
from services.embedded.binaries import postgres_directory
from services.embedded.ports import free_port
from tests.docs.shell import end_group, wait_for
from tests.store.conftest import accept_one

ROOT = Path(__file__).parents[2]
START_SECONDS = 120.0
STOP_SECONDS = 60.0
HASTEN = "once more stops at once"
READY = "Ctrl-C stops everything."


class Desk:
    """A directory that looks like the checkout, and copydesk running in it.

    Args:
        directory: new, and open to the user that PostgreSQL runs as.
    """

    def __init__(self, directory: Path) -> None:
        self.home = directory / "copydesk"
        self.data = directory / "data"
        self.pages = directory / "pages"
        self.output = directory / "make-run.txt"
        self.pages.mkdir()
        self._numbers = itertools.count(1)
        lay_out(self.home)
        self._environment = environment(self.home) | {
            "COPYDESK_DATA": str(self.data),
            "COPYDESK_INGEST_PORT": str(free_port()),
            "COPYDESK_PUBLISH_PORT": str(free_port()),
        }
        with self.output.open("wb") as output:
            self._process = subprocess.Popen(
                ["make", "run"],
                cwd=self.home,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def wait(self) -> None:
        """Returns once it shows the sample and says what to do next."""
        wait_for(lambda: READY in self.said() or self._process.poll() is not None, START_SECONDS, self.said())
        assert self._process.poll() is None, self.said()

    def said(self) -> str:
        """Returns what `make run` printed."""
        return self.output.read_text()

    def close(self) -> None:
        """Ends it as Ctrl-C does, pressed once more when it says that this is quicker."""
        os.killpg(self._process.pid, signal.SIGINT)
        try:
            wait_for(lambda: HASTEN in self.said() or self._process.poll() is not None, STOP_SECONDS, HASTEN)
            os.killpg(self._process.pid, signal.SIGINT)
            self._process.wait(STOP_SECONDS)
        finally:
            end_group(self._process.pid, signal.SIGKILL, STOP_SECONDS)
            self._process.wait()

    def environment(self) -> dict[str, str]:
        """Returns what a second terminal has: nothing but where the data lies."""
        return environment(self.home) | {"COPYDESK_DATA": str(self.data)}

    def told(self) -> dict[str, str]:
        """Returns what the running copydesk tells other commands."""
        lines = shlex.split((self.data / "environment").read_text())
        return dict(line.split("=", 1) for line in lines)

    @contextlib.contextmanager
    def database(self) -> Iterator[Database]:
        """Gives its database."""
        opened = Database(self.told()["DATABASE_URL"], pool_size=1, application_name="tests")
        try:
            yield opened
        finally:
            opened.close()

    def key(self) -> str:
        """Makes a key with every scope."""
        with self.database() as database, database.transaction() as connection:
            return keys.create(connection, "reader", list(Scope))[1]

    def key_id(self) -> str:
        """Makes a key to be revoked, and returns its id."""
        with self.database() as database, database.transaction() as connection:
            return str(keys.create(connection, "leaver", [Scope.STORIES_WRITE])[0].id)

    def subscription(self) -> str:
        """Makes a subscription, and returns its id."""
        document = {"url": "http://127.0.0.1:9/", "event_types": [EventType.RETRACTED]}
        with self.database() as database, database.transaction() as connection:
            return str(subscriptions.create(connection, "reader", b"s" * 32, document)["id"])

    def record(self) -> str:
        """Returns the id of a story that has a record: the sample's."""
        with self.database() as database, database.transaction() as connection:
            return str(connection.execute(text("SELECT min(story_id::text) FROM events")).scalar_one())

    def quarantined(self) -> str:
        """Makes a story that was put aside, and returns its id."""
        with self.database() as database, database.transaction() as connection:
            uri = f"urn:test:{new_id()}"
            made = accept_one(connection, source="reader", uri=uri, content_sha256=uri.encode())
            connection.execute(
                text(
                    "UPDATE revisions SET state = 'quarantined', stage = 'enrich', reason = 'time_limit',"
                    " detail = 'it took too long', settled_at = now() WHERE id = :id"
                ),
                {"id": made.revision_id},
            )
            return str(made.story_id)

    def empty_database(self, name: str) -> str:
        """Makes a database without tables on the same server, and returns its URL."""
        url = self.told()["DATABASE_URL"]
        name = f"{name}_{next(self._numbers)}"
        command = ["psql", url, "--command", f"CREATE DATABASE {name}"]
        subprocess.run(command, env=self._environment, capture_output=True, check=True)
        return urlsplit(url)._replace(path=f"/{name}").geturl()

    def unsubscribe_all(self) -> None:
        """Ends every subscription that a page left: what the next one posts goes nowhere."""
        url, key = self.told()["COPYDESK_PUBLISH_URL"], (self.data / "key").read_text().strip()
        for each in _ask("GET", f"{url}/v1/subscriptions", key)["items"]:
            _ask("DELETE", f"{url}/v1/subscriptions/{each['id']}", key)


@contextlib.contextmanager
def running() -> Iterator[Desk]:
    """Runs copydesk; ends it, and removes what it left, whatever happens."""
    directory = Path(tempfile.mkdtemp(prefix="copydesk-docs-"))
    directory.chmod(0o755)
    try:
        made = Desk(directory)
        try:
            made.wait()
            yield made
        finally:
            made.close()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def lay_out(home: Path) -> None:
    """Makes a directory that looks like the checkout, in which pages may write; make installs nothing."""
    home.mkdir()
    for path in ROOT.iterdir():
        if path.name not in {".venv", ".env", ".git", "copydesk.env"}:
            (home / path.name).symlink_to(path)
    venv = home / ".venv"
    venv.mkdir()
    for path in Path(sys.prefix).iterdir():
        if path.name not in {"python", "run", "dev"}:
            (venv / path.name).symlink_to(path)
    for name in ("python", "run", "dev"):  # newer than the lock: make finds nothing to do
        (venv / name).touch()


def environment(home: Path) -> dict[str, str]:
    """Returns the variables of a plain terminal, which finds `copydesk` and the tools of PostgreSQL."""
    path = f"{home}/.venv/bin:{postgres_directory()}/bin:{os.environ['PATH']}"
    return {"PATH": path, "HOME": str(home), "LANG": "C.UTF-8"}


def _ask(method: str, url: str, key: str) -> dict[str, list[dict[str, str]]]:
    request = urllib.request.Request(url, method=method, headers={"Authorization": f"Bearer {key}"})  # noqa: S310 - loopback
    with urllib.request.urlopen(request, timeout=10) as reply:  # noqa: S310 - the same
        return dict(json.loads(reply.read() or "{}"))
