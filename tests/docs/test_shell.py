"""The bash that types the blocks of a page."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.docs.blocks import Block
from tests.docs.reader import Reader
from tests.docs.shell import Shell, wait_for


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    opened = Shell(tmp_path, tmp_path / "blocks", {"PATH": os.environ["PATH"]})
    yield opened
    opened.close()


def test_a_block_sees_what_earlier_ones_set(shell: Shell) -> None:
    shell.run("WORD=seen\n", 10)
    assert shell.run('echo "$WORD"\n', 10) == "seen\n"


@pytest.mark.parametrize("script", ["false\ntrue\n", 'echo "$UNSET"\n', "false | true\n", "exit 3\n"])
def test_a_command_that_fails_fails_its_block(shell: Shell, script: str) -> None:
    with pytest.raises(AssertionError, match="status"):
        shell.run(script, 10)


def test_a_block_that_does_not_end_fails(shell: Shell) -> None:
    with pytest.raises(AssertionError, match="not within"):
        shell.run("read -r never < <(tail -f /dev/null)\n", 0.3)


def test_what_runs_in_the_background_ends_with_the_shell(
    shell: Shell, is_alive: Callable[[int], bool]
) -> None:
    said = shell.begin("trap '' TERM; echo $BASHPID; while :; do read -r -t 1 _ <> <(:) || :; done")
    wait_for(said, 10, "it began")
    shell.close(seconds=1)
    assert not is_alive(int(said()))


def read(shell: Shell, *blocks: tuple[str, str]) -> None:
    page = [Block("page.md", language, text) for language, text in blocks]
    Reader(shell, {"8000": "8123"}, 0.5).read(page)


def test_a_page_is_true_when_it_prints_what_it_shows(shell: Shell) -> None:
    read(
        shell,
        ("sh", "echo '{\"port\": 8000}' | tee it\n"),
        ("console", '$ cat it\n{"port": 8000}\n'),
        ("json", '{"port": 1}\n'),
        ("text", "anything\n"),
    )


@pytest.mark.parametrize(
    "block", [("console", "$ echo no\nyes\n"), ("json", '{"other": 1}\n'), ("sh", "false\n")]
)
def test_a_page_that_lies_fails(shell: Shell, block: tuple[str, str]) -> None:
    with pytest.raises(AssertionError):
        read(shell, ("sh", "echo '{\"port\": 8000}'\n"), block)
