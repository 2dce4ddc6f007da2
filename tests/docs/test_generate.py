"""The pages of docs/reference/ are what the code says today."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from copydesk import contracts
from copydesk.model import EventType
from docs.generate import __main__ as write
from docs.generate import events, markdown, pages
from docs.generate.contracts import fields
from services.cli import main

ROOT = Path(__file__).parents[2]
PAGES = pages()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_code_would_write(name: str) -> None:
    assert (ROOT / "docs/reference" / name).read_text() == PAGES[name], "run make docs"


def test_no_other_page_lies_beside_them() -> None:
    assert {path.name for path in (ROOT / "docs/reference").iterdir()} == PAGES.keys()


def test_the_environment_changes_nothing() -> None:
    command = [sys.executable, "-c", "from docs.generate import pages; print(pages())"]
    settings = {"COPYDESK_MAX_BODY_BYTES": "4096", "COPYDESK_INGEST_PORT": "no number", "COLUMNS": "40"}
    made = set()
    for more in ({"PYTHONHASHSEED": "1"}, {"PYTHONHASHSEED": "2", **settings}):
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, **more}, capture_output=True, check=True)
        made.add(done.stdout)
    assert len(made) == 1


def test_writing_makes_what_is_missing_and_removes_what_is_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(write, "FOLDER", tmp_path)
    (tmp_path / "stale.md").touch()
    write.main()
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == PAGES
    assert "removed docs/reference/stale.md" in capsys.readouterr().out
    write.main()
    assert capsys.readouterr().out == ""


def _commands(command: click.Command, words: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    below = command.commands.items() if isinstance(command, click.Group) else ()
    return [words, *(found for word, each in below for found in _commands(each, (*words, word)))]


@pytest.mark.parametrize("words", _commands(main), ids=" ".join)
def test_a_command_is_shown_as_its_help_prints_it(words: tuple[str, ...]) -> None:
    help_text = CliRunner().invoke(main, [*words, "--help"], prog_name="copydesk", terminal_width=100).output
    text = "\n".join(line.rstrip() for line in help_text.splitlines())
    assert f"```text\n{text}\n```" in PAGES["commands.md"]


def test_every_field_of_a_contract_is_shown_with_its_meaning() -> None:
    table = fields("story")
    for name, rule in contracts.schema("story")["properties"].items():
        assert f"| `{name}`" in table
        assert rule["description"] in table


def test_every_event_type_has_its_data() -> None:
    page = events.page()
    for kind in EventType:
        assert f"| `{kind}` | " in page
    assert "[event.quarantine](contracts.md#eventquarantine)" in page
    assert "[event.exhausted](contracts.md#eventexhausted)" in page


def test_a_cell_cannot_break_its_table() -> None:
    assert markdown.table(("a",), [("x | y\nz",)]) == "| a |\n| --- |\n| x \\| y z |"
