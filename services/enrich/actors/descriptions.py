"""What a story says of a body: "the power company X", "X, a militia"."""

from collections.abc import Iterable
from itertools import islice
from typing import Final

from services.enrich.actors.evidence import Evidence
from services.enrich.actors.fields import Field, Name
from services.enrich.actors.lexicon import FUNCTION
from services.enrich.actors.occupations import BODIES, MODIFIERS
from services.enrich.actors.sightings import Sighting
from services.enrich.wordlist import words

_MAX_WORDS: Final = 8
_TRIES: Final = 10

_HEADS: Final = words("""
militia charity company firm party union newspaper broadcaster retailer manufacturer maker airline carmaker
insurer brewery agency organisation organization foundation gang cartel startup start-up ngo bank
association federation confederation council committee institute consultancy
""")
"""Nouns that make a body of what is taken for a person or place, folded."""
_EMPLOYEES: Final = words("analyst analysts economist economists strategist strategists")
_MAX_TITLE: Final = 4
OF_PARTIES: Final = frozenset(("opposition", "ruling"))
"""Words before a name that say that it is a party, folded."""
_SAYS: Final = words("said says denied denies announced expects reckons")
_GOES_ON: Final = words("that which of for in with from based founded run owned whose")

Span = tuple[int, int]


def described_by(found: Iterable[Sighting]) -> Evidence | None:
    """Returns the first words that describe a body, before its name or after it; None where none do."""
    named = ((sighting.field, sighting.name) for sighting in found if sighting.name is not None)
    for field, name in islice(named, _TRIES):
        span = _before(field, name) or _after(field, name) or _beside(field, name)
        span = span or _party_word(field, name.start)
        if span is not None:
            return Evidence("type", "organization", field, *span)
    return None


def _before(field: Field, name: Name) -> Span | None:
    tokens, at, after = field.tokens, field.token_at(name.start), field.token_at(name.end - 1) + 1
    first, last = field.sentence_at(at)
    at -= at - 1 > first and tokens[at - 1].folded == "the" and tokens[at - 2].text == ","
    if first < at and after < last and tokens[at - 1].text == tokens[after].text == ",":
        at -= 1  # the border service, X, said; whose watchdog, the X, said
    begin = at
    while begin > first and at - begin < _MAX_WORDS and _classes(field, begin - 1):
        begin -= 1
    ends_in_head = begin < at and tokens[at - 1].folded in BODIES
    return (tokens[begin].start, tokens[at - 1].end) if ends_in_head else None


def _party_word(field: Field, start: int) -> Span | None:
    """Returns the word before a name that says that it is a party: the opposition X, the ruling X."""
    at = field.token_at(start) - 1
    word = field.tokens[at] if at >= 0 else None
    is_said = word is not None and word.folded in OF_PARTIES and word.text.islower()
    return (word.start, word.end) if word is not None and is_said else None


def _classes(field: Field, at: int) -> bool:
    token = field.tokens[at]
    if token.possessive or not token.text.islower():
        return False
    return token.folded in BODIES or token.folded in MODIFIERS


def speaks(field: Field, start: int, end: int) -> bool:
    """Whether what stands at code points [start, end) says something or is told it: "X said", "told X"."""
    tokens, first, after = field.tokens, field.token_at(start), field.token_at(end - 1) + 1
    begin, last = field.sentence_at(first)
    told = first > begin and tokens[first - 1].folded == "told"
    return told or (after < last and tokens[after].folded in _SAYS)


def employs(field: Field, start: int, end: int) -> bool:
    """Whether a word at code points [start, end) is where an analyst or the like works who is named next."""
    tokens, at, after = field.tokens, field.token_at(start), field.token_at(end - 1) + 1
    _, last = field.sentence_at(at)
    if after - at != 1 or tokens[at].possessive:
        return False
    here = after
    while here < min(last, after + _MAX_TITLE) and tokens[here].text.islower():
        here += 1
    named = here + 1 < last and tokens[here].is_capitalised and tokens[here + 1].is_capitalised
    return named and here > after and tokens[here - 1].folded in _EMPLOYEES


def is_body(field: Field, end: int) -> bool:
    """Whether an apposition after a name that ends at a code point makes it a body: "X, a militia that …"."""
    tokens, (begin, last) = field.tokens, _apposition(field, end)
    for here in range(begin, min(last, begin + _MAX_WORDS)):
        ends = here + 1 >= last or tokens[here + 1].folded in _GOES_ON or tokens[here + 1].text in {",", "."}
        if tokens[here].folded in _HEADS and ends:
            return True
        if not (tokens[here].text.islower() or tokens[here].is_hyphen) or tokens[here].folded in FUNCTION:
            return False
    return False


def _after(field: Field, name: Name) -> Span | None:
    tokens, (begin, last) = field.tokens, _apposition(field, name.end)
    end = begin
    while end < min(last, begin + _MAX_WORDS) and _describes(field, end):
        end += 1
    return (tokens[begin].start, tokens[end - 1].end) if end > begin else None


def _beside(field: Field, name: Name) -> Span | None:
    """Returns the noun right after a name with an article that says what it names: the RMT union."""
    tokens, at = field.tokens, field.token_at(name.start)
    after = field.token_at(name.end - 1) + 1
    first, last = field.sentence_at(at)
    led = at > first and tokens[at - 1].folded == "the"
    if not led or after >= last or tokens[after - 1].possessive:
        return None
    noun = tokens[after]
    return (noun.start, noun.end) if noun.text.islower() and noun.folded in _HEADS else None


def _apposition(field: Field, end: int) -> Span:
    """Returns the token after ", a" that follows a name, and its sentence's end; equal where none does."""
    tokens, at = field.tokens, field.token_at(end - 1) + 1
    _, last = field.sentence_at(at - 1)
    begins = at + 2 < last and tokens[at].text == "," and tokens[at + 1].folded in {"a", "an", "the"}
    return (at + 2, last) if begins else (last, last)


def _describes(field: Field, at: int) -> bool:
    token = field.tokens[at]
    if not token.folded:
        return token.is_hyphen
    return token.folded not in FUNCTION and not field.is_named(token.start)
