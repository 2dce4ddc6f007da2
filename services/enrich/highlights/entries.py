"""A story made ready for the choice: each candidate with its words and its features."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.enrich.highlights import candidates, features
from services.enrich.highlights.outline import Outline, Pair, Said, content
from services.enrich.sentences import Span

_SAME: Final = 40
"""Code points of a title that, when the body begins with them, make the title a copy of it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A candidate and all that the choice asks of it; `size` is in words.

    `echo` says of every word of the story how much it comes back.
    """

    start: int
    end: int
    place: int
    size: int
    bag: frozenset[str]
    pairs: frozenset[Pair]
    features: features.Features
    echo: Mapping[str, float]


def read(body: str, title: str, sentences: Sequence[Span]) -> list[Entry]:
    """Returns the candidates of a story in order of the text. Linear in the length of the body."""
    found = candidates.find(body, sentences)
    said = [Said.of(body[each.start : each.end]) for each in found]
    outline = Outline.of([words for each, words in zip(found, said, strict=True) if not each.cut])
    headline = frozenset() if _copies(title, body) else content(title)
    return [_entry(body, each, words, outline, headline) for each, words in zip(found, said, strict=True)]


def _copies(title: str, body: str) -> bool:
    """Whether the title is only the beginning of the body: then it says nothing about what matters in it."""
    return body.startswith(title[:_SAME])


def _entry(
    body: str, each: candidates.Candidate, said: Said, outline: Outline, headline: frozenset[str]
) -> Entry:
    text = body[each.start : each.end]
    counted = features.of(text, each, said, outline)
    if headline:
        counted["title"] = len(said.bag & headline) / len(headline)
    return Entry(
        each.start, each.end, each.place, len(text.split()), said.bag, said.pairs, counted, outline.echo
    )
