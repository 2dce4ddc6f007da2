"""The command line, and one tiny figure from start to end."""

import io
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

import bench.__main__ as bench
from bench import ingest
from bench.figures import Figure, Row, Scale, Spread, Tell
from bench.terminal import Terminal

TINY = Scale(rounds=1, seconds=0.2)


def _figure(_scale: Scale, tell: Tell) -> Figure:
    tell("measuring")
    return Figure("Nothing", "Nothing is done.", (Row("nothing", Spread.of([0.0]), "ms"),))


def _broken(_scale: Scale, _tell: Tell) -> Figure:
    raise TimeoutError("nothing came")


@pytest.fixture
def shown() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def terminal(shown: io.StringIO) -> Terminal:
    return Terminal(Console(file=shown, width=100))


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bench.main(["--help"])
    told = capsys.readouterr().out
    assert all(
        name in told
        for name in (
            *bench.FIGURES,
            *bench.GROUPS,
            "--quick",
            "--seconds",
            "--stories",
            "--attempts",
            "--only",
            "--renew",
            "Ctrl-C",
        )
    )


def test_page_names_the_command_that_made_it() -> None:
    assert bench.command(bench.parser().parse_args([])) == "make bench"
    given = bench.parser().parse_args(["--quick", "--only", "ingest", "--only", "memory"])
    assert bench.command(given) == "python -m bench --renew --quick --only ingest --only memory"
    given = bench.parser().parse_args(["--only", "publish", "--seconds", "10"])
    assert bench.command(given) == "python -m bench --renew --only publish --seconds 10"


def test_a_group_stands_for_its_figures() -> None:
    assert bench.chosen(["publish", "ingest"]) == [
        "ingest",
        "deliveries",
        "delivery-cost",
        "hanging",
        "fairness",
    ]
    assert bench.chosen(None) == list(bench.FIGURES)
    assert all(name in bench.FIGURES for names in bench.GROUPS.values() for name in names)


def test_seconds_are_those_that_are_given() -> None:
    assert bench.scale(bench.parser().parse_args(["--quick"])) == bench.QUICK
    assert bench.scale(bench.parser().parse_args(["--seconds", "7"])).sustained == 7.0


def test_stories_and_attempts_are_as_many_as_are_given() -> None:
    given = bench.parser().parse_args(["--only", "stored", "--stories", "60"])
    assert bench.scale(given).stories == 60
    assert bench.command(given) == "python -m bench --renew --only stored --stories 60"
    given = bench.parser().parse_args(["--only", "attempts", "--attempts", "5000"])
    assert bench.scale(given).attempts == 5_000
    assert bench.command(given) == "python -m bench --renew --only attempts --attempts 5000"


@pytest.mark.parametrize("wrong", ["0", "-1", "1.5", "10000000000", "many"])
@pytest.mark.parametrize("option", ["--attempts", "--stories"])
def test_none_at_all_is_refused(option: str, wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bench.main([option, wrong])
    assert option in capsys.readouterr().err


@pytest.mark.parametrize("wrong", ["0", "-1", "nan", "inf", "1e9", "long"])
def test_seconds_that_are_none_are_refused(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bench.main(["--seconds", wrong])
    assert "--seconds" in capsys.readouterr().err


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where the page is written; nothing was measured before."""
    monkeypatch.setattr(bench, "PAGE", tmp_path / "performance.md")
    monkeypatch.setattr(bench, "KEPT", tmp_path / "measured.json")
    monkeypatch.setattr(bench, "_machine", lambda: {"cores": "2"})
    return tmp_path / "performance.md"


def test_a_figure_that_fails_is_said_and_costs_no_other(
    monkeypatch: pytest.MonkeyPatch, terminal: Terminal, shown: io.StringIO, page: Path
) -> None:
    monkeypatch.setattr(bench, "FIGURES", {"broken": _broken, "fine": _figure})
    assert bench.main(["--renew"], terminal) == 1
    assert "broken could not be measured: TimeoutError: nothing came" in shown.getvalue()
    assert "1 of 2 figures on performance.md are renewed." in shown.getvalue()
    assert "## Nothing" in page.read_text()


def test_what_is_only_shown_is_not_kept(
    monkeypatch: pytest.MonkeyPatch, terminal: Terminal, shown: io.StringIO, page: Path
) -> None:
    monkeypatch.setattr(bench, "FIGURES", {"fine": _figure})
    assert bench.main(["--only", "fine"], terminal) == 0
    assert "Nothing" in shown.getvalue()
    assert not page.exists()


def test_one_figure_is_renewed_and_the_others_stay_in_their_order(
    monkeypatch: pytest.MonkeyPatch, terminal: Terminal, page: Path
) -> None:
    other = replace(_figure(TINY, lambda _step: None), title="Something")
    monkeypatch.setattr(bench, "FIGURES", {"fine": _figure, "other": lambda _scale, _tell: other})
    assert bench.main(["--renew"], terminal) == 0
    assert page.read_text().count("`make bench`, 20") == 2
    assert bench.main(["--renew", "--quick", "--only", "fine"], terminal) == 0
    assert page.read_text().count("`make bench`, 20") == 1
    assert "`python -m bench --renew --quick --only fine`, 20" in page.read_text()
    assert page.read_text().index("## Nothing") < page.read_text().index("## Something")


def test_ctrl_c_keeps_what_was_measured(
    monkeypatch: pytest.MonkeyPatch, terminal: Terminal, page: Path
) -> None:
    def interrupted(_scale: Scale, _tell: Tell) -> Figure:
        raise KeyboardInterrupt

    monkeypatch.setattr(bench, "FIGURES", {"fine": _figure, "long": interrupted})
    assert bench.main(["--renew"], terminal) == 130
    assert "## Nothing" in page.read_text()


@pytest.mark.system
def test_a_tiny_figure_is_measured_and_nothing_stays(
    monkeypatch: pytest.MonkeyPatch, server_directory: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(server_directory))  # PostgreSQL's user may enter it
    figure = ingest.measure(TINY, lambda _step: None)
    ours, peer, ratio, cpu = (row.spread.median for row in figure.rows)
    assert ours > 0
    assert peer > 0
    assert ratio == pytest.approx(ours / peer)
    assert cpu > 0
    assert list(server_directory.glob("copydesk-bench-*")) == []
