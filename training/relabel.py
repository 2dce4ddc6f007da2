"""Corrects the silver source by what a first model is sure of, and labels plain articles: self-training."""

import argparse
import itertools
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from services.enrich.actors.model import ModelTagger
from services.enrich.actors.tagger import Tagged
from services.enrich.actors.tokens import tokenize
from services.enrich.sentences import Span, split
from training.corpora import Document, Sentence
from training.prose import Cut, join

_SURE: Final = 0.8
"""What the model is less sure of teaches nothing, unless the source says the same."""

DOUBT: Final = "?"
"""The label of a token that teaches nothing."""


def marked(cuts: Sequence[Cut], names: Sequence[Tagged]) -> list[tuple[str, float]]:
    """Returns the model's label of each token, and how sure it is: not at all where a name cuts it."""
    found: list[tuple[str, float]] = [("O", 1.0)] * len(cuts)
    at = 0
    for name in names:
        while at < len(cuts) and cuts[at][1] <= name.start:
            at += 1
        first = at
        while at < len(cuts) and cuts[at][0] < name.end:
            whole = name.start <= cuts[at][0] and cuts[at][1] <= name.end
            found[at] = (f"{'I' if at > first else 'B'}-{name.label}", name.confidence if whole else 0.0)
            at += 1
    return found


def settled(silver: Sentence, found: Sequence[tuple[str, float]]) -> Sentence:
    """Returns the sentence with the labels that the model is sure of or that both say; a doubt elsewhere."""
    labels = [
        label
        if (sure >= _SURE and label != "O") or label == said
        else said
        if said.endswith("NORP")
        else DOUBT
        for said, (label, sure) in zip(silver.labels, found, strict=True)
    ]
    return Sentence(silver.tokens, labels)


def corrected(document: Document, tagger: ModelTagger) -> Document:
    """Returns a document of the silver source as the model corrects it."""
    text, cuts, bounds = "", [], []
    for sentence in document.sentences:
        part, places = join(sentence.tokens)
        shift = len(text) + bool(text)
        bounds.append(Span(shift, shift + len(part)))
        cuts += [(start + shift, end + shift) for start, end in places]
        text = f"{text} {part}" if text else part
    found = marked(cuts, tagger(text, bounds))
    sentences = []
    for sentence in document.sentences:
        sentences.append(settled(sentence, found[: len(sentence.tokens)]))
        found = found[len(sentence.tokens) :]
    return document._replace(sentences=sentences)


def labelled(name: str, text: str, tagger: ModelTagger) -> Document:
    """Returns a plain article with the names that the model is sure of, and doubts where it is not."""
    sentences = []
    bounds = split(text)
    names = tagger(text, bounds)
    for bound in bounds:
        cuts = list(_cuts(text, bound))
        inside = [found for found in names if bound.start <= found.start < bound.end]
        found = marked(cuts, inside)
        sentences.append(
            Sentence(
                [text[start:end] for start, end in cuts],
                [label if sure >= _SURE else DOUBT for label, sure in found],
            )
        )
    return Document("articles", name, sentences)


def _cuts(text: str, bound: Span) -> Iterator[Cut]:
    """Yields the words and marks of a sentence, a possessive ending apart from its word."""
    for token in tokenize(text, *bound):
        yield token.start, token.end
        if token.possessive:
            yield token.end, token.end + 2


def relabelled(rows: Iterator[dict[str, Any]], tagger: ModelTagger) -> Iterator[dict[str, Any]]:
    """Yields all documents, those of the silver source's train split corrected."""
    for row in rows:
        if row["source"] == "gmb" and row["split"] == "train":
            document = Document(row["source"], row["name"], [Sentence(*pair) for pair in row["sentences"]])
            row["sentences"] = corrected(document, tagger).sentences
        yield row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("documents", type=Path, help="what convert wrote")
    parser.add_argument("--model", type=Path, required=True, help="the folder of an exported first model")
    parser.add_argument("--articles", type=Path, help="JSON lines with an `article` each")
    parser.add_argument("--most", type=int, help="articles to label; all unless given")
    parser.add_argument("--to", type=Path, required=True, help="the file of documents to write")
    args = parser.parse_args()
    tagger = ModelTagger(args.model)
    with args.documents.open(encoding="utf-8") as lines, args.to.open("w", encoding="utf-8") as out:
        for row in relabelled(map(json.loads, lines), tagger):
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
        if args.articles:
            for row in itertools.islice(map(json.loads, args.articles.open(encoding="utf-8")), args.most):
                document = labelled(row["id"], row["article"], tagger)
                written = {
                    "source": document.source,
                    "name": document.name,
                    "split": "train",
                    "sentences": document.sentences,
                }
                out.write(json.dumps(written, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
