"""Real servers for the tests: one PostgreSQL and one Redis for each test process.

Each test finds fresh contents: `database_url` is a migrated database of its own, `empty_database_url` one
without tables, `broker_url` an empty Redis. `postgres_server` and `redis_server` are private servers that a
test may restart, kill or freeze.
"""

import base64
import gc
import itertools
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
import structlog

from copydesk.store.database import Database
from services.embedded.postgres import Postgres
from services.embedded.redis import Redis

if TYPE_CHECKING:
    from services.enrich.pipeline import Pipeline

TESTS = Path(__file__).parent
SAMPLES = TESTS.parents[1] / "shared" / "samples"
UNTRACED = {"bench", "docs", "gold", "training"}  # they test what coverage does not count
TEMPLATE = "copydesk_template"
SERVER_FIXTURES = {
    "database_url",
    "empty_database_url",
    "broker_url",
    "postgres_server",
    "redis_server",
    "session_postgres",
    "session_redis",
    "migrated_postgres",
}
NUMBERS = itertools.count(1)
POLL_SECONDS = 0.02
PLAIN = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
hypothesis.settings.register_profile("copydesk", hypothesis.settings(), deadline=None)  # machines are shared
hypothesis.settings.load_profile("copydesk")
SECRETS_KEY = base64.b64encode(b"a key that the tests encrypt by.").decode()


# By default a traceback shows what every name is bound to, which takes seconds to write.
structlog.configure(processors=[*structlog.get_config()["processors"][:-1], PLAIN])


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks a test that uses a server, directly or through a fixture, and one that need not be traced."""
    for item in items:
        names = set(getattr(item, "fixturenames", ()))
        if names & SERVER_FIXTURES:
            item.add_marker(pytest.mark.servers)
        if "samples" in names:
            item.add_marker(pytest.mark.shared)
        if item.path.is_relative_to(TESTS) and item.path.relative_to(TESTS).parts[0] in UNTRACED:
            item.add_marker(pytest.mark.no_cover)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Lets garbage collection pass over what stays: else each round goes through a million objects."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def clean_environment(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the person who runs the tests reaches them; what has no default has one here.

    Nor does coverage follow the processes of a test that is marked `no_cover`.
    """
    if request.node.get_closest_marker("no_cover"):
        monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
    for name in list(os.environ):
        if name.startswith("COPYDESK_") or name in {"DATABASE_URL", "BROKER_URL"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("COPYDESK_SECRETS_KEY", SECRETS_KEY)


@pytest.fixture(scope="session")
def server_directory() -> Iterator[Path]:
    """A directory for the data of servers, short and open enough for the user that PostgreSQL runs as."""
    directory = Path(tempfile.mkdtemp(prefix="copydesk-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def session_postgres(server_directory: Path) -> Iterator[Postgres]:
    """The PostgreSQL of this test process; use `database_url` instead."""
    server = Postgres(server_directory / "postgres", fsync=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def migrated_postgres(session_postgres: Postgres) -> Postgres:
    """The same server, with a migrated template database."""
    from copydesk.store import migrations

    migrations.upgrade(session_postgres.create_database(TEMPLATE))
    return session_postgres


@pytest.fixture(scope="session")
def session_redis(server_directory: Path) -> Iterator[Redis]:
    """The Redis of this test process; use `broker_url` instead."""
    server = Redis(server_directory / "redis")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def database_url(migrated_postgres: Postgres) -> Iterator[str]:
    """A migrated database of this test's own."""
    name = f"test_{next(NUMBERS)}"
    yield migrated_postgres.create_database(name, TEMPLATE)
    migrated_postgres.drop_database(name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The same, opened."""
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def empty_database_url(session_postgres: Postgres) -> Iterator[str]:
    """A database of this test's own, without tables."""
    name = f"empty_{next(NUMBERS)}"
    yield session_postgres.create_database(name)
    session_postgres.drop_database(name)


@pytest.fixture
def broker_url(session_redis: Redis) -> str:
    """An empty Redis."""
    session_redis.flush()
    return session_redis.url


@pytest.fixture
def postgres_server(server_directory: Path) -> Iterator[Postgres]:
    """A running PostgreSQL of this test's own, to restart, stop or kill; its databases are empty."""
    server = Postgres(server_directory / f"postgres-{next(NUMBERS)}", fsync=False)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(server.data)


@pytest.fixture
def redis_server(server_directory: Path) -> Iterator[Redis]:
    """A running Redis of this test's own, to restart, stop, kill, freeze or thaw."""
    server = Redis(server_directory / f"redis-{next(NUMBERS)}")
    server.start()
    yield server
    server.stop()
    shutil.rmtree(server.data)


@pytest.fixture(scope="session")
def pipeline() -> "Pipeline":
    """The pipeline as it is shipped, the same for all tests."""
    from tests.enrich.known import PIPELINE  # takes seconds, which not every test needs

    return PIPELINE


@pytest.fixture
def samples() -> Path:
    """The directory of sample stories beside the project; skips where it is not."""
    if not SAMPLES.is_dir():
        pytest.skip("there are no samples beside the project")
    return SAMPLES


@pytest.fixture
def eventually() -> Callable[..., None]:
    """Returns once a condition holds; fails when it does not in time: `eventually(lambda: …, seconds=20)`."""

    def wait(condition: Callable[[], object], seconds: float = 20.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"it did not happen within {seconds:g} s"
            time.sleep(POLL_SECONDS)

    return wait


@pytest.fixture
def is_alive() -> Callable[[int], bool]:
    """Tells whether a process runs; one that ended and was not yet waited for does not."""

    def ask(pid: int) -> bool:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return False
        return state != "Z"

    return ask
