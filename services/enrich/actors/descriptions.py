"""What a story says of a body: "the power company X", "X, a militia"."""

from collections.abc import Iterable
from itertools import islice
from typing import Final

from services.enrich.actors.evidence import Evidence
from services.enrich.actors.fields import Field, Name
from services.enrich.actors.identities import Sighting
from services.enrich.actors.lexicon import FUNCTION
from services.enrich.actors.occupations import BODIES, MODIFIERS

_MAX_WORDS: Final = 8
_TRIES: Final = 10

Span = tuple[int, int]


def described_by(found: Iterable[Sighting]) -> Evidence | None:
    """Returns the first words that describe a body, before its name or after it; None where none do."""
    named = ((sighting.field, sighting.name) for sighting in found if sighting.name is not None)
    for field, name in islice(named, _TRIES):
        span = _before(field, name) or _after(field, name)
        if span is not None:
            return Evidence("type", "organization", field, *span)
    return None


def _before(field: Field, name: Name) -> Span | None:
    tokens, at = field.tokens, field.token_at(name.start)
    first, _ = field.sentence_at(at)
    begin = at
    while begin > first and at - begin < _MAX_WORDS and _classes(field, begin - 1):
        begin -= 1
    ends_in_head = begin < at and tokens[at - 1].folded in BODIES
    return (tokens[begin].start, tokens[at - 1].end) if ends_in_head else None


def _classes(field: Field, at: int) -> bool:
    token = field.tokens[at]
    return token.text.islower() and not token.possessive and token.folded in BODIES | MODIFIERS


def _after(field: Field, name: Name) -> Span | None:
    tokens, at = field.tokens, field.token_at(name.end - 1) + 1
    _, last = field.sentence_at(at - 1)
    begin = at + 2
    if begin >= last or tokens[at].text != "," or tokens[at + 1].folded not in {"a", "an", "the"}:
        return None
    end = begin
    while end < min(last, begin + _MAX_WORDS) and _describes(field, end):
        end += 1
    return (tokens[begin].start, tokens[end - 1].end) if end > begin else None


def _describes(field: Field, at: int) -> bool:
    token = field.tokens[at]
    if not token.folded:
        return token.is_hyphen
    return token.folded not in FUNCTION and not field.is_named(token.start)
