"""Figures of the shipped model, on documents of our own."""

from pathlib import Path

import orjson
import pytest

from training import evaluate
from training.figures import Figures


def test_what_is_found_is_held_against_what_is_there() -> None:
    figures = Figures()
    figures.add(
        {(0, 3, "PER"), (4, 6, "ORG"), (7, 9, "GEO")}, {(0, 3, "PER"), (4, 6, "GEO"), (7, 9, "OTHER")}
    )
    assert [round(value) for value in figures.of("PER", "ORG", "GEO")] == [50, 50, 50]
    assert str(figures) == "PER 100.0  ORG 0.0  GEO 0.0  all 50.0"
    assert Figures().of("PER") == (0, 0, 0)


def test_the_command_prints_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    row = {
        "tokens": ["Angela", "Merkel", "met", "reporters", "in", "Oslo", "."],
        "ner_tags": ["B-PER", "I-PER", "O", "O", "O", "B-LOC", "O"],
        "doc": "a",
        "split": "dev",
    }
    (tmp_path / "own.jsonl").write_bytes(orjson.dumps(row))
    monkeypatch.setattr("sys.argv", ["evaluate", str(tmp_path)])
    evaluate.main()
    printed = capsys.readouterr().out
    assert printed.count("| own | 100.0 | 0.0 | 100.0 | 100.0 | 100.0 | 100.0 | 2 |") == 2
