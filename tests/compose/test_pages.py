"""The commands of docs/compose.md, in the order of the page, on a project of this test's own."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.embedded.ports import free_port
from tests.compose.stack import PROJECT, ROOT
from tests.docs import plan
from tests.docs.desk import environment
from tests.docs.reader import Reader
from tests.docs.shell import Shell

OURS = f"{PROJECT}-pages"
BLOCK_SECONDS = 300.0  # building, starting and becoming healthy
PAGES = {name: found for name, found in plan.pages() if name in plan.COMPOSE_PAGES}
NOT_COPIED = (".git", ".venv", ".env", ".*_cache", ".hypothesis", ".coverage*", "__pycache__", "copydesk.env")
# Any password will do: what is there is found by its project.
REMOVE = f"""
export POSTGRES_PASSWORD=any REDIS_PASSWORD=any COPYDESK_SECRETS_KEY=any
docker compose down --volumes --remove-orphans --timeout=10
docker image rm --force {OURS}
"""


@pytest.fixture
def ports() -> dict[str, str]:
    """Where the two services are, as `.env` would say it."""
    return {"INGEST_PORT": str(free_port()), "PUBLISH_PORT": str(free_port())}


@pytest.fixture
def shell(tmp_path: Path, ports: dict[str, str]) -> Iterator[Shell]:
    """A terminal in a copy of the checkout; what it started is taken down whatever happens."""
    home = tmp_path / "copydesk"
    shutil.copytree(ROOT, home, ignore=shutil.ignore_patterns(*NOT_COPIED))
    docker = {name: value for name, value in os.environ.items() if name.startswith("DOCKER_")}
    own = {"COMPOSE_PROJECT_NAME": OURS, "IMAGE": OURS, **ports, **docker}
    _remove(home, tmp_path / "begin", own)  # what a run that was killed left
    opened = Shell(home, tmp_path / "page", environment(home) | own)
    yield opened
    opened.close()
    _remove(home, tmp_path / "end", own)


def _remove(home: Path, blocks: Path, own: dict[str, str]) -> None:
    """Takes the project down, with its data and its image."""
    last = Shell(home, blocks, environment(home) | own)
    try:
        last.run(REMOVE, BLOCK_SECONDS)
    finally:
        last.close()


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_does_what_the_page_says(
    shell: Shell, ports: dict[str, str], page: str
) -> None:
    replaced = {
        "http://127.0.0.1:8000": f"http://127.0.0.1:{ports['INGEST_PORT']}",
        "http://127.0.0.1:8001": f"http://127.0.0.1:{ports['PUBLISH_PORT']}",
    }
    Reader(shell, replaced, BLOCK_SECONDS).read(PAGES[page])
