"""What is made of names that the tagger is not sure of: words like names, bodies taken for places."""

from collections.abc import Iterable, Iterator
from typing import Final

from services.enrich.actors.heads import CORPORATE, ORG_HEADS
from services.enrich.actors.lexicon import COMMON, ROLE_HEADS
from services.enrich.actors.tagger import Tagged
from services.enrich.actors.tokens import tokenize
from services.enrich.wordlist import words

_FLOOR: Final = 0.3
"""Confidence under which a name is more often wrong than right."""

_LONGEST: Final = 200
"""Code points. What is longer is no name."""

_UNSURE: Final = 0.6
_NEARLY_SURE: Final = 0.95
_EVERYDAY: Final = COMMON | ROLE_HEADS | ORG_HEADS | CORPORATE
_OF_LANGUAGES: Final = words("speak speaks spoke speaking spoken fluent")


def weighed(text: str, tagged: Iterable[Tagged]) -> Iterator[Tagged]:
    """Yields the names that are good enough, in their order, with the label that their own words suggest.

    Args:
        text: what they stand in.
        tagged: what the tagger found in it.
    """
    for found in tagged:
        kept = _weighed(text, found)
        if kept is not None:
            yield kept


def _weighed(text: str, found: Tagged) -> Tagged | None:
    if found.confidence < _FLOOR or found.end - found.start > _LONGEST:
        return None
    if found.confidence >= _NEARLY_SURE and found.label != "NORP":
        return found
    parts = [token.folded for token in tokenize(text, found.start, found.end) if token.folded]
    if not parts:
        return None
    if found.label == "NORP":
        return found._replace(label="OTHER") if _before(text, found.start) in _OF_LANGUAGES else found
    if len(parts) == 1:
        return None if parts[0] in _EVERYDAY and found.label != "PER" else found
    if found.confidence < _UNSURE and (parts[-1] in ORG_HEADS or parts[-1] in CORPORATE):
        return found._replace(label="ORG")
    return found


def _before(text: str, start: int) -> str:
    """Returns the word right before a code point, folded."""
    rest = text[max(0, start - 20) : start].rstrip()
    tokens = tokenize(rest)
    return tokens[-1].folded if tokens else ""
