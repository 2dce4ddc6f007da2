"""Sources kept out of training in turn."""

import json
from pathlib import Path
from subprocess import CalledProcessError

import orjson
import pytest

from services.enrich.actors.model import ModelTagger
from training import apart
from training.figures import Figures

SCHEDULE = apart.Schedule(steps=20, size=640, threads=1)


def test_a_source_is_kept_out_and_nothing_else_changes(tmp_path: Path) -> None:
    train, export = apart.commands("wikigold", tmp_path, SCHEDULE)
    whole, _ = apart.commands(apart.NONE, tmp_path, SCHEDULE)
    assert train[-2:] == ["--without", "wikigold"]
    assert "--without" not in whole
    assert [word for word in whole if "none.pt" not in word] == [
        word for word in train[:-2] if "wikigold.pt" not in word
    ]
    assert export[1] == train[3]


def test_a_model_that_is_there_is_not_made_again(tmp_path: Path) -> None:
    (tmp_path / "gum").mkdir()
    (tmp_path / "gum" / "model.onnx").touch()
    (tmp_path / "gum.json").write_text(json.dumps(SCHEDULE._asdict()))
    apart.make("gum", tmp_path, SCHEDULE)
    assert not (tmp_path / "gum.log").exists()
    with pytest.raises(SystemExit, match="another schedule"):
        apart.make("gum", tmp_path, SCHEDULE._replace(steps=30))


def test_a_training_that_fails_says_so(tmp_path: Path) -> None:
    with pytest.raises(CalledProcessError):
        apart.make("gum", tmp_path, SCHEDULE)
    assert (tmp_path / "gum.log").read_text()


def test_a_model_alone_is_scored_on_dev_documents(tmp_path: Path) -> None:
    row = {
        "tokens": ["Angela", "Merkel", "met", "reporters", "in", "Oslo", "."],
        "ner_tags": ["B-PER", "I-PER", "O", "O", "O", "B-LOC", "O"],
        "doc": "a",
        "split": "dev",
    }
    path = tmp_path / "own.jsonl"
    path.write_bytes(orjson.dumps(row))
    assert apart.figures(path, ModelTagger()).of("PER", "ORG", "GEO") == (100, 100, 100)


def test_the_table_says_what_was_lost() -> None:
    seen, not_seen = Figures(), Figures()
    gold = {(0, 1, "PER"), (2, 3, "GEO")}
    seen.add(gold, gold)
    not_seen.add({(0, 1, "PER")}, gold)
    assert apart.table({"gum": (not_seen, seen)}).splitlines()[2] == (
        "| gum | 100.0 | 0.0 | 0.0 | 66.7 | 100.0 | 33.3 | 2 |"
    )
