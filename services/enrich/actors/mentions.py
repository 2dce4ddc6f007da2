"""Which of the catalogue's forms in a text are mentions, and of what."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from services.enrich.actors import capitals, elisions
from services.enrich.actors.forms import Form, Forms, Kind, Match
from services.enrich.actors.lexicon import COMMON, FUNCTION
from services.enrich.actors.titles import is_title
from services.enrich.actors.tokens import Token, is_shouting
from services.enrich.catalogue import Entry
from services.enrich.wordlist import words

_LANGUAGES: Final = words("""
speak speaks spoke speaking spoken in into learn learned translated fluent
""")
_LONGEST_INITIALS: Final = 5
_QUOTES: Final = frozenset('"\u201c\u2018\u00ab')


class Known(NamedTuple):
    """A span that names a known actor or place. `people` tells Iraqis from Iraq."""

    start: int
    end: int
    forms: tuple[Form, ...]
    kind: Kind
    people: bool = False

    @property
    def entry(self) -> Entry | None:
        """The first actor that is written so; None for a place."""
        return self.forms[0].entry

    @property
    def country(self) -> str | None:
        """The ISO code of the actor's or place's country."""
        form = self.forms[0]
        if form.entry is not None:
            return form.entry.country
        return form.place.country if form.place is not None else None

    @property
    def is_land(self) -> bool:
        """Whether it names a state, its people, or a place."""
        entry = self.forms[0].entry
        return entry is None or entry.type in {"state", "people"}


def find(forms: Forms, sentences: Iterable[list[Token]], *, elided: bool = False) -> list[Known]:
    """Returns the known names in the sentences of one field, in order, none overlapping.

    Args:
        forms: how they are written.
        sentences: the tokens of each.
        elided: whether articles may be run together with them, as they are not in English: l'Ukraine.
    """
    known: list[Known] = []
    for tokens in sentences:
        shouting = is_shouting(tokens)
        matches = forms.find(tokens, 0, len(tokens))
        if elided:
            tokens = elisions.without(tokens)  # noqa: PLW2901 - from here on
            matches = _longest([*matches, *forms.find(tokens, 0, len(tokens))])
        adjectives = {match.first for match in matches if match.kind is Kind.ADJECTIVE}
        acting = capitals.acting(tokens, [match for match in matches if match.kind is Kind.CAPITAL])
        for match in matches:
            found = _read(match, tokens, adjectives, acting, shouting=shouting)
            if found:
                known.append(found)
    return known


def _longest(matches: Iterable[Match]) -> list[Match]:
    """Returns in order the longest of those that overlap, of equals the first: N'Djamena is whole."""
    taken: set[int] = set()
    kept: list[Match] = []
    for match in sorted(matches, key=lambda match: match.first - match.last):
        own = range(match.first, match.last)
        if taken.isdisjoint(own):
            taken.update(own)
            kept.append(match)
    return sorted(kept, key=lambda match: match.start)


def _read(
    match: Match, tokens: list[Token], adjectives: set[int], acting: set[int], *, shouting: bool
) -> Known | None:
    kind = match.kind
    one_word = match.last - match.first == 1
    if (
        one_word
        and (shouting or _opens(tokens, match.first))
        and _is_everyday(tokens[match.first], kind, shouting=shouting)
    ):
        return None
    if one_word and kind is Kind.PLACE and not shouting and _is_initials(tokens, match.first):
        return None
    if kind is Kind.ADJECTIVE:
        return _adjective(match, tokens, adjectives)
    if kind is Kind.DEMONYM:
        return Known(match.start, match.end, match.forms, kind, people=True)
    kind = Kind.PLACE if kind is Kind.CAPITAL and match.first not in acting else kind
    first = _after_titles(match, tokens)
    start = match.start if first == match.first else tokens[first].start
    return Known(start, match.end, match.forms, kind)


def _after_titles(match: Match, tokens: Sequence[Token]) -> int:
    """Returns the token where a known person's name of several words begins: Ayatollah | Ali al-Sistani."""
    at, entry = match.first, match.forms[0].entry
    if match.kind is not Kind.NAME or entry is None or entry.type != "person":
        return at
    while match.last - at > 2 and (is_title(tokens[at].folded) or tokens[at].folded == "grand"):  # noqa: PLR2004 - Sheikh Hasina is her name
        at += 1
    return at


def _opens(tokens: Sequence[Token], at: int) -> bool:
    """Whether a word begins its sentence, after marks or none, or what is quoted in it."""
    before = at - 1
    while before >= 0 and not tokens[before].folded:
        if tokens[before].text in _QUOTES and tokens[before].end == tokens[before + 1].start:
            return True
        before -= 1
    return before < 0


def _is_initials(tokens: Sequence[Token], at: int) -> bool:
    """Whether a short word alone has nothing but capitals within a sentence: a SWAT team is not of Swat."""
    word = tokens[at].text
    if at == 0 or not word.isupper() or len(word) > _LONGEST_INITIALS:
        return False
    return not any(_is_shouted(tokens, here) for here in (at - 2, at - 1, at + 1, at + 2))


def _is_shouted(tokens: Sequence[Token], at: int) -> bool:
    return len(_text(tokens, at)) > 1 and tokens[at].text.isupper()


def _is_everyday(token: Token, kind: Kind, *, shouting: bool) -> bool:
    """Whether the capitals may be due to the line: WHO in a headline, Male at the start of a sentence."""
    if kind in {Kind.ACRONYM, Kind.AMBIGUOUS}:
        return shouting and token.folded in COMMON and token.folded != "us"
    return token.folded in COMMON


def _adjective(match: Match, tokens: list[Token], adjectives: set[int]) -> Known | None:
    """An adjective stands for its state where it modifies a noun, and for the people where it is one."""
    plain = Known(match.start, match.end, match.forms, Kind.ADJECTIVE)
    if tokens[match.last - 1].possessive:
        return plain._replace(people=True)
    at = match.last
    while _word(tokens, at) in {"and", "or"} or _text(tokens, at) in {",", "-", "/"}:
        if at + 1 not in adjectives:
            break
        at += 2
    if at < len(tokens) and _text(tokens, at) in {"-", "\u2011"}:
        return plain
    word = _word(tokens, at)
    if word and word not in FUNCTION and tokens[at].text[0].isalpha():
        return plain
    before = _word(tokens, match.first - 1)
    if before in _LANGUAGES:
        return None
    return plain._replace(people=True) if before in {"the", "a", "an"} or _is_people(match) else plain


def _is_people(match: Match) -> bool:
    entry = match.forms[0].entry
    return entry is not None and entry.type == "people"


def _word(tokens: Sequence[Token], at: int) -> str:
    return tokens[at].folded if 0 <= at < len(tokens) else ""


def _text(tokens: Sequence[Token], at: int) -> str:
    return tokens[at].text if 0 <= at < len(tokens) else ""
