"""The command line."""

import io
from pathlib import Path

import pytest
from rich.console import Console

import tests.gold.__main__ as command
from tests.gold import figures
from tests.gold.markup import GoldError


@pytest.fixture
def shown() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def console(shown: io.StringIO) -> Console:
    return Console(file=shown, width=100, highlight=False)


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["--help"])
    told = capsys.readouterr().out
    assert "--errors" in told
    assert "beside the committed figures" in told


def test_one_story_is_shown_with_its_errors(console: Console, shown: io.StringIO) -> None:
    assert command.main(["--only", "hard-metonyms", "--errors"], console) == 0
    told = shown.getvalue()
    assert "hard-metonyms: " in told
    assert "niger-ambush" not in told
    assert "By kind" in told
    assert "mentions all" in told
    assert "| confidence | mentions | mean confidence | right |" in told


def test_figures_are_written_for_all_stories(
    console: Console, shown: io.StringIO, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(figures, "COMMITTED", tmp_path / "figures.json")
    assert command.main(["--write"], console) == 0
    assert "Wrote figures.json." in shown.getvalue()
    assert set(figures.read(tmp_path / "figures.json")) > {"niger-ambush", "hard-all-caps"}


def test_an_unknown_story_is_named(console: Console, shown: io.StringIO) -> None:
    assert command.main(["--only", "atlantis"], console) == 2
    assert shown.getvalue() == "No such story: atlantis\n"


def test_some_stories_make_no_figures(console: Console, shown: io.StringIO) -> None:
    assert command.main(["--only", "hard-metonyms", "--write"], console) == 2
    assert "--write takes all stories" in shown.getvalue()


def test_gold_that_cannot_be_read_says_where(
    console: Console, shown: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise GoldError("rain.txt:7: {{ is never closed")

    monkeypatch.setattr(command, "load", broken)
    assert command.main([], console) == 2
    assert shown.getvalue() == "rain.txt:7: {{ is never closed\n"
