"""What is made of names that the tagger is not sure of: words like names, bodies taken for places."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from services.enrich.actors.heads import CORPORATE, ORG_HEADS
from services.enrich.actors.lexicon import (
    COMMON,
    FUNCTION,
    OFFICES,
    OFFICES_OF_STATE,
    ROLE_HEADS,
    ROLE_MODIFIERS,
)
from services.enrich.actors.occupations import BODIES, MODIFIERS
from services.enrich.actors.tagger import Label, Spanned, Tagged
from services.enrich.actors.tokens import Token, tokenize
from services.enrich.sentences import Span
from services.enrich.wordlist import words

_FLOOR: Final = 0.25
"""Confidence under which a name is more often wrong than right."""

_OPENING_FLOOR: Final = 0.4
"""The same for a person of one word that begins a sentence: its capital says nothing."""

_UNSURE: Final = 0.6
_NAMED: Final = 0.7
"""Confidence from which a person's surname may have an article: the Bush administration."""

_NEARLY_SURE: Final = 0.85
_LONGEST: Final = 200
"""Code points. What is longer is no name."""

_BODIES: Final = ORG_HEADS | CORPORATE
_LEADING: Final = _BODIES | BODIES
_TRAILING: Final = words("""
group union federation company firm militia newspaper magazine broadcaster gang website centre center charity
organisation organization
""")
"""What a body is, in lower case before its name and after it: the union X, the X group."""
_EVERYDAY: Final = (COMMON | ROLE_HEADS) - ORG_HEADS
_WITHOUT_ARTICLE: Final = words("congress parliament")
"""Bodies that are named by their noun alone: Parliament adopted it; what begins so is no mere noun."""
_EVENTS: Final = words("war wars cup games olympics championship championships")
_DANGLING: Final[Mapping[Label, re.Pattern[str]]] = {
    "ORG": re.compile(r" (?:of|for|and)(?: the)?$"),
    "PLACE": re.compile(r" of(?: the)?$"),
}
"""What a name of each label does not end in, though the tagger may cut it there."""
_INITIALS: Final = re.compile(r"(?<![\w.&'])(?:[A-Z]\. ){1,3}$")
_MAX_INITIALS: Final = 9
_DASHES: Final = frozenset("-\u2013\u2014,")
_OFFICES: Final = OFFICES_OF_STATE | words("""
prime general secretary-general spokesman spokeswoman spokesperson chairman chairwoman chairperson envoy
""")
"""Offices that no body is named after."""
_DETERMINERS: Final = words("the a an this that my your his her its our their")
_OF_LANGUAGES: Final = words("speak speaks spoke speaking spoken fluent")


def weighed(
    text: str, sentences: Iterable[Span], tagged: Iterable[Tagged], known: Sequence[Spanned] = ()
) -> Iterator[Tagged]:
    """Yields the names that are good enough, in their order, with the label that their own words suggest.

    Args:
        text: what they stand in.
        sentences: of the text; the first word of one has a capital whatever it is.
        tagged: what the tagger found in it.
        known: what the catalogue knows in it, in order, none overlapping another.
    """
    spans = list(sentences)
    opens = [sentence.start for sentence in spans]
    for found in _joined(text, (_lifted(name, known) for name in tagged)):
        at = bisect_right(opens, found.start) - 1
        if at < 0 or found.start >= spans[at].end:
            continue  # in the code of a page, which no sentence holds
        if _is_noun(text, found):
            continue  # the welder, the marines, where other names have capitals
        if found.label == "OTHER":
            yield found  # it hides what it holds, however unsure
        elif found.end - found.start <= _LONGEST:
            whole = _with_initials(text, found, opens[at])
            yield from _weighed(text, whole, opening=whole.start == opens[at])


def _lifted(name: Tagged, known: Sequence[Spanned]) -> Tagged:
    """Returns a body or place that is doubted no longer if part of its name is another's: Atlantic City.

    However unsure the tagger is of the whole, the part is named by it even less often; but not if it is put
    together of others, as in Russian-U.S. relations.
    """
    if name.confidence >= _FLOOR or name.label not in {"ORG", "PLACE"}:
        return name
    first = bisect_left(known, name.start, key=_start)
    last = bisect_left(known, name.end, key=_start) - 1
    if last < first or known[last].end > name.end:
        return name
    is_whole = known[first].start == name.start and known[last].end == name.end
    return name if is_whole else name._replace(confidence=_FLOOR)


def _start(item: Spanned) -> int:
    return item.start


def _joined(text: str, tagged: Iterable[Tagged]) -> Iterator[Tagged]:
    """Yields the names with what they were cut off from: Acme Mining | Company, Union for the | Nile."""
    before: Tagged | None = None
    for name in tagged:
        found = _with_head(text, name)
        if before and found.label in {"ORG", "PLACE"} and _goes_on(text, before, found.start):
            before = before._replace(end=found.end)
            continue
        if before:
            yield before
        before = found
    if before:
        yield before


def _goes_on(text: str, name: Tagged, start: int) -> bool:
    """Whether a name ends in a word that none ends in, and another one begins right after it."""
    dangling = _DANGLING.get(name.label)
    if dangling is None or text[name.end : start] not in {" ", " the "}:
        return False
    return dangling.search(text, name.start, name.end) is not None


def _is_noun(text: str, found: Tagged) -> bool:
    """Whether what was taken for a person is in lower case, as not all words are, and not surely a name."""
    words = text[found.start : found.end]
    if found.label not in {"PER", "ORG"} or not words.islower() or text.islower():
        return False
    if found.label == "ORG":
        return words in BODIES and found.confidence < _NEARLY_SURE
    return found.confidence < _NEARLY_SURE or _before(text, found.start) in _DETERMINERS


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


def _with_initials(text: str, found: Tagged, begin: int) -> Tagged:
    """Returns a person's name with the initials before it in its sentence: B. V. | Narasimha Rao."""
    if found.label != "PER":
        return found
    led = _INITIALS.search(text, max(begin, found.start - _MAX_INITIALS), found.start)
    return found._replace(start=led.start()) if led is not None else found


def _weighed(text: str, found: Tagged, *, opening: bool) -> Iterator[Tagged]:
    tokens = tokenize(text, found.start, found.end)
    first, last = _bounds(tokens)
    if found.label == "ORG":
        last = _before_role(tokens, first, last, _after(text, found.end))
        first, last = _without_generic(tokens, first, last)
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


def _without_generic(tokens: Sequence[Token], first: int, last: int) -> tuple[int, int]:
    """Returns the tokens of a body's name without what it is, in lower case: union federation | CGTP."""
    if not any(token.is_capitalised for token in tokens[first:last]):
        return first, last
    here = first
    while tokens[here].text.islower() and tokens[here].folded in _LEADING:
        here += 1
    if tokens[last - 1].text.islower() and tokens[last - 1].folded in _TRAILING:
        last -= 1
        while last - first > 1 and tokens[last - 1].text.islower() and tokens[last - 1].folded in MODIFIERS:
            last -= 1  # Tlachinollan | human rights centre
    return (here if tokens[here].is_capitalised else first), last  # university of Pittsburgh


def _before_role(tokens: Sequence[Token], first: int, last: int, after: str) -> int:
    """Returns where a body's name ends before the office of a person: U.N. | Secretary-General.

    Args:
        tokens: of the name.
        first: the first one that belongs to it.
        last: the one after the last that does.
        after: the folded word that follows the name: EU | Climate, and then Commissioner.
    """
    if any(token.folded == "of" for token in tokens[first:last]):
        return last
    at = last
    while at > first and (tokens[at - 1].folded in _OFFICES or tokens[at - 1].text in _DASHES):
        at -= 1
    if at < last or after in _OFFICES:
        while at - first > 1 and tokens[at - 1].folded in ROLE_MODIFIERS:
            at -= 1
    return at if at > first else last


def _after(text: str, end: int) -> str:
    """Returns the capitalised word right after a code point, folded; empty where there is none."""
    if text[end : end + 1] != " " or not text[end + 1 : end + 2].isupper():
        return ""
    return tokenize(text, end + 1, end + 20)[0].folded


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
    if len(folded) == 1:
        return found.label if _is_name(text, found, folded[0], opening=opening) else None
    if found.confidence < _UNSURE and _head(folded) in _BODIES:
        return "ORG"
    return found.label if found.confidence >= _FLOOR else None


def _head(folded: Sequence[str]) -> str:
    """Returns the word that says what is named: the one before "of", else the last one."""
    return folded[folded.index("of", 1) - 1] if "of" in folded[1:] else folded[-1]


def _is_name(text: str, found: Tagged, word: str, *, opening: bool) -> bool:
    """Whether one word that the tagger is not sure of is a name."""
    floor = _OPENING_FLOOR if opening and found.label == "PER" else _FLOOR
    if found.confidence < floor or len(word) == 1 or _is_several(found, word):
        return False
    if found.label == "PER":
        return not _is_thing(text, found, word)
    return found.label == "NORP" or not _is_mere_noun(text, found, word, opening=opening)


def _is_several(found: Tagged, word: str) -> bool:
    """Whether a word is of all who do something, and of nobody by name: Senators."""
    is_plural = word.endswith("s") and word not in ROLE_HEADS and word[:-1] in ROLE_HEADS
    return is_plural and found.confidence < _UNSURE


def _is_thing(text: str, found: Tagged, word: str) -> bool:
    """Whether what was taken for a person has an article and is no office: the Dow had fallen."""
    if found.confidence >= _NAMED or word in ROLE_HEADS or word in _BODIES:
        return False
    return _before(text, found.start) == "the"


def _is_mere_noun(text: str, found: Tagged, word: str, *, opening: bool) -> bool:
    """Whether a word that was taken for a body or place is an everyday one, for all its capital.

    Within a sentence the capital speaks for a name: a coalition with Labor; not so in Secretary of State.
    """
    if opening:
        return word in _EVERYDAY or (word in _BODIES and word not in _WITHOUT_ARTICLE)
    is_office = word in ROLE_HEADS or (word in OFFICES and _before(text, found.start) == "of")
    return word in _EVERYDAY and (is_office or found.confidence < _UNSURE)


def _before(text: str, start: int) -> str:
    """Returns the word right before a code point, folded."""
    tokens = tokenize(text[max(0, start - 20) : start].rstrip())
    return tokens[-1].folded if tokens else ""
