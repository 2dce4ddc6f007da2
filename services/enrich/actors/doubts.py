"""What is made of names that the tagger is not sure of: words like names, bodies taken for places."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from services.enrich.actors.heads import CORPORATE, ORG_HEADS
from services.enrich.actors.lexicon import COMMON, FUNCTION, OFFICES_OF_STATE, ROLE_HEADS
from services.enrich.actors.tagger import Label, Tagged
from services.enrich.actors.tokens import Token, tokenize
from services.enrich.sentences import Span
from services.enrich.wordlist import words

_FLOOR: Final = 0.25
"""Confidence under which a name is more often wrong than right."""

_OPENING_FLOOR: Final = 0.4
"""The same for a person of one word that begins a sentence: its capital says nothing."""

_UNSURE: Final = 0.6
_NEARLY_SURE: Final = 0.85
_LONGEST: Final = 200
"""Code points. What is longer is no name."""

_BODIES: Final = ORG_HEADS | CORPORATE
_EVERYDAY: Final = (COMMON | ROLE_HEADS) - ORG_HEADS
_EVENTS: Final = words("war wars cup games olympics championship championships")
_DASHES: Final = frozenset("-\u2013\u2014,")
_OFFICES: Final = OFFICES_OF_STATE | words("""
prime general secretary-general spokesman spokeswoman spokesperson chairman chairwoman chairperson envoy
""")
"""Offices that no body is named after."""
_OF_LANGUAGES: Final = words("speak speaks spoke speaking spoken fluent")


def weighed(text: str, sentences: Iterable[Span], tagged: Iterable[Tagged]) -> Iterator[Tagged]:
    """Yields the names that are good enough, in their order, with the label that their own words suggest.

    Args:
        text: what they stand in.
        sentences: of the text; the first word of one has a capital whatever it is.
        tagged: what the tagger found in it.
    """
    spans = list(sentences)
    opens = [sentence.start for sentence in spans]
    for found in _joined(text, tagged):
        at = bisect_right(opens, found.start) - 1
        if at < 0 or found.start >= spans[at].end:
            continue  # in the code of a page, which no sentence holds
        if found.label == "PER" and text[found.start : found.end].islower() and not text.islower():
            continue  # the welder, where other names have capitals
        if found.label == "OTHER":
            yield found  # it hides what it holds, however unsure
        elif found.end - found.start <= _LONGEST:
            yield from _weighed(text, found, opening=found.start == opens[at])


def _joined(text: str, tagged: Iterable[Tagged]) -> Iterator[Tagged]:
    """Yields the names with what they were cut off from: Acme Mining | Company, Bank of | Ghana."""
    before: Tagged | None = None
    for name in tagged:
        found = _with_head(text, name)
        if before and found.label == "PLACE" and _ends_in_of(text, before) and found.start == before.end + 1:
            before = before._replace(end=found.end)
            continue
        if before:
            yield before
        before = found
    if before:
        yield before


def _ends_in_of(text: str, name: Tagged) -> bool:
    return name.label == "ORG" and text[name.start : name.end].endswith(" of")


def _with_head(text: str, name: Tagged) -> Tagged:
    """Returns the name with the capitalised word after it where that says what is named."""
    space, capital = text[name.end : name.end + 1], text[name.end + 1 : name.end + 2]
    if name.label not in {"ORG", "PLACE"} or space != " " or not capital.isupper():
        return name
    after = tokenize(text, name.end + 1, name.end + 20)[0]
    if not after.is_capitalised or after.text.isupper():
        return name
    if tokenize(text, name.start, name.end)[-1].folded in _BODIES:
        return name  # it has its head
    if after.folded in _EVENTS:
        return name._replace(end=after.end, label="OTHER")
    return name._replace(end=after.end, label="ORG") if after.folded in _BODIES else name


def _weighed(text: str, found: Tagged, *, opening: bool) -> Iterator[Tagged]:
    tokens = tokenize(text, found.start, found.end)
    first, last = _bounds(tokens)
    if found.label == "ORG":
        last = _before_role(tokens, first, last)
    folded = [token.folded for token in tokens[first:last] if token.folded]
    label = _label(text, found, folded, opening=opening)
    if label is not None:
        start = tokens[first].start if first else found.start
        end = tokens[last - 1].end if last < len(tokens) else found.end
        yield Tagged(start, end, label, found.confidence)


def _bounds(tokens: Sequence[Token]) -> tuple[int, int]:
    """Returns the tokens [first, last) without small words at either end, if it has a capital."""
    if not any(token.is_capitalised for token in tokens):
        return 0, len(tokens)
    first, last = 0, len(tokens)
    while _is_small(tokens[first]):
        first += 1
    while _is_small(tokens[last - 1]):
        last -= 1
    return first, last


def _before_role(tokens: Sequence[Token], first: int, last: int) -> int:
    """Returns where a body's name ends before the office of a person in it: U.N. | Secretary-General."""
    if any(token.folded == "of" for token in tokens[first:last]):
        return last
    at = last
    while at > first and (tokens[at - 1].folded in _OFFICES or tokens[at - 1].text in _DASHES):
        at -= 1
    return at if at > first else last


def _is_small(token: Token) -> bool:
    return token.text in _DASHES or (token.folded in FUNCTION and token.text.islower())


def _label(text: str, found: Tagged, folded: Sequence[str], *, opening: bool) -> Label | None:
    """Returns what a name of these words names, or None where it is no name."""
    if not folded:
        return None
    if found.confidence >= _NEARLY_SURE and found.label != "NORP":
        return found.label
    if found.label == "NORP" and _before(text, found.start) in _OF_LANGUAGES:
        return "OTHER"
    if len(folded) > 1 and found.confidence < _UNSURE and folded[-1] in _BODIES:
        return "ORG"
    floor = _OPENING_FLOOR if opening and len(folded) == 1 and found.label == "PER" else _FLOOR
    if found.confidence < floor or len("".join(folded)) == 1:
        return None
    everyday = folded[0] in _EVERYDAY or (opening and folded[0] in _BODIES)
    return None if len(folded) == 1 and everyday and found.label in {"ORG", "PLACE"} else found.label


def _before(text: str, start: int) -> str:
    """Returns the word right before a code point, folded."""
    tokens = tokenize(text[max(0, start - 20) : start].rstrip())
    return tokens[-1].folded if tokens else ""
