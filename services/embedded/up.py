"""`copydesk up`: everything on this machine, and a sample story to see it work."""

import asyncio
import contextlib
import dataclasses
import os
import signal
import time
from collections.abc import Iterator, Mapping

from copydesk import settings
from copydesk.model import VERSION
from copydesk.store import migrations
from copydesk.store.database import Database
from services.cli import display
from services.embedded import given
from services.embedded.commands import Options, check_settings, choose_port, commands, local_url, reach
from services.embedded.home import SECRETS_KEY, Home
from services.embedded.key import ensure_key, ensure_secrets_key
from services.embedded.ports import HOST
from services.embedded.postgres import Postgres
from services.embedded.redis import Redis
from services.embedded.server import ServerError
from services.embedded.supervisor import Supervisor
from services.embedded.tips import next_lines
from services.embedded.walk import walk

DATABASE = "copydesk"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
OURS = "copydesk"


def main(options: Options) -> None:
    """Runs copydesk until it is told to stop, or with `once` until the sample came through.

    Raises:
        SettingError: a setting is wrong or unknown.
        CopydeskError: something could not be started, or with `once` the sample did not come through.
    """
    check_settings()
    home = Home(options.data)
    with home.hold():
        asyncio.run(Up(home, options).run())


class Up:
    """One run of copydesk on this machine.

    Args:
        home: its data directory, held.
        options: what the person chose.
        environment: the settings of the person.
    """

    def __init__(self, home: Home, options: Options, environment: Mapping[str, str] = os.environ) -> None:
        self._home = home
        self._options = options
        self._environment = dict(environment)
        self._printer = display.Printer()
        self._begun = time.monotonic()
        self._stop = asyncio.Event()
        self._supervisor = Supervisor(self._printer.line)
        self._token = ""

    async def run(self) -> None:
        """Starts everything, shows the sample, waits for the signal to stop, stops everything."""
        with self._signals():
            told = asyncio.create_task(self._stop.wait())
            work = asyncio.create_task(self._work())
            try:
                await asyncio.wait({told, work}, return_when=asyncio.FIRST_COMPLETED)
                if work.done():
                    work.result()  # raises what went wrong
                    if not self._options.once:
                        await told
                elif self._options.once:
                    raise ServerError("It was stopped before the sample came through.")
            finally:
                told.cancel()
                work.cancel()
                await asyncio.gather(told, work, return_exceptions=True)
                await self._supervisor.stop()
                self._note("stopped")

    async def _work(self) -> None:
        self._greet()
        self._choose_ports()
        await self._start_servers()
        source = self._prepare_database()
        self._supervisor.start(commands(self._options, self._environment))
        await self._supervisor.ready()
        self._note(f"ingest answers at {self._ingest_url}, publish at {self._publish_url}")
        if self._options.sample:
            await self._show_sample(source)
        if not self._options.once:
            self._printer.text(next_lines(self._home.directory, self._ingest_url, self._publish_url))

    def _greet(self) -> None:
        self._note(f"copydesk {VERSION}; data in {self._home.directory}")
        if os.geteuid() == 0:
            self._note(
                "running as root: PostgreSQL refuses root, so it runs as the system user copydesk,"
                " on data that lies outside root's home"
            )
        opened = reach(self._options, self._environment)["COPYDESK_ALLOW_CIDR"].replace(",", ", ")
        self._note(f"subscriptions may name http:// here, and addresses in {opened}: not so in production")

    def _choose_ports(self) -> None:
        host = self._environment.get("COPYDESK_HOST", HOST)
        self._options = dataclasses.replace(
            self._options,
            ingest_port=choose_port(self._options.ingest_port, "--ingest-port", host),
            publish_port=choose_port(self._options.publish_port, "--publish-port", host),
        )
        if self._options.ingest_port == self._options.publish_port:
            raise ServerError("--ingest-port and --publish-port must differ.")
        self._ingest_url = local_url(host, self._options.ingest_port)
        self._publish_url = local_url(host, self._options.publish_port)

    async def _start_servers(self) -> None:
        """Waits for what a URL was given for, and starts the rest.

        That blocks the main thread, because what is started ends with the thread that starts it.
        """
        if self._environment.get("DATABASE_URL"):
            await given.reach(given.postgres(self._environment["DATABASE_URL"]), self._note)
        else:
            postgres = Postgres(self._home.postgres)
            await self._start_server(postgres)
            if not postgres.has_database(DATABASE):
                postgres.create_database(DATABASE)
            self._environment["DATABASE_URL"] = postgres.url(DATABASE)
        if self._environment.get("BROKER_URL"):
            await given.reach(given.broker(self._environment["BROKER_URL"]), self._note)
        else:
            redis = Redis(self._home.redis)
            await self._start_server(redis)
            self._environment["BROKER_URL"] = redis.url

    async def _start_server(self, server: Postgres | Redis) -> None:
        await asyncio.sleep(0)  # lets a signal to stop be heard between two servers
        try:
            server.start()
        except BaseException:
            server.kill()
            raise
        self._supervisor.watch(server)
        self._note(f"{server.name} is up (process {server.pid})")

    def _prepare_database(self) -> str:
        """Migrates, makes the key, tells other commands where everything is; returns the key's source."""
        urls = {field: self._environment[field.upper()] for field in ("database_url", "broker_url")}
        url = settings.load(settings.Settings, **urls).database_url
        migrations.upgrade(url)
        self._note("the database has today's schema")
        database = Database(url, pool_size=1, application_name="copydesk up")
        try:
            key, self._token, new = ensure_key(
                self._home, database, self._environment.get("COPYDESK_API_KEY")
            )
        finally:
            database.close()
        if new:
            self._note(f"API key of source {key.source}, with every scope: {self._token}")
        self._environment[SECRETS_KEY] = ensure_secrets_key(self._home, self._environment.get(SECRETS_KEY))
        self._home.keep_environment(
            {
                SECRETS_KEY: self._environment[SECRETS_KEY],
                "DATABASE_URL": self._environment["DATABASE_URL"],
                "BROKER_URL": self._environment["BROKER_URL"],
                "COPYDESK_INGEST_URL": self._ingest_url,
                "COPYDESK_PUBLISH_URL": self._publish_url,
            }
        )
        return key.source

    async def _show_sample(self, source: str) -> None:
        begun = time.monotonic()
        try:
            record = await walk(self._ingest_url, self._publish_url, self._token, source)
        except ServerError as error:
            if self._options.once:
                raise
            self._note(str(error))
            return
        seconds = time.monotonic() - begun
        self._note(f"the sample came back in {seconds:.1f} s, its signature verified")
        self._printer.record(record)

    def _note(self, text: str) -> None:
        self._printer.line(OURS, f"{time.monotonic() - self._begun:5.1f} s  {text}")

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self._told)
        try:
            yield
        finally:
            for number in SIGNALS:
                loop.remove_signal_handler(number)

    def _told(self) -> None:
        """The first signal stops in order, a second one at once."""
        if self._stop.is_set():
            self._supervisor.hasten()
        else:
            self._note("stopping; once more stops at once")
        self._stop.set()
