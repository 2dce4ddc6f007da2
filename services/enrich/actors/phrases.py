"""Descriptions with "the" that may stand for an actor: "the minister", "the coast guard"."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from services.enrich.actors.fields import Field
from services.enrich.actors.generic import GENERIC
from services.enrich.actors.lexicon import ACTING, FUNCTION
from services.enrich.actors.occupations import BODIES, HEADS, MODIFIERS
from services.enrich.actors.tokens import Token
from services.enrich.wordlist import words

_MAX_MODIFIERS: Final = 3

_REFUSED: Final = words("of for who whom whose")
"""After one of these the description says itself whom it means: the minister of transport."""
_FOLLOWING: Final = (
    FUNCTION
    | ACTING
    | words("""
about over after before against between during through under into onto upon since until while because
although though where when again also then now never always often still just only even too not itself
himself herself today yesterday tomorrow later earlier afterwards however itself am is are was were has had
have having does did do can could may might must shall should will would cannot
told gave made sent took went came began lost won kept put left met held knew saw thought thinks set
let got found brought bought sold paid built cut ran led fell rose broke chose spoke stood sat wrote
""")
)
"""Words that do not go on with the description."""

NOUNS: Final = (HEADS | BODIES | GENERIC.keys() | {"government", "state"}) - words(
    "press media news aid watch relief resistance jihad witness resident expert worker front times post"
    " radio television daily weekly house school"
)
"""Nouns that a description may end with. Those that mostly mean many, or something else, are left out."""

_BEFORE: Final = MODIFIERS | HEADS
_AFTER: Final = MODIFIERS | NOUNS


class Phrase(NamedTuple):
    """A determiner, modifiers and a noun: the code points [start, end) of the field."""

    start: int
    end: int
    modifiers: tuple[str, ...]
    noun: str


def phrases(field: Field) -> Iterator[Phrase]:
    """Yields the descriptions with "the" in a field that may stand for an actor."""
    tokens = field.tokens
    for at, token in enumerate(tokens):
        if token.folded != "the":
            continue
        end = at + 1
        while end < len(tokens) and end - at <= _MAX_MODIFIERS and _modifies(tokens, end):
            end += 1
        if end >= len(tokens) or tokens[end].folded not in NOUNS or field.is_named(tokens[end].start):
            continue
        if _is_whole(field, at, end):
            modifiers = tuple(word.folded for word in tokens[at + 1 : end])
            yield Phrase(token.start, tokens[end].end, modifiers, tokens[end].folded)


def _modifies(tokens: Sequence[Token], at: int) -> bool:
    """Whether a word is followed by another one of the same description."""
    if at + 1 >= len(tokens) or tokens[at].possessive:
        return False
    return tokens[at].folded in _BEFORE and tokens[at + 1].folded in _AFTER


def _is_whole(field: Field, first: int, last: int) -> bool:
    """Whether the description ends with its noun, and stands alone: no apposition to a name, no title."""
    tokens = field.tokens
    if tokens[last].possessive:
        return True
    if first > 1 and tokens[first - 1].text == "," and field.is_named(tokens[first - 2].start):
        return False
    return last + 1 >= len(tokens) or not _goes_on(field, last + 1)


def _goes_on(field: Field, at: int) -> bool:
    """Whether the token after a noun belongs to its description, or names whom it describes."""
    following, word = field.tokens[at], field.tokens[at].folded
    if following.text == "," and at + 1 < len(field.tokens):
        at += 1
    if field.is_named(field.tokens[at].start) or word in _REFUSED or following.is_hyphen:
        return True
    ends = not word or word in _FOLLOWING or word.isdigit() or word.endswith(("ed", "ly", "ing"))
    return not (ends or _is_verb(word))


def _is_verb(word: str) -> bool:
    """Whether a word that follows a noun is rather a verb: expects, denies."""
    return word.endswith("s") and not word.endswith("ss") and word not in BODIES and word not in HEADS
