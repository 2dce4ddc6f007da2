"""The disk of PostgreSQL runs full: ingest refuses, nothing is corrupt, and with room again it goes on."""

import os
import random
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
from sqlalchemy import text

from copydesk import contracts
from copydesk.errors import OutageError
from copydesk.model import Scope
from copydesk.settings import EnrichSettings
from copydesk.store import keys, migrations
from copydesk.store.database import Database
from services.embedded.postgres import Postgres
from services.enrich.desk import Desk
from services.ingest.app import create_app
from tests.enrich.known import PIPELINE
from tests.ingest.conftest import configured
from tests.web.wire import NOWHERE, running, url_of

pytestmark = pytest.mark.root

SIZE_MIB = 192
LEFT_BYTES = 1 << 20  # what the filler leaves: room for a few stories
BLOCK = b"\0" * (1 << 16)
REFUSALS = 10


class Disk:
    """A small file system of memory, and a file that fills it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._filler = directory / "filler"

    def fill(self, left_bytes: int) -> None:
        """Leaves no more than `left_bytes` free."""
        with self._filler.open("ab", buffering=0) as filler:
            while os.statvfs(self.directory).f_bavail * os.statvfs(self.directory).f_frsize > left_bytes:
                try:
                    filler.write(BLOCK)
                except OSError:
                    return

    def free(self) -> None:
        self._filler.unlink()


def _run(*argv: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(part) for part in argv], capture_output=True, text=True, check=False)


@pytest.fixture
def disk(server_directory: Path) -> Iterator[Disk]:
    """A disk of `SIZE_MIB`; it is gone afterwards, whatever happens."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    directory = server_directory / "small-disk"
    directory.mkdir()
    mounted = _run("mount", "-t", "tmpfs", "-o", f"size={SIZE_MIB}m,mode=0755", "copydesk-test", directory)
    if mounted.returncode:
        directory.rmdir()
        pytest.skip(f"a small disk may not be mounted here: {mounted.stderr.strip()}")
    try:
        yield Disk(directory)
    finally:
        if _run("umount", directory).returncode:
            _run("umount", "-l", directory)
        directory.rmdir()


@pytest.fixture
def server(disk: Disk, tmp_path: Path) -> Iterator[Postgres]:
    """A PostgreSQL whose data lies on that disk."""
    server = Postgres(disk.directory / "postgres")
    server.log = tmp_path / "postgres.log"
    server.start()
    try:
        yield server
    finally:
        server.kill()


class Source:
    """Posts stories and remembers what it was promised."""

    def __init__(self, client: httpx2.Client) -> None:
        self._client = client
        self._chance = random.Random(1)  # noqa: S311 - text that does not compress
        self.promised: dict[str, str] = {}  # story id → title
        self.refused = 0
        self._number = 0

    def post(self, kilobytes: int) -> bool:
        """Posts one story; returns whether it was promised, and checks a refusal."""
        self._number += 1
        title = f"Report {self._number}"
        words = (f"{self._chance.getrandbits(64):x}" for _ in range(kilobytes * 60))
        # Not in English: what costs most of an enrichment says nothing of a disk.
        story = {"title": title, "body": f"Peru said. {' '.join(words)}", "language": "de"}
        reply = self._client.post("/v1/stories", json=story)
        if reply.status_code in {200, 202}:
            self.promised[reply.json()["id"]] = title
            return True
        assert reply.status_code == 503, reply.text
        assert reply.headers["content-type"] == "application/problem+json"
        assert reply.headers["retry-after"] == "5"
        assert reply.json()["code"] == "database_unavailable"
        assert contracts.violations("problem", reply.json()) == []
        self.refused += 1
        return False

    def state(self, story: str) -> str | None:
        """Returns how far a story is; `None`: the service could not say just now."""
        reply = self._client.get(f"/v1/stories/{story}")
        assert reply.status_code in {200, 503}, reply.text
        state: str | None = reply.json().get("state")
        return state


@pytest.fixture
def url(server: Postgres) -> str:
    url = server.create_database("copydesk")
    migrations.upgrade(url)
    return url


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = Database(url)
    yield database
    database.close()


@pytest.fixture
def source(url: str, database: Database) -> Iterator[Source]:
    """A source of an ingest that runs on that database."""
    with database.transaction() as connection:
        token = keys.create(connection, "desk", [Scope.STORIES_WRITE])[1]
    settings = configured(url, NOWHERE["broker_url"])
    headers = {"Authorization": f"Bearer {token}"}
    with (
        running(create_app(settings), settings, "ingest") as ingest,
        httpx2.Client(base_url=url_of(ingest), headers=headers, timeout=30) as client,
    ):
        yield Source(client)


def _fill_the_tables(server: Postgres, disk: Disk) -> None:
    """Tables cannot grow: PostgreSQL refuses the statement."""
    del server
    disk.fill(LEFT_BYTES)


def _fill_the_log(server: Postgres, disk: Disk) -> None:
    """The log of changes cannot grow: PostgreSQL stops everything, and may end."""
    disk.fill(0)
    try:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            for _ in range(SIZE_MIB // 16):
                connection.execute("SELECT pg_switch_wal()")
                connection.execute("SELECT pg_logical_emit_message(false, 'copydesk', 'test')")
    except psycopg.OperationalError:
        return
    raise AssertionError("its log never ran full")


@pytest.mark.parametrize("fill", [_fill_the_tables, _fill_the_log])
def test_a_full_disk_refuses_what_it_cannot_keep_and_keeps_what_it_promised(
    disk: Disk,
    server: Postgres,
    url: str,
    database: Database,
    source: Source,
    eventually: Callable[..., None],
    fill: Callable[[Postgres, Disk], None],
) -> None:
    for _ in range(5):
        assert source.post(10)
    fill(server, disk)
    eventually(lambda: source.post(100) is False, 60)
    while source.refused < REFUSALS:
        source.post(100)
    disk.free()

    def goes_on() -> bool:
        if not server.is_running:
            assert fill is _fill_the_log, "a full table must not end PostgreSQL"
            server.start()  # as a supervisor does
        return source.post(10)

    eventually(goes_on, 60)
    assert len(source.promised) > 5

    def is_whole() -> bool:
        try:
            _check_nothing_is_corrupt(database, source)
        except OutageError:  # it recovers once more: a process of its own met the full disk late
            return False
        return True

    eventually(is_whole, 60)
    _enrich_all(url, database)
    # The first question on a connection of before the outage may find it dead: asked again, it answers.
    eventually(lambda: {source.state(story) for story in source.promised} == {"enriched"}, 10)


def _check_nothing_is_corrupt(database: Database, source: Source) -> None:
    """Reads every row of every table, whose pages have checksums, and builds every index anew."""
    with database.transaction() as connection:
        assert connection.execute(text("SHOW data_checksums")).scalar() == "on"
        titles = connection.execute(text("SELECT story_id::text, document->>'title' FROM revisions"))
        kept = {row[0]: row[1] for row in titles}
        for table in ("stories", "revisions", "steps", "api_keys"):
            whole = f"SELECT count(t.*::text) FROM {table} t"  # noqa: S608 - ours
            assert connection.execute(text(whole)).scalar()
            connection.execute(text(f"REINDEX TABLE {table}"))
    assert kept.items() >= source.promised.items()


def _enrich_all(url: str, database: Database) -> None:
    settings = EnrichSettings(database_url=url, broker_url=NOWHERE["broker_url"])
    desk = Desk(settings, PIPELINE, lambda: database)
    with database.transaction() as connection:
        waiting: list[Any] = list(connection.execute(text("SELECT id FROM revisions")).scalars())
    assert {outcome for revision in waiting for outcome in desk.work([revision])} == {"published"}
