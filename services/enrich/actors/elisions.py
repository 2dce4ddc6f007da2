"""Names run together with an article or an ending, as not in English: l'Ukraine, dell'Iran, Iran'dan."""

import re
from collections.abc import Sequence
from typing import Final

from services.enrich.actors.tokens import Token

_ELIDED: Final = re.compile(
    r"(?:[ldnsmtcj]|(?:jus|lors|puis|quoi)?qu|dell|all|dall|nell|sull|coll|un|quest|quell|degl|gl)"
    r"['\u2019\u02bc](?=\w)",
    re.IGNORECASE,
)
"""Articles, prepositions and pronouns of French, Italian, Catalan and Portuguese without their last vowel."""

_ENDING: Final = re.compile(r"(?<=\w)['\u2019\u02bc](?P<letters>\w{1,6})$")
"""A case of Turkish or Azerbaijani, parted from a name; its letters are small."""


def without(tokens: Sequence[Token]) -> list[Token]:
    """Returns the tokens, each of them cut to the word that is left without what is run together with it."""
    return [_bare(token) if len(token.text) > len(token.folded) else token for token in tokens]


def _bare(token: Token) -> Token:
    elided = _ELIDED.match(token.text)
    first = elided.end() if elided else 0
    ending = _ENDING.search(token.text, first)
    last = ending.start() if ending and ending["letters"].islower() else len(token.text)
    if not token.folded or last - first == len(token.text):
        return token
    return token.part(first, last)
