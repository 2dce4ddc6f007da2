"""Where the clause of a sentence begins and goes on, around an attribution."""

from itertools import takewhile
from typing import Final

from services.enrich.opinions.lexicon import FINITE, GOES_ON, PREPOSITIONS, is_modifier, is_speaker
from services.enrich.opinions.phrases import stands_before
from services.enrich.opinions.reading import Reading

CLAUSE_WORDS: Final = 3
"""Words that a clause has at the least."""

_MAX_DATELINE: Final = 10
_MAX_REST: Final = 12
_MAX_PHRASE: Final = 30
_DASHES: Final = frozenset("-\u2013\u2014")
_ASIDES: Final = frozenset(("who", "which", "whose", "where", "whom", "citing", "speaking"))
_ARTICLES: Final = frozenset(("a", "an", "the"))
_CIRCUMSTANCE: Final = frozenset(
    ("as", "when", "after", "before", "with", "following", "hours", "days", "a", "at")
)


def text_start(reading: Reading, head: int) -> int:
    """Returns the first token of a sentence after its dateline: NAIROBI (Wire) - ."""
    if not reading.tokens[head].text.isupper():
        return head
    for at in range(head + 1, min(len(reading.tokens) - 1, head + _MAX_DATELINE)):
        token = reading.tokens[at]
        if token.text in _DASHES and token.start > reading.tokens[at - 1].end:
            return at + 1
    return head


def clause_start(reading: Reading, head: int) -> int:
    """Returns the first token of what a sentence states, after dateline and conjunction."""
    first = text_start(reading, head)
    return first + (reading.folded(first) in {"but", "and", "yet"})


def leads_up(reading: Reading, first: int, last: int) -> bool:
    """Whether tokens [first, last] only lead up to a statement: "At the time of his trial, X said, ..."."""
    return reading.folded(first) in PREPOSITIONS and not _is_finite(reading, first, last)


def is_clause(reading: Reading, first: int, last: int) -> bool:
    """Whether tokens [first, last] have enough words to be a statement by themselves."""
    return reading.words(first, last) >= CLAUSE_WORDS - _is_finite(reading, first, last)


def _is_finite(reading: Reading, first: int, last: int) -> bool:
    return any(reading.folded(at) in FINITE for at in range(first, last + 1))


def comma_before(reading: Reading, begin: int) -> int | None:
    """Returns the comma before a speaker, where only titles and articles stand between."""
    at = begin - 1
    while at >= 0 and reading.folded(at) and begin - at < _MAX_PHRASE and reading.quoted[at] < 0:
        at -= 1
    if at < 0 or reading.mark(at) != ",":
        return None
    between = range(at + 1, begin)
    fits = all(reading.tokens[i].is_capitalised or stands_before(reading, i) for i in between)
    return at if fits else None


def rest(reading: Reading, after: int, last: int) -> int | None:
    """Returns where a sentence goes on after an attribution in commas: "The road, X said, is closed"."""
    comma = _comma(reading, after, last)
    if comma is None:
        return None
    following = reading.folded(comma + 1)
    if following in _ASIDES or (comma == after and _describes(reading, comma + 1)):
        comma = _comma(reading, comma + 1, last)  # according to X, a lawyer for Y, and ...
        following = reading.folded(comma + 1) if comma is not None else ""
        return comma + 1 if comma is not None and following in GOES_ON else None
    own = comma == after and following not in _CIRCUMSTANCE and not following.endswith("ing")
    return comma + 1 if own or following in GOES_ON else None


def after_aside(reading: Reading, first: int, last: int) -> int:
    """Returns where a statement begins after who made it: According to X, a lawyer for Y, it is."""
    comma = _comma(reading, first, last)
    if comma is None or reading.folded(comma + 1) in _ASIDES:
        return first
    aside = range(first + 1, comma)
    noun = takewhile(lambda word: word not in PREPOSITIONS, map(reading.folded, aside))
    told = reading.folded(first) in _ARTICLES and any(map(is_speaker, noun))
    states = _is_finite(reading, first, comma) or any(reading.verb(at) is not None for at in aside)
    return comma + 1 if told and not states else first


def _describes(reading: Reading, at: int) -> bool:
    """Whether a phrase that tells who somebody is begins at a token."""
    article = reading.folded(at) in {"a", "an", "the", "its", "his", "her", "their", "one"}
    return article or at in reading.begins or is_modifier(reading.folded(at))


def _comma(reading: Reading, after: int, last: int) -> int | None:
    """Returns the next comma, if words and no quotation follow it."""
    near = range(after, min(last - 1, after + _MAX_REST))
    at = next((i for i in near if reading.mark(i) == "," or reading.quoted[i] >= 0), None)
    if at is None or reading.quoted[at] >= 0 or reading.quoted[at + 1] >= 0:
        return None
    return at if reading.folded(at + 1) else None
