"""Titles at the front of what was found as a person's name: "Father Boutros Khoury" is Boutros Khoury."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from services.enrich.actors.given_names import GIVEN_NAMES
from services.enrich.actors.lexicon import COURTESIES, OFFICES_OF_STATE, ROLE_HEADS
from services.enrich.actors.occupations import TITLES
from services.enrich.actors.tagger import Tagged
from services.enrich.actors.tokens import Token, folded_words, tokenize
from services.enrich.wordlist import words

_TITLES: Final = (
    (TITLES - GIVEN_NAMES)
    | COURTESIES
    | OFFICES_OF_STATE
    | words("""
general colonel captain
lieutenant sergeant corporal admiral marshal brigadier commodore commander sheikh sheik shaykh ayatollah
imam mullah mufti pope cardinal archbishop bishop reverend rabbi judge justice professor doctor inspector
superintendent detective constable
sheikha shaikh shaikha alhaji alhaja hajj haji hajji hajiya hajia emir referee
coach businessman businesswoman gen col lt capt maj
sgt adm brig rev gov sen rep
""")
)
"""Folded. Words that are first names, too, such as Dean, Hunter or Prince, are left out."""


def without_titles(
    found: Sequence[Tagged], text: str, known: AbstractSet[tuple[int, int]] = frozenset()
) -> list[Tagged]:
    """Returns the names of a text, persons without titles before them; a title alone stays as it is.

    One that was found beside the name that it stands before is left out: Ayatollah | Ali Khamenei.

    Args:
        found: what the tagger found.
        text: what it stands in.
        known: the spans of persons' names that are known to begin so: Sheikh Hasina.
    """
    starts = {start for start, _ in known} | {name.start for name in found if name.label == "PER"}
    return [
        _without_title(name, text) if name.label == "PER" and name[:2] not in known else name
        for name in found
        if not (
            name.label in {"PER", "ORG", "PLACE"}
            and name.end + 1 in starts
            and are_titles(text[name.start : name.end])
        )
    ]


def is_title(word: str) -> bool:
    """Whether a folded word at the front of a name is a title and no part of it."""
    return word in _TITLES


def are_titles(text: str) -> bool:
    """Whether words are nothing but titles: Pope, Prince, Lt. Gen."""
    folded = folded_words(text)
    own = [word for word in folded if word != "grand"]
    return bool(own) and all(word in _TITLES or word in ROLE_HEADS for word in own)


def _without_title(name: Tagged, text: str) -> Tagged:
    tokens = tokenize(text, name.start, name.end)
    first = 0
    while first < len(tokens) and _belongs(tokens, first):
        first += 1
    has_name = any(token.folded for token in tokens[first:])
    return name._replace(start=tokens[first].start) if first and has_name else name


def _belongs(tokens: Sequence[Token], at: int) -> bool:
    """Whether a token goes on with a title: also the full stop of Lt. and the Grand of Grand Mufti."""
    token = tokens[at]
    if token.folded == "grand":
        return at + 1 < len(tokens) and is_title(tokens[at + 1].folded)
    return is_title(token.folded) or (at > 0 and token.text == ".")
