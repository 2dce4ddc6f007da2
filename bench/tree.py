"""copydesk on servers of its own, with the settings that people start with, and what it uses."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import redis

from bench import children, machine
from bench.resting import instead
from copydesk.model import Scope
from copydesk.store import keys, migrations
from copydesk.store.database import Database
from services.embedded.child import Command
from services.embedded.commands import METRICS, Options, commands
from services.embedded.home import SECRETS_KEY
from services.embedded.ports import free_port
from services.embedded.postgres import Postgres
from services.embedded.redis import Redis
from services.publish.vault import new_key

OWN = ("ingest", "enrich", "sweep", "publish", "dispatcher")
SERVERS = ("postgresql", "redis")
_URLS = ("DATABASE_URL", "BROKER_URL")


class Tree:
    """PostgreSQL (with fsync), Redis, and the processes of copydesk with their default settings.

    Args:
        directory: where all of its data lies.
        workers: of enrich; two or more are called `enrich-1`, `enrich-2` …
        only: the processes that are started at first; all unless given.
        settings: those that are not the default, by variable.
        resting: whether enrich rests instead of computing; see `bench.resting`.
    """

    def __init__(
        self,
        directory: Path,
        *,
        workers: int = 1,
        only: Collection[str] | None = None,
        settings: Mapping[str, str] | None = None,
        resting: bool = False,
    ) -> None:
        self.postgres = Postgres(directory / "postgres")
        self.redis = Redis(directory / "redis")
        self._only = only
        self._settings = settings or {}
        self._resting = resting
        self._options = Options(directory, free_port(), free_port(), workers=workers)
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._database: Database | None = None
        self.stories_url = f"http://127.0.0.1:{self._options.ingest_port}/v1/stories"

    def start(self) -> None:
        """Starts everything and returns once it answers."""
        self.postgres.start()
        self.redis.start()
        self.url = self.postgres.create_database("copydesk")
        migrations.upgrade(self.url)
        with self.database.transaction() as connection:
            _, self.token = keys.create(connection, "bench", list(Scope))
        usual = commands(self._options, self._environment())
        self._commands = {each.name: instead(each) if self._resting else each for each in usual}
        for name in self._commands if self._only is None else self._only:
            self.launch(name)
        for name in self._running:
            self._await(name)

    @property
    def database(self) -> Database:
        """What the bench looks at the rows with."""
        if self._database is None:
            self._database = Database(self.url, pool_size=2, application_name="bench")
        return self._database

    def launch(self, name: str) -> None:
        """Starts one process and returns at once."""
        command = self._commands[name]
        with (self._options.data / f"{name}.log").open("ab") as log:
            self._running[name] = children.start(
                command.argv, command.environment, log, directory=self._options.data
            )

    def halt(self, name: str) -> None:
        """Stops one process, which finishes what it has in hand."""
        children.stop(self._running.pop(name))

    def stop(self) -> None:
        """Stops everything that was started."""
        for name in list(self._running):
            self.halt(name)
        if self._database is not None:
            self._database.close()
        self.redis.stop()
        self.postgres.stop()

    def cpu_seconds(self) -> dict[str, float]:
        """Returns the CPU seconds used so far by each process, its living and its ended children."""
        return {name: children.cpu_seconds(pid) for name, pid in self._pids().items()}

    def memory_bytes(self) -> dict[str, int]:
        """Returns the proportional memory (PSS) of each process of copydesk, its children included."""
        return {name: children.memory_bytes(child.pid) for name, child in self._running.items()}

    def describe(self) -> dict[str, str]:
        """Returns the machine and the versions."""
        with self.database.transaction() as connection:
            postgres = str(connection.exec_driver_sql("SHOW server_version").scalar())
        with redis.Redis.from_url(self.redis.url) as client:
            told = client.info("server")
        name = "Valkey" if "valkey_version" in told else "Redis"
        return machine.describe(postgres, f"{name} {told.get('valkey_version', told['redis_version'])}")

    def _environment(self) -> dict[str, str]:
        """Settings as given, else the default, whatever the person at hand has set; ports that are free."""
        ours = {name: value for name, value in os.environ.items() if not name.startswith("COPYDESK_")}
        ports = {variable: str(free_port()) for variable, _ in METRICS.values()}
        urls = dict(zip(_URLS, (self.url, self.redis.url), strict=True))
        fixed = {**ports, SECRETS_KEY: new_key(), "COPYDESK_LOG_FORMAT": "json"}
        return {**ours, **urls, **fixed, **self._settings}

    def _await(self, name: str) -> None:
        command: Command = self._commands[name]
        if command.heartbeat:
            children.await_answer(command.heartbeat, self._running[name])

    def _pids(self) -> dict[str, int]:
        servers = {"postgresql": self.postgres.pid, "redis": self.redis.pid}
        running = {name: child.pid for name, child in self._running.items()}
        return running | {name: pid for name, pid in servers.items() if pid}


@contextmanager
def grown(
    *,
    workers: int = 1,
    only: Collection[str] | None = None,
    settings: Mapping[str, str] | None = None,
    resting: bool = False,
) -> Iterator[Tree]:
    """Gives a running tree; stops it and removes its data, whatever happens."""
    directory = Path(tempfile.mkdtemp(prefix="copydesk-bench-"))
    directory.chmod(0o755)  # PostgreSQL runs as another user where we are root
    tree = Tree(directory, workers=workers, only=only, settings=settings, resting=resting)
    try:
        tree.start()
        yield tree
    except Exception as error:
        error.add_note(_last_lines(directory))
        raise
    finally:
        try:
            tree.stop()
        finally:
            shutil.rmtree(directory, ignore_errors=True)


def _last_lines(directory: Path, count: int = 3) -> str:
    """What the processes said last; their logs are gone a moment later."""
    logs = {path.name: path.read_text(errors="replace").splitlines() for path in directory.glob("*.log")}
    return "\n".join(f"{name}: {line[:500]}" for name, lines in logs.items() for line in lines[-count:])
