"""The command line, and one tiny figure from start to end."""

import io
import tempfile
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
            "--attempts",
            "--only",
            "--page",
            "Ctrl-C",
        )
    )


def test_page_names_the_command_that_made_it() -> None:
    assert bench.command(bench.parser().parse_args([])) == "make bench"
    given = bench.parser().parse_args(["--quick", "--only", "ingest", "--only", "memory"])
    assert bench.command(given) == "python -m bench --quick --only ingest --only memory"
    given = bench.parser().parse_args(["--only", "publish", "--seconds", "10"])
    assert bench.command(given) == "python -m bench --only publish --seconds 10"


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


def test_attempts_are_as_many_as_are_given() -> None:
    given = bench.parser().parse_args(["--only", "attempts", "--attempts", "5000"])
    assert bench.scale(given).attempts == 5_000
    assert bench.command(given) == "python -m bench --only attempts --attempts 5000"


@pytest.mark.parametrize("wrong", ["0", "-1", "1.5", "10000000000", "many"])
def test_attempts_that_are_none_are_refused(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bench.main(["--attempts", wrong])
    assert "--attempts" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", ["0", "-1", "nan", "inf", "1e9", "long"])
def test_seconds_that_are_none_are_refused(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bench.main(["--seconds", wrong])
    assert "--seconds" in capsys.readouterr().err


def test_a_figure_that_fails_is_said_and_leaves_the_page_alone(
    monkeypatch: pytest.MonkeyPatch, terminal: Terminal, shown: io.StringIO, tmp_path: Path
) -> None:
    monkeypatch.setattr(bench, "FIGURES", {"broken": _broken, "fine": _figure})
    page = tmp_path / "performance.md"
    assert bench.main(["--page", str(page)], terminal) == 1
    assert "broken could not be measured: TimeoutError: nothing came" in shown.getvalue()
    assert "Nothing" in shown.getvalue()
    assert not page.exists()


def test_measuring_only_some_writes_no_page(monkeypatch: pytest.MonkeyPatch, terminal: Terminal) -> None:
    monkeypatch.setattr(bench, "FIGURES", {"fine": _figure})
    monkeypatch.setattr(bench, "_machine", lambda: {"cores": "2"})
    monkeypatch.setattr(bench, "PAGE", Path("must", "not", "be", "written"))
    assert bench.main(["--only", "fine"], terminal) == 0


def test_a_page_is_written_where_it_is_wanted(
    monkeypatch: pytest.MonkeyPatch, terminal: Terminal, tmp_path: Path
) -> None:
    monkeypatch.setattr(bench, "FIGURES", {"fine": _figure})
    monkeypatch.setattr(bench, "_machine", lambda: {"cores": "2"})
    page = tmp_path / "performance.md"
    assert bench.main(["--quick", "--page", str(page)], terminal) == 0
    assert "`python -m bench --quick`" in page.read_text()


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
