"""An office, a work or an affiliation, as the words of a story tell it."""

from dataclasses import dataclass
from typing import Final

from services.enrich.actors.fields import Field, Name
from services.enrich.actors.lexicon import ROLE_HEADS, ROLE_MODIFIERS
from services.enrich.actors.occupations import (
    COMING,
    ELITE,
    HEADS,
    MODIFIERS,
    Sectors,
    is_employed,
    sectors_of_body,
    sectors_of_person,
)
from services.enrich.actors.tokens import Token, folded_words
from services.enrich.sentences import Span

ANY_HEADS: Final = ROLE_HEADS | HEADS | COMING
"""Nouns for what somebody is: offices and occupations, folded."""
ANY_MODIFIERS: Final = ROLE_MODIFIERS | MODIFIERS
"""What may stand before them, folded."""
_BARE: Final = frozenset(("former", "ex", "new", "interim", "acting", "supreme", "late", "then", "current"))
"""What may stand before "leader" where a state's own is meant, folded."""
_WORLDWIDE: Final = frozenset(("IGO", "NGO", "ISM"))


@dataclass(frozen=True, slots=True)
class Role:
    """What the words [start, end) of a field say that somebody is, and whom it belongs to.

    Of an affiliation, such as "X of the Quds Force", `words` are empty and only the owner tells; of what
    somebody does, such as "who teaches at Y", they are the noun for it, and no title.
    """

    field: Field
    start: int
    end: int
    words: tuple[str, ...]
    owner: Name | None
    is_apposition: bool = False
    is_title: bool = True
    body: tuple[str, ...] = ()
    """Where no owner is named, the folded words for the body that it belongs to: of the government."""
    over: Token | None = None
    """The word before the owner that says that the office is over: former Chilean minister."""

    @property
    def text(self) -> str:
        """The title as the field writes it; empty where the words are none."""
        return self.field.text[self.start : self.end] if self.is_title else ""

    @property
    def country(self) -> str | None:
        """The owner's country as ISO 3166-1 alpha-3."""
        if self.owner is None or self.is_of_no_country:
            return None
        if self.owner.known is not None:
            return self.owner.known.country
        return self.field.country_near(self.owner.start, self.owner.end)

    @property
    def sectors(self) -> Sectors:
        """PLOVER sectors by the words of the role and by its owner."""
        return self.sectors_at(self._employer())

    def sectors_at(self, employer: Sectors) -> Sectors:
        """Returns them for an employer of these sectors."""
        over = (self.over.folded,) if self.over is not None else ()
        words = self.words
        if words[-1:] == ("captain",) and self._is_plain():
            words = (*words[:-1], "member")  # of a team: Morocco's captain
        elif words[-1:] == ("leader",) and _BARE.issuperset(words[:-1]) and self._is_of_state():
            words = (*words[:-1], "ruler")  # Moldova's leader
        found = sectors_of_person((*over, *words), employer)
        is_guess = found == ("GOV",) and not employer and is_employed(words)
        return () if is_guess and self._is_of_unknown() else found

    def _is_of_unknown(self) -> bool:
        """Whether the owner is a body of which the catalogue knows nothing."""
        tagged = self.owner.tagged if self.owner is not None else None
        return tagged is not None and tagged.label == "ORG"

    def _is_of_state(self) -> bool:
        entry = self.owner.known.entry if self.owner is not None and self.owner.known is not None else None
        return entry is not None and entry.type == "state" and "PRE" not in entry.sectors

    def _is_plain(self) -> bool:
        """Whether the last word has no capital: captain X, and not Captain X."""
        text = self.field.text[self.start : self.end]
        return text.rpartition(" ")[2][:1].islower()

    def telling(self, sectors: Sectors) -> Span:
        """Returns the words of the field that gave these sectors: its own, its owner's, or both of them."""
        own = Span(self.start, self.end)
        if self.owner is None:
            return own
        owner = Span(self.owner.start, self.owner.end)
        is_own = self.sectors_at(()) == sectors
        if sectors != ELITE:
            return own if is_own else owner
        parts = (own,) if is_own else (own, owner)
        start = min(part.start for part in parts)
        return Span(min(start, self.over.start) if self.over else start, max(part.end for part in parts))

    @property
    def is_of_no_country(self) -> bool:
        """Whether the owner is known and has people of all countries: the United Nations, an aid group."""
        entry = self.owner.known.entry if self.owner is not None and self.owner.known is not None else None
        if entry is None or entry.type in {"people", "person"}:
            return False
        return entry.country is None or bool(_WORLDWIDE & set(entry.sectors))

    def _employer(self) -> Sectors:
        if self.owner is None:
            return sectors_of_body(self.body)
        if self.owner.known is None:
            return sectors_of_body(folded_words(self.field.text[self.owner.start : self.owner.end]))
        entry = self.owner.known.entry
        if entry is None or entry.type == "people":
            return ()
        return entry.sectors[:1] if entry.type != "state" or "PRE" in entry.sectors else ()
