"""How the blocks of the pages are run. What is not named here is run, in order, on the running copydesk."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from services.embedded.ports import free_port
from tests.docs.blocks import Block, blocks
from tests.docs.desk import ROOT, Desk

COMPOSE_PAGES = ("docs/compose.md",)  # tests/compose/test_pages.py runs them, in containers


@dataclass(frozen=True, slots=True)
class Background:
    """A command that does not end by itself.

    Args:
        ready: what it prints once it is at work.
        shows: what it must have printed when the page is at its end.
    """

    ready: str
    shows: str = ""


@dataclass(frozen=True, slots=True)
class NotRun:
    """A block that this test does not run, and why not."""

    reason: str


TRAINING = NotRun(
    "it needs what training needs, a thousand articles that are not ours, and up to ten minutes"
)
DESK = NotRun("the fixture runs it, and test_make_run_shows_what_the_readme_shows compares what it prints")

# (page, first line of the block) → what is special about it.
PLAN: dict[tuple[str, str], Background | NotRun] = {
    ("README.md", "$ make run"): DESK,
    ("docs/tutorial.md", "make run"): DESK,
    ("docs/compose.md", "git pull"): NotRun(
        "it would change the checkout that is being tested, from a network"
    ),
    ("docs/highlights.md", "$ python -m training.highlights evaluate cnndm.jsonl"): TRAINING,
    ("docs/highlights.md", "$ python -m training.highlights time cnndm.jsonl"): TRAINING,
    ("docs/how-to/lanes.md", "export COPYDESK_LANES=breaking"): Background("ready."),
    ("docs/receivers.md", "copydesk listen --count 1 --save captured"): Background(
        "Listening at", "1 verified, 0 with a bad signature."
    ),
    ("README.md", ".venv/bin/copydesk listen"): Background(
        "Listening at", "Finland and Estonia reopen ferry talks"
    ),
}


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a page expects its reader to have, beside a plain terminal.

    Args:
        variables: of the environment.
        replaced: what stands in this page only → what it is in this run.
    """

    variables: dict[str, str] = field(default_factory=dict)
    replaced: dict[str, str] = field(default_factory=dict)


def nothing(_desk: Desk) -> Prepared:
    """A page that is complete in itself."""
    return Prepared()


def subscriber(desk: Desk) -> Prepared:
    """A page whose reader has a key with every scope, and a subscription."""
    return Prepared({"KEY": desk.key(), "ID": desk.subscription()})


def chooser(desk: Desk) -> Prepared:
    """A page whose reader has a story besides, to ask why it came."""
    return Prepared(subscriber(desk).variables | {"STORY": desk.record()})


def operator(desk: Desk) -> Prepared:
    """A page whose reader looks after stories in quarantine and after keys."""
    variables = {"KEY": desk.key(), "KEY_ID": desk.key_id()}
    return Prepared(variables | {"ID": desk.quarantined(), "OTHER_ID": desk.quarantined()})


def located(desk: Desk) -> Prepared:
    """A page whose reader knows where the servers are, and has a database to restore into."""
    told = desk.told()
    variables = {name: told[name] for name in ("DATABASE_URL", "BROKER_URL")}
    return Prepared({"KEY": desk.key(), "EMPTY_DATABASE_URL": desk.empty_database("restored"), **variables})


def servers(desk: Desk) -> Prepared:
    """A page whose reader has servers of another house, and free ports."""
    ports = {name: str(free_port()) for name in ("COPYDESK_INGEST_PORT", "COPYDESK_PUBLISH_PORT")}
    metrics = (
        "COPYDESK_WORKER_METRICS_PORT",
        "COPYDESK_SWEEP_METRICS_PORT",
        "COPYDESK_DISPATCHER_METRICS_PORT",
    )
    replaced = {
        "http://127.0.0.1:8000": f"http://127.0.0.1:{ports['COPYDESK_INGEST_PORT']}",
        "postgresql://copydesk:secret@db.example.org:5432/copydesk": desk.empty_database("external"),
        "redis://queue.example.org:6379/0": f"{desk.told()['BROKER_URL'].removesuffix('/0')}/1",
    }
    return Prepared(ports | dict.fromkeys(metrics, "0"), replaced)


PREPARED: dict[str, Callable[[Desk], Prepared]] = {
    "docs/how-to/backup.md": located,
    "docs/how-to/external-servers.md": servers,
    "docs/how-to/lanes.md": located,
    "docs/operations.md": operator,
    "docs/pull.md": subscriber,
    "docs/webhooks.md": chooser,
}


def runs(block: Block) -> bool:
    """Whether a block is something that a reader types."""
    return block.language in {"sh", "console"}


def pages() -> Iterator[tuple[str, list[Block]]]:
    """Yields each page that has something to type, with all of its blocks."""
    for name in ("README.md", "CONTRIBUTING.md", *under_docs()):
        found = blocks(name, (ROOT / name).read_text())
        if any(runs(block) for block in found):
            yield name, found


def under_docs() -> list[str]:
    """Returns the pages below docs/."""
    return sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("docs/**/*.md"))


def replaced(desk: Desk) -> dict[str, str]:
    """Returns what stands in the pages → what it is in this run: places, and a host that nobody calls."""
    told = desk.told()
    return {
        "http://127.0.0.1:8000": told["COPYDESK_INGEST_URL"],
        "http://127.0.0.1:8001": told["COPYDESK_PUBLISH_URL"],
        "9000": str(free_port()),
        "https://wall.example.org/copydesk": f"http://127.0.0.1:{free_port()}/",
        "/home/you/.local/share/copydesk": str(desk.data),
    }
