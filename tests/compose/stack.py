"""docker-compose.yml as a project of the tests' own: other names, other ports, passwords of one run."""

import itertools
import json
import os
import secrets
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from services.embedded.ports import free_port
from services.publish.vault import new_key
from tests.system.tree import wait_for

ROOT = Path(__file__).parents[2]
PROJECT = "copydesk-compose-test"
SERVICES = ("ingest", "enrich", "sweep", "publish", "dispatcher")
OWN = {
    "POSTGRES_PASSWORD",
    "REDIS_PASSWORD",
    "COPYDESK_SECRETS_KEY",
    "IMAGE",
    "BIND_ADDRESS",
    "INGEST_PORT",
    "PUBLISH_PORT",
}
PACE_SECONDS = 0.1  # between two stories of `posting`
CRASH = "import os, signal; os.kill(-1, signal.SIGKILL)"  # everything in the container but its init


class Stack:
    """One project of Docker Compose, and a client outside of it.

    Args:
        directory: a place for files of this run.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.image = PROJECT
        self.token = ""
        ports = free_port(), free_port()
        self.ingest_url, self.publish_url = (f"http://127.0.0.1:{port}" for port in ports)
        self._env_file = directory / "env"
        self._env_file.touch(0o600)
        self._env_file.write_text(
            f"POSTGRES_PASSWORD={secrets.token_hex(24)}\nREDIS_PASSWORD={secrets.token_hex(24)}\n"
            f"COPYDESK_SECRETS_KEY={new_key()}\n"
            f"INGEST_PORT={ports[0]}\nPUBLISH_PORT={ports[1]}\n"
        )
        self._client = httpx2.Client(timeout=10, trust_env=False)
        self._numbers = itertools.count(1)

    # Docker

    def docker(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """Runs docker; returns what it wrote to stdout.

        Raises:
            AssertionError: it failed; with what it wrote.
        """
        done = subprocess.run(
            ["docker", *arguments], input=stdin, capture_output=True, env=self._environment(), check=False
        )
        said = done.stderr.decode(errors="replace")[-4000:]
        assert done.returncode == 0, f"docker {' '.join(arguments)}: {said}"
        return done.stdout

    def compose(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """Runs docker compose on the project; see `docker`."""
        files = ("-f", str(ROOT / "docker-compose.yml"), "-f", str(ROOT / "tests/compose/receiver.yml"))
        return self.docker(
            "compose", "-p", PROJECT, "--env-file", str(self._env_file), *files, *arguments, stdin=stdin
        )

    def build(self) -> None:
        """Builds the image."""
        self.compose("build")

    def up(self, *options: str) -> None:
        """Starts what does not run yet, and waits until it is healthy."""
        self.compose("up", "--detach", "--no-build", "--wait", "--wait-timeout", "240", *options)

    def remove(self) -> None:
        """Removes containers, networks and volumes."""
        self.compose("down", "--volumes", "--remove-orphans", "--timeout", "10")

    def close(self) -> None:
        """Removes everything that the tests made; the layers of the image stay in the build cache."""
        self._client.close()
        try:
            self._keep_logs()
        finally:
            self.remove()
            for image in {PROJECT, self.image}:
                self.docker("image", "rm", "--force", image)

    def containers(self, service: str) -> list[str]:
        """Returns the ids of a service's containers that run."""
        return self.compose("ps", "--quiet", service).decode().split()

    def exit_codes(self) -> set[int]:
        """Returns how the containers that ended did so."""
        shown = self.compose("ps", "--all", "--status", "exited", "--format", "json").decode().splitlines()
        return {json.loads(line)["ExitCode"] for line in shown}

    def inspect(self, container: str, template: str) -> str:
        """Returns what Docker knows of a container."""
        return self.docker("inspect", "--format", template, container).decode().strip()

    def crash(self, container: str) -> None:
        """Kills what runs in a container, with no warning; Docker starts it again, by its restart policy."""
        before = self.inspect(container, "{{.State.StartedAt}}")
        command = ["docker", "exec", container, "python", "-c", CRASH]
        subprocess.run(command, capture_output=True, check=False)  # ends with the container
        running = "{{.State.Running}} {{.State.StartedAt}}"
        wait_for(
            lambda: (
                self.inspect(container, running).startswith("true")
                and before not in self.inspect(container, running)
            ),
            30,
            "the container is started again",
        )

    def host_address(self) -> str:
        """Returns the host's address on Docker's default bridge."""
        template = "{{(index .IPAM.Config 0).Gateway}}"
        return self.docker("network", "inspect", "bridge", "--format", template).decode().strip()

    def ask(self, query: str) -> str:
        """Returns what PostgreSQL answers."""
        command = ["psql", "--username=copydesk", "--no-align", "--tuples-only", "--command", query]
        return self.compose("exec", "-T", "postgres", *command).decode().strip()

    # copydesk, from outside

    def enter(self) -> None:
        """Makes an API key."""
        create = ("copydesk", "keys", "create", "--source", "desk", "--scopes", "admin")
        self.token = self.compose("exec", "-T", "ingest", *create).decode().strip()
        self._client.headers["Authorization"] = f"Bearer {self.token}"

    def subscribe(self, url: str) -> dict[str, Any]:
        """Makes a subscription and returns it with its secret."""
        reply = self._client.post(f"{self.publish_url}/v1/subscriptions", json={"url": url})
        assert reply.status_code == 201, reply.text
        return dict(reply.json())

    def get(self, url: str) -> dict[str, Any]:
        """Returns what a service shows."""
        reply = self._client.get(url)
        assert reply.status_code == 200, reply.text
        return dict(reply.json())

    def post(self, count: int, *, sentences: int = 3, priority: str = "normal") -> list[str]:
        """Posts stories until each is promised, as a good client does; returns their ids."""
        return [self._post_one(sentences, priority) for _ in range(count)]

    @contextmanager
    def posting(self, count: int | None = None) -> Iterator[list[str]]:
        """Posts stories while the block runs: `count`, all of them by its end, or else until it ends.

        Gives the list of ids, which is complete after the block.
        """
        ids: list[str] = []
        faults: list[BaseException] = []
        over = threading.Event()

        def work() -> None:
            try:
                while len(ids) < count if count is not None else not over.is_set():
                    ids.extend(self.post(1))
                    time.sleep(PACE_SECONDS)
            except BaseException as error:  # noqa: BLE001 - the test must hear of it
                faults.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield ids
        finally:
            over.set()
            thread.join()
        assert faults == []

    def _post_one(self, sentences: int, priority: str) -> str:
        number = next(self._numbers)
        text = (
            f"Ferry {number}-{line} left Zanzibar on Monday, Kenya told the African Union."
            for line in range(sentences)
        )
        document = {
            "uri": f"urn:test:{number}",
            "title": f"Ferry service {number} resumes in Zanzibar",
            "body": " ".join(text),
            "language": "en",
            "priority": priority,
        }

        def posted() -> str | None:
            try:
                reply = self._client.post(f"{self.ingest_url}/v1/stories", json=document)
            except httpx2.TransportError:
                return None
            if reply.status_code in {200, 202}:
                return str(reply.json()["id"])
            assert reply.status_code == 503, reply.text
            return None

        return str(wait_for(posted, 90, "a story is accepted"))

    def _environment(self) -> dict[str, str]:
        """Returns the environment of docker, without what the shell may say of our variables."""
        kept = {k: v for k, v in os.environ.items() if k not in OWN and not k.startswith("COMPOSE_")}
        return {**kept, "IMAGE": self.image}

    def _keep_logs(self) -> None:
        (self.directory / "log").write_bytes(self.compose("logs", "--no-color"))
