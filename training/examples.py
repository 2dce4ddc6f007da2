"""Makes training examples of documents: windows of sentences, with a label for every piece."""

import random
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.enrich.actors.labels import LABELS
from services.enrich.actors.pieces import Cutter
from training.augment import recased
from training.corpora import SOURCES, Document, Sentence
from training.prose import join

UNKNOWN: Final = len(LABELS)
"""The label of a piece that teaches nothing: one that goes on a word, a window's first and last, a doubt."""

_NUMBERS: Final = {label: number for number, label in enumerate(LABELS)}

_OTHERS_UNNAMED: Final = frozenset({"gmb", "uner_ewt", "gum"})
"""The sources that leave out names of other things (or most of them): there, O may also be such a name."""

Numbers = NDArray[np.int64]


class Example(NamedTuple):
    """One window."""

    ids: Numbers
    shapes: Numbers
    labels: Numbers
    source: int


def allowed() -> NDArray[np.bool_]:
    """Returns [source, label, label]: which labels are right where a source says a label."""
    table = np.zeros((len(SOURCES), len(LABELS) + 1, len(LABELS)), bool)
    table[:, range(len(LABELS)), range(len(LABELS))] = True
    table[:, UNKNOWN] = True
    others = [LABELS.index("B-OTHER"), LABELS.index("I-OTHER")]
    for source in _OTHERS_UNNAMED:
        table[SOURCES.index(source), 0, others] = True
    return table


def encoded(cutter: Cutter, sentence: Sentence) -> Example:
    """Returns one sentence's pieces."""
    text, cuts = join(sentence.tokens)
    pieces = cutter(text)
    starts = np.array([start for start, _ in cuts], np.int64)
    owners = np.searchsorted(starts, pieces.starts, "right") - 1
    labels = np.array([_NUMBERS.get(label, UNKNOWN) for label in sentence.labels], np.int64)[owners]
    opens = (labels < UNKNOWN) & (labels % 2 == 1)
    labels = np.where(opens & (pieces.starts != starts[owners]), labels + 1, labels)
    return Example(pieces.ids, pieces.shapes, np.where(pieces.firsts, labels, UNKNOWN), 0)


def windows(
    cutter: Cutter, document: Document, longest: int, chance: random.Random | None = None
) -> Iterator[Example]:
    """Yields windows of consecutive sentences, `longest` pieces at most, recased by chance."""
    source = SOURCES.index(document.source)
    held: list[Example] = []
    size = 0
    for sentence in document.sentences:
        if not sentence.tokens:
            continue
        example = encoded(cutter, recased(sentence, chance) if chance else sentence)
        if held and size + len(example.ids) > longest - 2:
            yield _window(cutter, held, source)
            held, size = [], 0
        held.append(Example(*(part[: longest - 2] for part in example[:3]), source))
        size += len(held[-1].ids)
    if held:
        yield _window(cutter, held, source)


def _window(cutter: Cutter, examples: list[Example], source: int) -> Example:
    ids = np.concatenate([[cutter.begin], *(example.ids for example in examples), [cutter.end]])
    shapes = np.concatenate([[0], *(example.shapes for example in examples), [0]])
    labels = np.concatenate([[UNKNOWN], *(example.labels for example in examples), [UNKNOWN]])
    return Example(ids, shapes, labels, source)
