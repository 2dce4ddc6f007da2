"""What a run of capitalised words names: a person, an organization, a place, something else or nothing."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from services.enrich.actors.chunks import Unit
from services.enrich.actors.forms import Kind
from services.enrich.actors.given_names import GIVEN_NAMES
from services.enrich.actors.heads import (
    CORPORATE,
    EVENT_HEADS,
    ORG_HEADS,
    PLACE_FIRST,
    PLACE_HEADS,
    PLACE_NOUNS,
    WATERS,
)
from services.enrich.actors.lexicon import (
    COMMON,
    LOCATIVES,
    NO_ACRONYMS,
    OFFICES,
    PARTICLES,
    ROLE_HEADS,
    ROLE_MODIFIERS,
    SAYING,
)
from services.enrich.actors.tagger import Label
from services.enrich.actors.tokens import Token

_MAX_PERSON_WORDS: Final = 5
_MAX_PLACE_WORDS: Final = 3
_SURE: Final = 0.8
_LIKELY: Final = 0.65
_GUESS: Final = 0.5
_PLACE_MATCHES: Final = frozenset((Kind.PLACE, Kind.CAPITAL))

Verdict = tuple[Label, float]


class Namer:
    """Judges the words tokens[first:last] of one sentence by themselves and by their neighbours."""

    def __init__(self, tokens: Sequence[Token], first: int, last: int) -> None:
        self._tokens = tokens
        self._first = first
        self._last = last

    def judge(self, units: Sequence[Unit], *, titled: bool) -> Verdict | None:
        """Returns label and confidence (0 to 1), or None where it names nothing that is known of."""
        words = [
            self._tokens[i] for unit in units for i in range(unit.first, unit.last) if self._tokens[i].folded
        ]
        if not words:
            return None
        by_head = self._by_head(words, units) if len(words) > 1 else None
        if by_head and not _is_given(words, by_head, titled=titled):
            return by_head
        if titled and len(words) <= _MAX_PERSON_WORDS:
            return "PER", _SURE
        return self._single(words[0], units) if len(words) == 1 else self._several(words, units)

    def _by_head(self, words: Sequence[Token], units: Sequence[Unit]) -> Verdict | None:
        """Judges by the words that say what is named: Ministry, River, War."""
        head, first = words[-1].folded, words[0].folded
        stem = next((self._tokens[a.last - 1].folded for a, b in pairwise(units) if b.is_link), "")
        return _first_of(
            (first == "the", ("OTHER", _GUESS)),  # inside a sentence mostly the title of a book or film
            (stem in WATERS, ("PLACE", _SURE)),
            (head in CORPORATE or head in ORG_HEADS or stem in ORG_HEADS, ("ORG", _SURE)),
            (head in EVENT_HEADS, ("OTHER", _LIKELY)),
            (head in PLACE_HEADS or first in PLACE_FIRST, ("PLACE", _LIKELY)),
        )

    def _single(self, word: Token, units: Sequence[Unit]) -> Verdict | None:
        before, after = self._before(units), self._after(units)
        if word.text.isupper() and 2 <= len(word.text) <= 6:  # noqa: PLR2004 - an acronym
            return None if word.text in NO_ACRONYMS else ("ORG", _GUESS)
        if word.folded in ROLE_HEADS | ROLE_MODIFIERS | ORG_HEADS | COMMON:
            return None
        return _first_of(
            (after in PLACE_NOUNS or self._between_commas(units), ("PLACE", _LIKELY)),
            (after in SAYING, ("PER", _GUESS)),
            (before in LOCATIVES and not word.possessive, ("PLACE", _GUESS)),
        )

    def _several(self, words: Sequence[Token], units: Sequence[Unit]) -> Verdict | None:
        before, after = self._before(units), self._after(units)
        spoken = after in SAYING or self._has_age(units) or any(len(word.text) == 1 for word in words[:-1])
        located = before in LOCATIVES and len(words) <= _MAX_PLACE_WORDS and words[0].folded not in PARTICLES
        short = len(words) <= _MAX_PLACE_WORDS and not any(_is_acronym(word) for word in words)
        return _first_of(
            (words[0].folded in GIVEN_NAMES and len(words) <= _MAX_PERSON_WORDS, ("PER", _SURE)),
            (spoken, ("PER", _LIKELY)),
            (after in PLACE_NOUNS or self._between_commas(units), ("PLACE", _LIKELY)),
            (located, ("PLACE", _GUESS)),
            (before == "the", ("ORG", _GUESS)),
            (short or any(word.folded in PARTICLES for word in words[:-1]), ("PER", _GUESS)),
            (True, ("ORG", _GUESS)),
        )

    def _before(self, units: Sequence[Unit]) -> str:
        at = units[0].first - 1
        return self._tokens[at].folded if at >= self._first else ""

    def _after(self, units: Sequence[Unit]) -> str:
        at = units[-1].last
        return self._tokens[at].folded if at < self._last and not self._tokens[at - 1].possessive else ""

    def is_located(self, units: Sequence[Unit]) -> bool:
        """Whether a word such as "in" stands before."""
        return self._before(units) in LOCATIVES

    def _text(self, at: int) -> str:
        return self._tokens[at].text if self._first <= at < self._last else ""

    def _has_age(self, units: Sequence[Unit]) -> bool:
        """Whether ", 45," follows."""
        at = units[-1].last
        return self._text(at) == "," and self._text(at + 1).isdigit() and self._text(at + 2) in {",", "."}

    def _between_commas(self, units: Sequence[Unit]) -> bool:
        """Whether this stands as Karbala does in "in Karbala, Iraq"."""
        return (
            self._before(units) in LOCATIVES
            and self._text(units[-1].last) == ","
            and (self._text(units[-1].last + 1)[:1].isupper())
        )


def _is_acronym(word: Token) -> bool:
    return word.text.isupper() and len(word.text) > 2  # noqa: PLR2004 - JB Holmes is a person


def _first_of(*rules: tuple[bool, Verdict]) -> Verdict | None:
    """Returns the verdict of the first rule that applies."""
    return next((verdict for applies, verdict in rules if applies), None)


def _is_given(words: Sequence[Token], by_head: Verdict, *, titled: bool) -> bool:
    """Whether a first name outweighs what the last word says: Christopher Hill is no hill."""
    in_pair = len(words) == 2 and by_head != ("ORG", _SURE)  # noqa: PLR2004
    return words[0].folded in GIVEN_NAMES and (titled or in_pair)


def is_role(units: Sequence[Unit], tokens: Sequence[Token]) -> int:
    """Returns how many units at the front are a title; 0 for none.

    Title words come first and a head ends them, as in "Deputy Foreign Minister Ali Reza".
    """
    count = 0
    for at, unit in enumerate(units):
        folded = {tokens[i].folded for i in range(unit.first, unit.last)} - {""}
        if unit.match is not None or not folded:
            break
        if folded <= ROLE_HEADS:
            count = at + 1
        elif not folded <= ROLE_MODIFIERS:
            break
    return _with_office(units, tokens, count)


def _with_office(units: Sequence[Unit], tokens: Sequence[Token], count: int) -> int:
    """Takes "of State" into the title "Secretary of State"."""
    if not count or count >= len(units) or not units[count].is_link:
        return count
    end = count + 1
    while end < len(units) and tokens[units[end].first].folded in OFFICES and units[end].match is None:
        end += 1
    return end if end > count + 1 else count
