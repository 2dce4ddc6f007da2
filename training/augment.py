"""Gives documents other names and other capitals: the model is to learn contexts, not old news."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from training.corpora import Document, Sentence

_OTHER_PERSONS: Final = 0.3
_OTHER_PLACES: Final = 0.12
_OTHER_ORGANIZATIONS: Final = 0.12
_OTHER_CASE: Final = 0.04
"""Shares of the documents that each change is made to; case: for each of upper, lower and title case."""

_INITIAL: Final = 2
"""Code points. So short a first name stays: it is an initial."""

_PARTICLES: Final = frozenset(
    {"of", "the", "and", "for", "in", "on", "at", "to", "a", "an", "by", "with", "de", "del", "la"}
)


def spans(labels: list[str]) -> Iterator[tuple[int, int, str]]:
    """Yields the names as [start, end) in tokens and their kind."""
    start = 0
    for i, label in enumerate([*labels, "O"]):
        if i and labels[i - 1][0] in "BI" and label[0] != "I":
            yield start, i, labels[i - 1][2:]
        if label[0] != "I":
            start = i


class Names:
    """The names to choose from: people of many regions, and the places and organizations of the sources."""

    def __init__(self, documents: list[Document], people: Path) -> None:
        self._regions = list(json.loads(people.read_text("utf-8")).values())
        self._pools: dict[str, list[list[str]]] = {"PLACE": [], "ORG": []}
        for kind, pool in self._pools.items():
            found = {
                tuple(sentence.tokens[start:end])
                for document in documents
                if kind == "PLACE" or document.source != "gmb"
                for sentence in document.sentences
                for start, end, of in spans(sentence.labels)
                if of == kind
            }
            pool.extend(list(name) for name in sorted(found))

    def person(self, chance: random.Random) -> tuple[list[str], list[str]]:
        """Returns the given names and the surnames of one region."""
        region = chance.choice(self._regions)
        return region["given"], region["surnames"]

    def one(self, kind: str, chance: random.Random) -> list[str]:
        """Returns the tokens of a place or an organization."""
        return chance.choice(self._pools[kind])


def renamed(document: Document, names: Names, chance: random.Random) -> Document:
    """Returns the document with other names in places; one name becomes the same name wherever it stands."""
    kinds = {
        kind
        for kind, share in (("PER", _OTHER_PERSONS), ("PLACE", _OTHER_PLACES), ("ORG", _OTHER_ORGANIZATIONS))
        if chance.random() < share
    }
    if not kinds:
        return document
    given, surnames = names.person(chance)
    known: dict[tuple[str, ...], list[str]] = {}

    def other(tokens: list[str], kind: str) -> list[str]:
        if kind != "PER":
            return known.setdefault(tuple(tokens), names.one(kind, chance))
        *first, last = tokens
        kept = [
            token
            if len(token) <= _INITIAL or not token[0].isupper()
            else known.setdefault((token,), [chance.choice(given)])[0]
            for token in first
        ]
        return [*kept, *known.setdefault((last,), chance.choice(surnames).split())]

    def rewritten(sentence: Sentence) -> Sentence:
        tokens: list[str] = []
        labels: list[str] = []
        at = 0
        for start, end, kind in spans(sentence.labels):
            new = other(sentence.tokens[start:end], kind) if kind in kinds else sentence.tokens[start:end]
            tokens += [*sentence.tokens[at:start], *new]
            labels += [*sentence.labels[at:start], f"B-{kind}", *[f"I-{kind}"] * (len(new) - 1)]
            at = end
        return Sentence(tokens + sentence.tokens[at:], labels + sentence.labels[at:])

    return document._replace(sentences=[rewritten(sentence) for sentence in document.sentences])


def recased(sentence: Sentence, chance: random.Random) -> Sentence:
    """Returns the sentence, seldom in capitals, in lower case or as a headline."""
    draw = chance.random()
    if draw < _OTHER_CASE:
        return Sentence([token.upper() for token in sentence.tokens], sentence.labels)
    if draw < 2 * _OTHER_CASE:
        return Sentence([token.lower() for token in sentence.tokens], sentence.labels)
    if draw < 3 * _OTHER_CASE:
        headline = [
            token if token in _PARTICLES else token[:1].upper() + token[1:] for token in sentence.tokens
        ]
        return Sentence(headline, sentence.labels)
    return sentence
