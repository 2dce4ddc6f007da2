"""The sources made one file, peoples named alike."""

import json
from pathlib import Path

import orjson
import pytest

from services.enrich.catalogue import load as load_catalogue
from training.convert import Peoples, converted, load
from training.corpora import Sentence

PEOPLES = Peoples.load(Path(load_catalogue.__code__.co_filename).parent / "data")


@pytest.mark.parametrize(
    ("source", "words", "before", "after"),
    [
        ("gum", "the Iraqi army", "O O O", "O B-NORP O"),
        ("wikigold", "a Chinese film", "O B-OTHER O", "O B-NORP O"),
        ("gum", "many Muslims left", "O B-PER O", "O B-NORP O"),
        ("gmb", "a Sunni Arab", "O B-PLACE O", "O B-NORP O"),
        ("gmb", "the Iraqi army", "O O O", "O O O"),
        ("gum", "Iraqi News Agency", "B-ORG I-ORG I-ORG", "B-ORG I-ORG I-ORG"),
        ("uner_ewt", "Christian spoke", "B-PER O", "B-PER O"),
        ("crossner_politics", "Democratic won", "B-ORG O", "B-ORG O"),
    ],
)
def test_peoples_are_peoples_in_every_source(source: str, words: str, before: str, after: str) -> None:
    assert PEOPLES.renamed(Sentence(words.split(), before.split()), source).labels == after.split()


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    rows = [
        {"tokens": ["Kenya", "won"], "ner_tags": ["B-LOC", "O"], "doc": "a", "split": "train"},
        {"tokens": ["The", "Cup"], "ner_tags": ["O", "B-MISC"], "doc": "a", "split": "train"},
        {"tokens": ["Mali"], "ner_tags": ["B-LOC"], "doc": "b", "split": "dev"},
    ]
    data = tmp_path / "data"
    data.mkdir()
    (data / "gum.jsonl").write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    written = tmp_path / "all.jsonl"
    written.write_text("".join(json.dumps(row) + "\n" for row in converted(data, PEOPLES)))
    (train,), (dev,) = load(written, "train"), load(written, "dev")
    assert (train.source, train.name) == ("gum", "a")
    assert [sentence.labels for sentence in train.sentences] == [["B-PLACE", "O"], ["O", "B-OTHER"]]
    assert dev.sentences[0].tokens == ["Mali"]
