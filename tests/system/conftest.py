"""One tree of processes for all the fault tests: each must leave it working for the next."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.embedded.postgres import Postgres
from services.embedded.redis import Redis
from tests.system.receiver import Receiver
from tests.system.tree import Tree


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keeps the tests of one file on one test process, which has their tree; the longest begin first."""
    ours = [item for item in items if Path(__file__).parent in item.path.parents]
    for item in ours:
        item.add_marker(pytest.mark.system)
        item.add_marker(pytest.mark.xdist_group(item.path.stem))
    items.sort(key=lambda item: "xdist_group" not in item.keywords)


@pytest.fixture(scope="module")
def servers(server_directory: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Postgres, Redis]]:
    """A PostgreSQL and a Redis for one file of tests."""
    name = request.module.__name__.rpartition(".")[2]
    postgres = Postgres(server_directory / f"{name}-postgres", fsync=False)
    redis = Redis(server_directory / f"{name}-redis")
    postgres.start()
    redis.start()
    yield postgres, redis
    redis.stop()
    postgres.stop()


@pytest.fixture(scope="module")
def tree(servers: tuple[Postgres, Redis], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tree]:
    """The whole tree: two dispatchers, everything else once."""
    grown = Tree(*servers, tmp_path_factory.mktemp("logs"), second="services.publish.dispatcher#2")
    grown.start()
    yield grown
    grown.stop()


@pytest.fixture
def receiver(tree: Tree) -> Iterator[Receiver]:
    """A healthy subscriber."""
    opened = Receiver()
    subscription = tree.subscribe(opened.url)
    opened.secret = subscription["secret"]
    yield opened
    tree.unsubscribe(subscription["id"])
    opened.close()


@pytest.fixture
def hanging(tree: Tree) -> Iterator[Receiver]:
    """A subscriber that takes requests and never answers."""
    opened = Receiver(hang=True)
    subscription = tree.subscribe(opened.url)
    yield opened
    tree.unsubscribe(subscription["id"])
    opened.close()
