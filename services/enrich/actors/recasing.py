"""Text without capitals, and the same text with those that its sentences and names would have."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from services.enrich.actors.forms import Forms, Kind, Match
from services.enrich.actors.lexicon import COMMON, FUNCTION
from services.enrich.actors.tagger import Tagged, is_taken
from services.enrich.actors.tokens import Token, tokenize
from services.enrich.sentences import Span
from services.enrich.wordlist import words

_SURE: Final = 0.4
"""Confidence from which what the tagger takes for a name gets capitals."""

_SMALL: Final = FUNCTION | words("al el bin ibn de la du da di van von der den")
_EVERYDAY: Final = COMMON | words("""
turkey turkeys polish poles china chad guinea muscat lima afar beehive car wellington male nice
""")
"""Names of states and peoples that are words of everyday English too, folded."""
_OF_LANDS: Final = frozenset((Kind.NAME, Kind.ADJECTIVE, Kind.DEMONYM, Kind.CAPITAL))
_TITLES: Final = re.compile(
    r"\b(?:mr|mrs|ms|dr|prof|gen|sen|gov|rep|rev|st|col|capt|sgt|lt|maj)\.(?= )|\bi\b(?!\.)"
)
_QUOTED: Final = re.compile(r"[,:]\s{1,3}[\"\u201c\u00ab]\s?(?=\w)")


def recased(text: str, sentences: Sequence[Span], forms: Forms, tagged: Iterable[Tagged]) -> str:
    """Returns a text without capitals as one of the same length with them.

    Words get one that begin a sentence or a quotation, that the tagger takes for a name, or that are a name
    of the catalogue and no everyday words.

    Args:
        text: without capitals.
        sentences: its sentences.
        forms: how known names are written.
        tagged: what the tagger found in the text, in order.
    """
    names = [item for item in tagged if item.confidence >= _SURE]
    starts = [item.start for item in names]
    letters = list(text)
    for name in names:
        _capitalise(letters, tokenize(text, name.start, name.end))
    for sentence in sentences:
        tokens = tokenize(text, *sentence)
        for match in forms.find(tokens, 0, len(tokens), any_case=True):
            if is_taken(match, names, starts) or _is_plain(match, tokens):
                _write(letters, [token for token in tokens[match.first : match.last] if token.folded], match)
        _raise(letters, next((token.start for token in tokens if token.folded), sentence.start))
    for found in _TITLES.finditer(text):
        _raise(letters, found.start())
    for found in _QUOTED.finditer(text):
        _raise(letters, found.end())
    return "".join(letters)


def _is_plain(match: Match, tokens: Sequence[Token]) -> bool:
    """Whether a form cannot be everyday words: a name of several, or of a land and its people."""
    form = match.forms[0]
    own = [word for word in form.words if word.lower() not in _SMALL]
    if len(own) > 1:
        return form.kind is Kind.NAME
    of_land = form.entry is not None and form.entry.type in {"state", "people"}
    word = tokens[match.first].folded
    return of_land and form.kind in _OF_LANDS and not form.words[0].isupper() and word not in _EVERYDAY


def _write(letters: list[str], tokens: Sequence[Token], match: Match) -> None:
    """Writes a known name as the catalogue writes it, where it has the same letters."""
    written = match.forms[0].words[-len(tokens) :]
    for token, model in zip(tokens, written, strict=False):
        if model.lower() == token.text:
            letters[token.start : token.end] = model
        elif model[:1].isupper():
            _raise(letters, token.start)


def _capitalise(letters: list[str], tokens: Iterable[Token]) -> None:
    for token in tokens:
        if token.folded not in _SMALL:
            _raise(letters, token.start)


def _raise(letters: list[str], at: int) -> None:
    raised = letters[at].upper()
    if len(raised) == 1:  # not the German sharp s
        letters[at] = raised
