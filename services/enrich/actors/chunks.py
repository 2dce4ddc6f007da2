"""Runs of capitalised words: where a name can be, before anything is known of what it names."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from services.enrich.actors.forms import Kind, Match
from services.enrich.actors.heads import ORG_HEADS
from services.enrich.actors.lexicon import CALENDAR, COMMON, NO_ACRONYMS, PARTICLES, ROLE_HEADS
from services.enrich.actors.tokens import Token
from services.enrich.wordlist import words

MAX_UNITS: Final = 40
_OF_HEADS: Final = ORG_HEADS | words(
    "republic islands gulf strait sea bay cape isle university state kingdom speaker secretary minister chief"
)
_FOR_HEADS: Final = words("""
center centre committee institute organization organisation fund campaign movement agency council
office alliance foundation association front coalition forum union group network society bureau
department ministry democratic forces resistance observatory assembly
""")
_AND_HEADS: Final = words("""
ministry department office committee bureau commission council agency centers center institute
organization organisation association administration academy
""")
_PHRASE_TAILS: Final = _AND_HEADS | frozenset(("authority", "party", "company", "service", "services"))


class Unit(NamedTuple):
    """A word of a chunk, or a known name as one piece: tokens [first, last)."""

    first: int
    last: int
    match: Match | None = None
    is_link: bool = False  # a small word that holds a name together: of, bin, and


Chunk = list[Unit]


class Chunker:
    """Cuts a field into chunks. Holds what the whole field says of a word; used for one field."""

    def __init__(self, tokens: Sequence[Token], matches: Sequence[Match]) -> None:
        self._tokens = tokens
        self._starts = {match.first: match for match in matches}
        self._small = {token.folded for token in tokens if token.folded and token.text.islower()}

    def chunks(self, first: int, last: int) -> list[Chunk]:
        """Returns the chunks of the sentence tokens[first:last], in order."""
        found: list[Chunk] = []
        at = first
        while at < last:
            chunk = self._chunk(at, last, at_start=self._opens(at, first))
            if chunk:
                found.append(chunk)
            at = chunk[-1].last if chunk else at + 1
        return found

    def _opens(self, at: int, first: int) -> bool:
        """Whether a capital at this token may be due to its being the first word."""
        return at == first or (
            at > 0 and self._tokens[at - 1].text in "\"\u201c\u2018\u00ab(:\u2014\u2013*\u2022'`"
        )

    def _chunk(self, at: int, last: int, *, at_start: bool) -> Chunk:
        unit = self._unit(at, last)
        if unit is None or (at_start and unit.match is None and self._is_everyday(unit)):
            return []
        chunk = [unit]
        while len(chunk) < MAX_UNITS:
            more = self._next(chunk, last)
            if not more:
                break
            chunk += more
        return chunk

    def _is_everyday(self, unit: Unit) -> bool:
        word = self._tokens[unit.first]
        if (
            word.folded in ROLE_HEADS
            and unit.last < len(self._tokens)
            and self._tokens[unit.last].is_capitalised
        ):
            return False
        return word.folded in COMMON or (word.folded in self._small and word.folded not in ROLE_HEADS)

    def _unit(self, at: int, last: int) -> Unit | None:
        """Returns the capitalised word or known name at a token."""
        match = self._starts.get(at)
        if match is not None and match.last <= last:
            return Unit(at, match.last, match)
        token = self._tokens[at]
        if token.folded == "al" and at + 2 < last and self._is_article(at):
            return Unit(at, at + 3)
        if not token.is_capitalised or token.folded in CALENDAR or token.text == "I":
            return None
        end = at + 1
        if end < last and self._tokens[end].text == "." and self._is_abbreviation(at, last):
            end += 1
        return Unit(at, end)

    def _is_article(self, at: int) -> bool:
        return (
            self._tokens[at + 1].is_hyphen and self._tokens[at + 2].is_capitalised and self._touch(at, at + 2)
        )

    def _is_abbreviation(self, at: int, last: int) -> bool:
        """Whether the full stop after this word belongs to it: an initial or a title before a capital."""
        token, after = self._tokens[at], at + 2
        if token.text in {"Jr", "Sr"}:
            return True
        if after >= last or not (
            self._tokens[after].is_capitalised or self._tokens[after].folded in PARTICLES
        ):
            return False
        return len(token.text) == 1 or token.folded in ROLE_HEADS or token.text in {"St", "Mt", "Ft"}

    def _touch(self, first: int, last: int) -> bool:
        tokens = self._tokens
        return all(tokens[i].end == tokens[i + 1].start for i in range(first, last))

    def _next(self, chunk: Chunk, last: int) -> list[Unit]:
        """Returns the units by which the chunk goes on: one, or a link and one; empty where it ends."""
        tokens, before = self._tokens, chunk[-1]
        at = before.last
        if at >= last or tokens[before.last - 1].possessive:
            return []
        if tokens[at].is_hyphen:
            return self._after_hyphen(chunk, at, last)
        unit = self._unit(at, last)
        if unit is not None:
            return [unit]
        for length in (1, 2):
            unit = self._unit(at + length, last) if at + length < last else None
            if unit is not None and self._links(chunk, [t.folded for t in tokens[at : at + length]], unit):
                return [Unit(at, at + length, is_link=True), unit]
        return []

    def _after_hyphen(self, chunk: Chunk, at: int, last: int) -> list[Unit]:
        tokens = self._tokens
        if at + 1 >= last or not self._touch(at - 1, at + 1) or chunk[-1].match is not None:
            return []
        word = tokens[at + 1]
        if word.is_capitalised and at + 1 not in self._starts:
            return [Unit(at, at + 2)]
        # Kim Jong-un: a short syllable after a short one, in a name of two words or more.
        short = word.text.islower() and len(word.text) <= 5 and len(tokens[at - 1].text) <= 6  # noqa: PLR2004
        if short and len(chunk) > 1 and word.folded not in COMMON and not word.folded.endswith(("ed", "led")):
            return [Unit(at, at + 2)]
        return []

    def _links(self, chunk: Chunk, link: list[str], unit: Unit) -> bool:
        """Whether small words between the chunk and a capitalised unit hold one name together."""
        if "" in link:
            return link == [""] and self._joins_ampersand(chunk[-1].last)
        head = self._tokens[chunk[-1].last - 1].folded
        heads = {self._tokens[u.last - 1].folded for u in chunk if not u.is_link}
        if link in (["of"], ["of", "the"], ["of", "al"]):
            return head in _OF_HEADS
        if link in (["for"], ["for", "the"], ["on"]):
            return head in _FOR_HEADS
        if link == ["and"]:
            return self._joins_and(heads, unit) if chunk[-1].match is None else False
        return (
            all(word in PARTICLES for word in link) and self._is_name_word(chunk[-1]) and self._is_plain(unit)
        )

    def _joins_ampersand(self, at: int) -> bool:
        return self._tokens[at].text == "&"

    def _joins_and(self, heads: set[str], unit: Unit) -> bool:
        if unit.match is not None:
            return False
        tail = self._tokens[unit.last].folded if unit.last < len(self._tokens) else ""
        return bool(heads & _AND_HEADS) or (tail in _PHRASE_TAILS and self._tokens[unit.last].is_capitalised)

    def _is_name_word(self, unit: Unit) -> bool:
        return unit.match is None or unit.match.kind in {Kind.SURNAME, Kind.NAME}

    def _is_plain(self, unit: Unit) -> bool:
        return unit.match is None and self._tokens[unit.first].text not in NO_ACRONYMS
