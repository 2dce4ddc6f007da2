"""Titles at the front of what was found as a person's name: "Father Boutros Khoury" is Boutros Khoury."""

from collections.abc import Iterable
from typing import Final

from services.enrich.actors.lexicon import COURTESIES, OFFICES_OF_STATE
from services.enrich.actors.occupations import TITLES
from services.enrich.actors.tagger import Tagged
from services.enrich.actors.tokens import tokenize
from services.enrich.wordlist import words

_TITLES: Final = (
    TITLES
    | COURTESIES
    | OFFICES_OF_STATE
    | words("""
general colonel captain
lieutenant sergeant corporal admiral marshal brigadier commodore commander sheikh sheik shaykh ayatollah
imam mullah mufti pope cardinal archbishop bishop reverend rabbi judge justice professor doctor inspector
superintendent detective constable referee coach businessman businesswoman gen col lt capt maj
sgt adm brig rev gov sen rep
""")
)
"""Folded. Words that are first names, too, such as Dean, Hunter or Prince, are left out."""


def without_titles(found: Iterable[Tagged], text: str) -> list[Tagged]:
    """Returns the names of a text, persons without titles before them; a title alone stays as it is."""
    return [_without_title(name, text) if name.label == "PER" else name for name in found]


def _without_title(name: Tagged, text: str) -> Tagged:
    tokens = tokenize(text, name.start, name.end)
    first = 0
    while first < len(tokens) and (tokens[first].folded in _TITLES or (first and tokens[first].text == ".")):
        first += 1
    has_name = any(token.folded for token in tokens[first:])
    return name._replace(start=tokens[first].start) if first and has_name else name
