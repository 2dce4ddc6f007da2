"""Where the clause of a sentence begins and goes on, around an attribution."""

from typing import Final

from services.enrich.opinions.lexicon import FINITE, PREPOSITIONS
from services.enrich.opinions.phrases import stands_before
from services.enrich.opinions.reading import Reading

CLAUSE_WORDS: Final = 3
"""Words that a clause has at the least."""

_MAX_DATELINE: Final = 10
_MAX_REST: Final = 12
_MAX_PHRASE: Final = 30
_DASHES: Final = frozenset("-\u2013\u2014")
_ASIDES: Final = frozenset(("who", "which", "whose", "citing", "speaking"))


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


def is_clause(reading: Reading, first: int, last: int) -> bool:
    """Whether tokens [first, last] can be a statement: "At the time of his trial, X said" leads up to one."""
    leads = reading.folded(first) in PREPOSITIONS
    whole = not leads or any(reading.folded(at) in FINITE for at in range(first, last + 1))
    return whole and reading.words(first, last) >= CLAUSE_WORDS


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
    near = range(after, min(last, after + _MAX_REST))
    at = next((i for i in near if reading.mark(i) == "," or reading.quoted[i] >= 0), None)
    if at is None or reading.quoted[at] >= 0 or at + 1 >= last:
        return None
    if at == after and stands_before(reading, at + 1):
        return None  # according to X, a lawyer for Y
    following = reading.folded(at + 1)
    goes_on = following and reading.quoted[at + 1] < 0 and following not in _ASIDES
    return at + 1 if goes_on and not following.endswith("ing") else None
