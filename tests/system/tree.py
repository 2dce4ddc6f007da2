"""The whole tree of processes on real servers, and a supervisor that restarts what was killed."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import psutil

from copydesk.model import Scope
from copydesk.store import keys, migrations
from copydesk.store.database import Database
from services.embedded.ports import free_port
from services.embedded.postgres import Postgres
from services.embedded.redis import Redis
from tests.conftest import SECRETS_KEY

MODULES = {
    "ingest": "services.ingest",
    "publish": "services.publish",
    "enrich": "services.enrich",
    "sweep": "services.enrich.sweep",
    "dispatcher": "services.publish.dispatcher",
}
QUICK = {
    "COPYDESK_SOFT_LIMIT_SECONDS": "1",
    "COPYDESK_HARD_LIMIT_SECONDS": "1.5",
    "COPYDESK_LEASE_SECONDS": "2",
    "COPYDESK_RETRY_SECONDS": "0.5",
    "COPYDESK_SWEEP_SECONDS": "0.5",
    "COPYDESK_FORGOTTEN_SECONDS": "1.5",
    "COPYDESK_VISIBILITY_TIMEOUT_SECONDS": "30",
    "COPYDESK_SEND_TIMEOUT_SECONDS": "2",
    "COPYDESK_DELIVERY_LEASE_SECONDS": "3",
    "COPYDESK_POLL_SECONDS": "1",
    "COPYDESK_RETRY_SCHEDULE_SECONDS": ",".join(["1"] * 50),
    "COPYDESK_SHUTDOWN_SECONDS": "5",
    "COPYDESK_ALLOW_CIDR": "127.0.0.0/8",
    "COPYDESK_ALLOW_HTTP": "true",
    "COPYDESK_ALLOW_PORTS": "1024-65535",
    "COPYDESK_LOG_LEVEL": "warning",
}


def untraced() -> dict[str, str]:
    """Returns our environment, but for what lets coverage follow a process.

    Most of these processes are killed, and what they count is lost; the others would be slow for what
    `tests/embedded/test_up.py` counts already.
    """
    return {name: value for name, value in os.environ.items() if not name.startswith("COV")}


def wait_for(condition: Callable[[], Any], seconds: float, what: str) -> Any:
    """Polls until the condition holds and returns its value; fails at the deadline."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.05)
    raise AssertionError(f"{what}: not within {seconds:g} s")


class Tree:
    """Every process of copydesk on servers of its own."""

    def __init__(self, postgres: Postgres, redis: Redis, logs: Path, **modules: str) -> None:
        self.postgres, self.redis = postgres, redis
        url = postgres.create_database("copydesk")
        migrations.upgrade(url)
        self.database = Database(url, application_name="tests")
        with self.database.transaction() as connection:
            _, self.token = keys.create(connection, "desk", list(Scope))
        self.ingest_url = f"http://127.0.0.1:{free_port()}"
        self.publish_url = f"http://127.0.0.1:{free_port()}"
        servers = {"DATABASE_URL": url, "BROKER_URL": redis.url, "COPYDESK_SECRETS_KEY": SECRETS_KEY}
        self._environment = {**untraced(), **QUICK, **servers}
        self._modules = {**MODULES, **modules}
        self._logs = logs
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._poster = self.client(self.ingest_url)
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._supervisor = threading.Thread(target=self._supervise, daemon=True)

    def start(self) -> None:
        """Starts everything and waits until it answers."""
        for name in self._modules:
            self._spawn(name)
        self._supervisor.start()
        try:
            for url in (self.ingest_url, self.publish_url):
                wait_for(lambda url=url: self._answers(url), 40, f"{url} is up")
        except AssertionError:
            self.stop()
            raise

    def stop(self) -> None:
        """Stops everything; what does not go is killed."""
        self._poster.close()
        self._stopping.set()
        self._supervisor.join()
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                self._kill_tree(process.pid)
                process.wait()
        self.database.close()
        assert "dispatcher.failed" not in self.log(), self.log()[-5000:]

    def kill(self, name: str) -> None:
        """Sends SIGKILL to a process and to its children; the supervisor starts it again."""
        with self._lock:
            self._kill_tree(self._processes[name].pid)

    def kill_child(self, name: str) -> None:
        """Sends SIGKILL to a child of a process, if it has one."""
        for child in psutil.Process(self._processes[name].pid).children():
            child.kill()

    def terminate(self, name: str) -> None:
        """Asks a process to stop, and waits until it is gone; the supervisor starts it again."""
        process = self._processes[name]
        process.terminate()
        process.wait(20)

    @contextmanager
    def stopped(self, name: str) -> Iterator[None]:
        """Freezes a process (SIGSTOP) for as long as the block lasts."""
        pid = self._processes[name].pid
        os.kill(pid, signal.SIGSTOP)
        yield
        os.kill(pid, signal.SIGCONT)

    def client(self, url: str) -> httpx2.Client:
        """Returns a client with all scopes."""
        return httpx2.Client(base_url=url, headers={"Authorization": f"Bearer {self.token}"}, timeout=10)

    def subscribe(self, url: str, **more: Any) -> dict[str, Any]:
        """Makes a subscription, once publish answers, and returns it with its secret."""
        return dict(self._ask_publish("POST", "/v1/subscriptions", json={"url": url, **more}).json())

    def unsubscribe(self, subscription_id: str) -> None:
        """Ends a subscription."""
        self._ask_publish("DELETE", f"/v1/subscriptions/{subscription_id}")

    def _ask_publish(self, method: str, path: str, **more: Any) -> httpx2.Response:
        """Asks publish once it answers; it may have been killed a moment ago."""

        def answered() -> httpx2.Response | None:
            try:
                with self.client(self.publish_url) as client:
                    return client.request(method, path, **more)
            except httpx2.TransportError:
                return None

        reply = wait_for(answered, 30, f"publish answers {method} {path}")
        assert isinstance(reply, httpx2.Response)
        assert reply.is_success, reply.text
        return reply

    def post(self, document: dict[str, Any], seconds: float = 60) -> str:
        """Posts a story until it is promised, as a good client does, and returns its id."""

        def posted() -> str | None:
            try:
                reply = self._poster.post("/v1/stories", json=document)
            except httpx2.TransportError:
                return None
            if reply.status_code in {200, 202}:
                return str(reply.json()["id"])
            assert reply.status_code == 503, reply.text
            return None

        return str(wait_for(posted, seconds, "a story is accepted"))

    def story(self, story_id: str) -> dict[str, Any]:
        """Returns a story as its source sees it."""
        with self.client(self.ingest_url) as client:
            reply = client.get(f"/v1/stories/{story_id}")
            assert reply.status_code == 200, reply.text
            return dict(reply.json())

    def log(self) -> str:
        """Returns what the processes wrote."""
        return "".join(path.read_text() for path in sorted(self._logs.glob("*.log")))

    def _supervise(self) -> None:
        while not self._stopping.wait(0.1):
            for name, process in list(self._processes.items()):
                if process.poll() is not None:
                    with self._lock:
                        self._spawn(name)

    def _spawn(self, name: str) -> None:
        ports = {
            "COPYDESK_INGEST_PORT": self.ingest_url.rpartition(":")[2],
            "COPYDESK_PUBLISH_PORT": self.publish_url.rpartition(":")[2],
            "COPYDESK_WORKER_METRICS_PORT": "0",
            "COPYDESK_SWEEP_METRICS_PORT": "0",
            "COPYDESK_DISPATCHER_METRICS_PORT": "0",
        }
        module = self._modules[name]
        with (self._logs / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, "-m", module.removesuffix("#2")],
                env={**self._environment, **ports},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @staticmethod
    def _kill_tree(pid: int) -> None:
        try:
            root = psutil.Process(pid)
            for process in [root, *root.children(recursive=True)]:
                process.kill()
        except psutil.NoSuchProcess:
            pass

    @staticmethod
    def _answers(url: str) -> bool:
        try:
            return httpx2.get(f"{url}/__heartbeat__", timeout=3).status_code == 200
        except httpx2.TransportError:
            return False
