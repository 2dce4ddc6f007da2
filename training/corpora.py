"""The tagged sources, a document at a time, in the labels of the tagging model."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

SOURCES: Final = ("any", "gmb", "wikigold", "crossner_politics", "uner_ewt", "gum", "wnut17", "articles")
"""The numbers of the sources in the model; `any` when it is to follow no source's habits."""

_KINDS: Final = {"PER": "PER", "ORG": "ORG", "LOC": "PLACE", "NORP": "NORP", "MISC": "OTHER"}


class Sentence(NamedTuple):
    """Tokens with a label each: O, B- or I- and a kind, or ? where nobody knows."""

    tokens: list[str]
    labels: list[str]


class Document(NamedTuple):
    """Consecutive sentences of one source."""

    source: str
    name: str
    sentences: list[Sentence]


def label(tag: str) -> str:
    """Returns the model's label of a corpus' tag."""
    return tag if tag == "O" else f"{tag[0]}-{_KINDS[tag[2:]]}"


def documents(path: Path, split: str | None = None) -> Iterator[Document]:
    """Yields the documents of one file, of one split if one is named.

    Args:
        path: a file of JSON lines: tokens, ner_tags (BIO), doc, split; a document's sentences in order.
        split: train or dev; None for both.
    """
    with path.open(encoding="utf-8") as lines:
        rows = (row for row in map(json.loads, lines) if split in (None, row.get("split")))
        for name, group in itertools.groupby(rows, key=lambda row: row["doc"]):
            sentences = [Sentence(row["tokens"], [label(tag) for tag in row["ner_tags"]]) for row in group]
            yield Document(path.stem, name, sentences)
