"""What is made of names that the tagger is not sure of: words like names, bodies taken for places."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from services.enrich.actors.heads import CORPORATE, ORG_HEADS
from services.enrich.actors.lexicon import COMMON, FUNCTION, ROLE_HEADS
from services.enrich.actors.tagger import Label, Tagged
from services.enrich.actors.tokens import Token, tokenize
from services.enrich.wordlist import words

_FLOOR: Final = 0.3
"""Confidence under which a name is more often wrong than right."""

_UNSURE: Final = 0.6
_NEARLY_SURE: Final = 0.95
_LONGEST: Final = 200
"""Code points. What is longer is no name."""

_EVERYDAY: Final = COMMON | ROLE_HEADS | ORG_HEADS | CORPORATE
_OF_LANGUAGES: Final = words("speak speaks spoke speaking spoken fluent")


def weighed(text: str, tagged: Iterable[Tagged]) -> Iterator[Tagged]:
    """Yields the names that are good enough, in their order, with the label that their own words suggest.

    Args:
        text: what they stand in.
        tagged: what the tagger found in it.
    """
    for found in tagged:
        if found.label == "OTHER":
            yield found  # it hides what it holds, however unsure
        elif found.end - found.start <= _LONGEST:
            yield from _weighed(text, found)


def _weighed(text: str, found: Tagged) -> Iterator[Tagged]:
    tokens = tokenize(text, found.start, found.end)
    first, last = _bounds(tokens)
    folded = [token.folded for token in tokens[first:last] if token.folded]
    label = _label(text, found, folded)
    if label is not None:
        start = tokens[first].start if first else found.start
        end = tokens[last - 1].end if last < len(tokens) else found.end
        yield Tagged(start, end, label, found.confidence)


def _bounds(tokens: Sequence[Token]) -> tuple[int, int]:
    """Returns the tokens [first, last) without small words at either end, if it has a capital."""
    if not any(token.is_capitalised for token in tokens):
        return 0, len(tokens)
    first, last = 0, len(tokens)
    while tokens[first].folded in FUNCTION and tokens[first].text.islower():
        first += 1
    while tokens[last - 1].text.islower():
        last -= 1
    return first, last


def _label(text: str, found: Tagged, folded: Sequence[str]) -> Label | None:
    """Returns what a name of these words names, or None where it is no name."""
    if found.confidence >= _NEARLY_SURE and found.label != "NORP":
        return found.label
    if found.label == "NORP" and _before(text, found.start) in _OF_LANGUAGES:
        return "OTHER"
    if len(folded) > 1 and found.confidence < _UNSURE and folded[-1] in ORG_HEADS | CORPORATE:
        return "ORG"
    everyday = len(folded) == 1 and folded[0] in _EVERYDAY and found.label not in {"PER", "NORP"}
    return None if everyday or not folded or found.confidence < _FLOOR else found.label


def _before(text: str, start: int) -> str:
    """Returns the word right before a code point, folded."""
    tokens = tokenize(text[max(0, start - 20) : start].rstrip())
    return tokens[-1].folded if tokens else ""
