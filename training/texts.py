"""The dev documents as stories' bodies, with the names in them."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from training.augment import spans
from training.corpora import documents
from training.figures import CLASS_OF, Name
from training.prose import join


class Text(NamedTuple):
    """A document as a story's body, and the names in it."""

    body: str
    names: set[Name]


def texts(path: Path) -> Iterator[Text]:
    """Yields the dev documents of one source."""
    for document in documents(path, "dev"):
        body, names = "", set()
        for sentence in document.sentences:
            part, cuts = join(sentence.tokens)
            shift = len(body) + bool(body)
            for first, last, kind in spans(sentence.labels):
                names.add((cuts[first][0] + shift, cuts[last - 1][1] + shift, CLASS_OF.get(kind, "OTHER")))
            body = f"{body} {part}" if body else part
        if body.strip():
            yield Text(body, names)
