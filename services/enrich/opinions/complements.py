"""What stands after a verb of saying: where the statement begins."""

from dataclasses import dataclass
from typing import Final

from services.enrich.actors.lexicon import ACTING
from services.enrich.opinions.lexicon import (
    ADDRESSEES,
    ADVERBS,
    BEING,
    DAYS,
    DETERMINERS,
    FINITE,
    NO_CLAUSE,
    PREPOSITIONS,
    PRONOUNS,
    TIMES,
    VIEWED,
    Verb,
)
from services.enrich.opinions.reading import Reading
from services.enrich.wordlist import words

_MAX_ADJUNCT: Final = 16
_MAX_OBJECT: Final = 12
_CLAUSE_WORDS: Final = 3
_MAX_SUBJECT: Final = 7
_HEARERS: Final = words("""
reporters journalists lawmakers parliament congress viewers investors analysts ministers
""")
"""Who is told something, without an article."""
_RELATIVE: Final = frozenset(("who", "which", "that", "whose"))
_TOLD: Final = ADDRESSEES | DETERMINERS
_WHEN: Final = ADVERBS | DAYS


@dataclass(frozen=True, slots=True)
class Complement:
    """Where a statement begins after its cue, the last token of the cue, and perhaps where it ends."""

    first: int
    cue_end: int
    last: int | None = None
    """Its last token, where that is known: the quotation that says what something is called."""


def find(reading: Reading, at: int, verb: Verb, last: int) -> Complement | None:
    """Returns what a verb at token `at` states, within the tokens before `last`; None for nothing."""
    here = _skip_time(reading, at + 1, last)
    if "addressee" in verb.uses:
        return _after_addressee(reading, at, here, last)
    if reading.folded(here) in verb.prepositions:
        return _after_preposition(reading, at, here, verb, last)
    if not verb.uses & {"bare", "that", "quotes"}:
        return _other(reading, at, at + 1, verb, last)
    return _stated(reading, at, here, verb, last) or _other(reading, at, at + 1, verb, last)


def _skip_time(reading: Reading, at: int, last: int) -> int:
    """Steps over "on Monday", "late Monday", "last week", "earlier"."""
    here = at
    if reading.folded(here) in {"on", "late", "early", "last", "this"}:
        here += 1
    if here < last and (reading.folded(here) in DAYS or (here > at and reading.folded(here) in TIMES)):
        return here + 1
    return at


def _stated(reading: Reading, at: int, here: int, verb: Verb, last: int) -> Complement | None:
    if here >= last:
        return None
    if reading.folded(here) == "that":
        return Complement(here + 1, at) if "that" in verb.uses and here + 1 < last else None
    quote = here + 1 if reading.mark(here) in {",", ":"} else here
    if reading.opens(quote) >= 0 and "quotes" in verb.uses:
        return Complement(quote, at)
    if reading.mark(here) == ":" and "bare" in verb.uses:
        here += 1
    if not reading.folded(here) or reading.folded(here) in PREPOSITIONS or reading.folded(here) == "to":
        return _after_adjunct(reading, at, here, verb, last)
    if "bare" in verb.uses and _is_clause(reading, at, here, last):
        return Complement(here, at)
    return None


def _is_clause(reading: Reading, at: int, here: int, last: int) -> bool:
    begun = reading.folded(here) in NO_CLAUSE or reading.folded(here) in FINITE
    if begun or reading.words(here, last - 1) < _CLAUSE_WORDS:
        return False
    if reading.folded(at) in {"say", "says", "said", "saying"}:
        return True
    named = reading.begins.get(here)
    if named is not None and reading.folded(named.last + 1) in ACTING:
        return True
    near = range(here, min(last, here + _MAX_ADJUNCT))
    stop = next((i for i in near if not reading.folded(i) or reading.folded(i) in _RELATIVE), near.stop)
    return any(reading.folded(i) in FINITE for i in range(here, stop))


def _after_adjunct(reading: Reading, at: int, here: int, verb: Verb, last: int) -> Complement | None:
    """Reads over "in a statement", "to reporters in X" to "that" or to a quotation."""
    if not reading.folded(here):
        return None
    for place in range(here + 1, min(last, here + _MAX_ADJUNCT)):
        if reading.folded(place) == "that" and "that" in verb.uses:
            stated = place + 1 < last and reading.folded(place + 1) not in FINITE
            return Complement(place + 1, at) if stated else None  # in a language that was hers
        if reading.opens(place) >= 0:
            led = reading.mark(place - 1) in {",", ":"}
            return Complement(place, at) if led and "quotes" in verb.uses else None
        if _ends_adjunct(reading, place):
            return None
    return None


def _ends_adjunct(reading: Reading, at: int) -> bool:
    """Whether "that" after a token would belong to something else: wrote about a goal that was allowed."""
    if reading.mark(at) == ",":
        return reading.folded(at + 1) != "that" and reading.opens(at + 1) < 0
    told = reading.verb(at) is not None or reading.folded(at) in {"about", "of", "from"}
    return told or reading.mark(at) in {";", "("}


def _after_addressee(reading: Reading, at: int, here: int, last: int) -> Complement | None:
    """Reads over whom something is told: "told reporters on Monday that"."""
    begin = here
    while here < min(last, begin + _MAX_OBJECT):
        if here > begin and _begins_told(reading, here, last):
            quote = here + (reading.mark(here) in {",", ":"})
            told = here + 1 if reading.folded(here) == "that" else quote
            return Complement(told, at) if told < len(reading.tokens) else None
        if reading.mark(here) == ",":
            return _after_aside(reading, at, here, last)
        if not _is_addressee(reading, begin, here):
            return None
        here = reading.begins[here].last + 1 if here in reading.begins else here + 1
    return None


def _begins_told(reading: Reading, here: int, last: int) -> bool:
    """Whether what is told begins at a token: "that", a quotation, or a clause that a pronoun begins."""
    if reading.folded(here) == "that":
        return here + 1 < last
    quote = here + (reading.mark(here) in {",", ":"})
    pronoun = reading.folded(here) in PRONOUNS | {"there"}
    begins = pronoun or _begins_clause(reading, here, last)
    return reading.opens(quote) >= 0 or (begins and reading.words(here, last - 1) >= _CLAUSE_WORDS)


def _begins_clause(reading: Reading, here: int, last: int) -> bool:
    """Whether a subject and its verb follow somebody who is told: told reporters | her husband had."""
    if reading.folded(here) not in DETERMINERS and here not in reading.begins:
        return False
    before = reading.folded(here - 1)
    if not (here - 1 in reading.ends or before in _HEARERS or before in {"me", "us", "him", "them"}):
        return False
    near = range(here + 1, min(last, here + _MAX_SUBJECT))
    stop = next((i for i in near if not reading.folded(i) or reading.folded(i) in _RELATIVE), near.stop)
    return any(reading.folded(i) in FINITE for i in range(here + 1, stop))


def _is_addressee(reading: Reading, begin: int, here: int) -> bool:
    """Whether a token belongs to whom, where or when something is told."""
    folded = reading.folded(here)
    if here in reading.begins or reading.tokens[here].is_capitalised or folded in _TOLD:
        return True
    if here == begin or not folded:
        return False
    noun = reading.folded(here - 1) in DETERMINERS or folded in _WHEN
    return noun or any(reading.folded(i) in PREPOSITIONS for i in range(begin, here + 1))


def _after_aside(reading: Reading, at: int, comma: int, last: int) -> Complement | None:
    """Reads "told the Diet, Japan's parliament, that"."""
    for here in range(comma + 1, min(last - 1, comma + _MAX_OBJECT)):
        if reading.folded(here) == "that" and reading.mark(here - 1) == ",":
            return Complement(here + 1, at)
    return None


def _after_preposition(reading: Reading, at: int, here: int, verb: Verb, last: int) -> Complement | None:
    if here + 1 >= last or not (reading.folded(here + 1) or reading.opens(here + 1) >= 0):
        return None
    if "quoted" in verb.uses and reading.opens(here + 1) < 0:
        return None
    if reading.folded(at).startswith("call") and reading.folded(here) == "on":
        to = next((i for i in range(here + 1, min(last, here + _MAX_OBJECT)) if reading.folded(i) == "to"), 0)
        return Complement(here + 1, here) if to else None
    stated = here + 1 + (reading.folded(here + 1) == "that")
    return Complement(stated, here) if stated < last else None


def _other(reading: Reading, at: int, here: int, verb: Verb, last: int) -> Complement | None:
    """Reads what is no clause: an object, an infinitive, whom one accuses, what one calls something."""
    if here >= last:
        return None
    if verb.uses & {"label", "as"}:
        return _labelled(reading, at, here, verb, last)
    infinitive = "to" in verb.uses and reading.folded(here) == "to" and here + 1 < last
    accused = "accuse" in verb.uses and _is_accusation(reading, here, last)
    thing = "object" in verb.uses and _is_object(reading, here)
    viewed = "view" in verb.uses and _is_viewed(reading, here, last)
    return Complement(here, at) if infinitive or accused or thing or viewed else None


def _is_accusation(reading: Reading, here: int, last: int) -> bool:
    return any(reading.folded(i) == "of" for i in range(here + 1, min(last, here + _MAX_OBJECT)))


def _is_object(reading: Reading, here: int) -> bool:
    folded = reading.folded(here)
    if folded in NO_CLAUSE or folded in BEING or folded in FINITE:
        return False
    return bool(folded) or reading.opens(here) >= 0


def _is_viewed(reading: Reading, here: int, last: int) -> bool:
    """Whether the object is something that one is for or against, soon named."""
    near = range(here, min(last, here + 7))
    return any(reading.folded(i) in VIEWED for i in near) and _is_object(reading, here)


def _labelled(reading: Reading, at: int, here: int, verb: Verb, last: int) -> Complement | None:
    """Reads "called the deal "a betrayal"" and "described it as "useful""."""
    for place in range(here, min(last, here + _MAX_OBJECT)):
        quote = reading.opens(place)
        if quote >= 0:
            if is_title(reading.text[reading.quotes[quote].start : reading.quotes[quote].end]):
                return None
            if "as" in verb.uses:
                return Complement(place, at) if reading.folded(place - 1) in {"as", "a", "an"} else None
            return Complement(here, at, _label_end(reading, quote)) if place > here else None
        if not reading.folded(place) and reading.mark(place) not in {"-", "'"}:
            return None
    return None


def _label_end(reading: Reading, quote: int) -> int | None:
    """Returns the last token of a quotation that a comma and a conjunction follow: called it "dead", but."""
    last = reading.edges[quote][1]
    follows = last + 1 if reading.mark(last + 1) == "," else last
    goes_on = follows > last and reading.folded(follows + 1) in {"but", "and", "while", "though", "although"}
    return last if goes_on else None


def is_title(words: str) -> bool:
    """Whether quoted words look like the name of a work or an operation: a capital on every long word."""
    long = [word for word in words.split()[:12] if len(word) > 3]  # noqa: PLR2004
    return bool(long) and words[-1:] not in {".", ",", "!", "?"} and all(word[:1].isupper() for word in long)
