"""Every command in README.md, CONTRIBUTING.md and docs/ is run, page by page, as a reader would."""

import json
from collections.abc import Iterator

import pytest

from tests.docs import plan
from tests.docs.blocks import Block, blocks, is_like
from tests.docs.desk import READY, ROOT, Desk, running
from tests.docs.reader import Reader
from tests.docs.shell import Shell

PAGES = {name: found for name, found in plan.pages() if name not in plan.COMPOSE_PAGES}

pytestmark = [
    pytest.mark.servers,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("documents"),  # one copydesk for all pages
]


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    """The copydesk that `make run` starts."""
    with running() as made:
        yield made


def test_make_run_shows_what_the_readme_shows(desk: Desk) -> None:
    block = next(each for each in PAGES["README.md"] if each.name == "$ make run")
    shown = block.shown.replace("/home/you/.local/share/copydesk", str(desk.data))
    said = f"{desk.said().partition(READY)[0]}{READY}"
    assert is_like(shown, said), said


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_does_what_the_page_says(desk: Desk, page: str) -> None:
    prepared = plan.PREPARED.get(page, plan.nothing)(desk)
    shell = Shell(desk.home, desk.pages / page.replace("/", "-"), desk.environment() | prepared.variables)
    try:
        Reader(shell, plan.replaced(desk) | prepared.replaced).read(PAGES[page])
    finally:
        shell.close()
        desk.unsubscribe_all()


def _typed() -> Iterator[Block]:
    yield from (block for _, found in plan.pages() for block in found if plan.runs(block))


def test_what_the_plan_names_stands_in_the_pages() -> None:
    known = {(block.page, block.name) for block in _typed()}
    assert set(plan.PLAN) <= known
    assert {*plan.PREPARED, *plan.COMPOSE_PAGES} <= {page for page, _ in plan.pages()}


def test_a_block_that_is_not_run_has_a_reason_and_is_the_only_one_of_its_name() -> None:
    names = [(block.page, block.name) for block in _typed()]
    assert [place for place in plan.PLAN if names.count(place) != 1] == []
    reasons = [each.reason for each in plan.PLAN.values() if isinstance(each, plan.NotRun)]
    assert all(len(reason.split()) > 5 for reason in reasons), reasons


def test_what_is_typed_stands_in_a_block_that_is_run() -> None:
    """No other language hides a command from this test."""
    known = {"", "text", "sh", "console", "json", "yaml", "sql", "http", "python", "js"}
    for name in ("README.md", "CONTRIBUTING.md", *plan.under_docs()):
        for block in blocks(name, (ROOT / name).read_text()):
            assert block.language in known, block
            assert plan.runs(block) or not block.text.startswith("$ "), block


def test_a_console_block_shows_one_command_which_may_be_repeated() -> None:
    """It is run again until it shows what the page shows, so it must only look."""
    for block in _typed():
        if block.language == "console":
            assert block.text.startswith("$ "), block
            assert block.text.count("\n$ ") == 0, block


def test_json_in_a_page_with_commands_can_be_read() -> None:
    for name, found in PAGES.items():
        for block in found:
            if block.language == "json":
                assert isinstance(json.loads(block.text), dict), name
