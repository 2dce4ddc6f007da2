"""Tests in containers: they run with `pytest -m compose` only, and need Docker with Compose v2."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.compose.receiver import BridgeReceiver
from tests.compose.stack import Stack


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Takes these tests out of every run that does not ask for them by their marker."""
    ours = [item for item in items if Path(__file__).parent in item.path.parents]
    for item in ours:
        item.add_marker(pytest.mark.compose)
        item.add_marker(pytest.mark.timeout(600))
    if config.option.markexpr != "compose" and ours:
        config.hook.pytest_deselected(items=ours)
        items[:] = [item for item in items if item not in ours]


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """All of docker-compose.yml, running; taken down whatever happens."""
    made = Stack(tmp_path_factory.mktemp("compose"))
    made.remove()  # what a run that was killed left
    try:
        made.build()
        made.up("--scale", "enrich=3", "--scale", "dispatcher=2")
        made.enter()
        yield made
    finally:
        made.close()


@pytest.fixture(scope="session")
def receiver(stack: Stack) -> Iterator[BridgeReceiver]:
    """A subscriber on the host, which the containers reach."""
    opened = BridgeReceiver(stack.host_address())
    opened.secret = stack.subscribe(opened.outside_url)["secret"]
    yield opened
    opened.close()
