"""Other names and other capitals, with the labels still true."""

import random
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

import training
from training.augment import Names, recased, renamed, spans
from training.corpora import Document, Sentence

PEOPLE = Path(training.__file__).with_name("names.json")
DOCUMENT = Document(
    "gum",
    "d",
    [
        Sentence(
            ["Ana", "B.", "Ruiz", "of", "the", "World", "Bank", "left", "Lima"],
            ["B-PER", "I-PER", "I-PER", "O", "O", "B-ORG", "I-ORG", "O", "B-PLACE"],
        ),
        Sentence(["Ruiz", "and", "Mr.", "?", "spoke"], ["B-PER", "O", "O", "?", "O"]),
    ],
)
NAMES = Names([DOCUMENT], PEOPLE)
SEEDS = st.integers(0, 500)


def kinds(document: Document) -> list[list[str]]:
    return [[kind for *_, kind in spans(sentence.labels)] for sentence in document.sentences]


def test_spans_are_names_with_their_kind() -> None:
    assert list(spans(["B-PER", "B-PER", "I-PER", "O", "?", "B-ORG"])) == [
        (0, 1, "PER"),
        (1, 3, "PER"),
        (5, 6, "ORG"),
    ]


@given(SEEDS)
def test_new_names_keep_kinds_and_what_stands_between_them(seed: int) -> None:
    other = renamed(DOCUMENT, NAMES, random.Random(seed))
    assert kinds(other) == kinds(DOCUMENT)
    for before, after in zip(DOCUMENT.sentences, other.sentences, strict=True):
        assert len(after.tokens) == len(after.labels)
        outside = [token for token, label in zip(before.tokens, before.labels, strict=True) if label in "O?"]
        assert outside == [
            token for token, label in zip(after.tokens, after.labels, strict=True) if label in "O?"
        ]


@given(SEEDS)
def test_a_surname_stays_one_through_the_document(seed: int) -> None:
    first, second = renamed(DOCUMENT, NAMES, random.Random(seed)).sentences
    (start, end, _), *_ = spans(first.labels)
    (alone, last, _), *_ = spans(second.labels)
    assert first.tokens[end - (last - alone) : end] == second.tokens[alone:last]
    assert first.tokens[start + 1] == "B."


@given(SEEDS)
def test_capitals_change_and_labels_stay(seed: int) -> None:
    sentence = DOCUMENT.sentences[0]
    other = recased(sentence, random.Random(seed))
    assert other.labels == sentence.labels
    assert [token.lower() for token in other.tokens] == [token.lower() for token in sentence.tokens]
