"""What a story says of somebody's office or work: "Iraqi Prime Minister X", "X, a spokesman for Y"."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.enrich.actors.fields import Field, Name
from services.enrich.actors.forms import Kind
from services.enrich.actors.keys import folded_words
from services.enrich.actors.lexicon import COURTESIES, FUNCTION, OFFICES, ROLE_HEADS, ROLE_MODIFIERS
from services.enrich.actors.occupations import (
    HEADS,
    HONORIFICS,
    MODIFIERS,
    TITLES,
    Sectors,
    sectors_of_body,
    sectors_of_person,
)
from services.enrich.wordlist import words

_MAX_ROLE_WORDS: Final = 8
_MAX_APPOSITION: Final = 14
_MAX_UNKNOWN: Final = 3
_NATIONAL: Final = words("""
president premier minister chancellor king queen secretary emir sultan monarch ruler dictator gen
general
""")
_DETERMINERS: Final = words("a an the who is was his her its their")
_AGES: Final = words("year years old aged")
_BELONGS: Final = words("of for at in with from")
_HEADS: Final = ROLE_HEADS | HEADS
_MODIFIERS: Final = ROLE_MODIFIERS | MODIFIERS


@dataclass(frozen=True, slots=True)
class Role:
    """An office in the story's own words at [start, end) of its field, and whom it belongs to.

    Of an affiliation, such as "X of the Quds Force", the words are empty and only the owner tells.
    """

    field: Field
    start: int
    end: int
    words: tuple[str, ...]
    owner: Name | None
    is_apposition: bool = False

    @property
    def text(self) -> str:
        """The words of the field, verbatim."""
        return self.field.text[self.start : self.end]

    @property
    def country(self) -> str | None:
        """The owner's country as ISO 3166-1 alpha-3."""
        if self.owner is None:
            return None
        if self.owner.known is not None:
            return self.owner.known.country
        return self.field.country_near(self.owner.start, self.owner.end)

    @property
    def sectors(self) -> Sectors:
        """PLOVER sectors by the words of the role and by its owner."""
        return sectors_of_person(self.words, self._employer())

    def _employer(self) -> Sectors:
        if self.owner is None:
            return ()
        if self.owner.known is None:
            return sectors_of_body(folded_words(self.field.text[self.owner.start : self.owner.end]))
        entry = self.owner.known.entry
        return entry.sectors[:1] if entry and entry.type not in {"state", "people"} else ()


class Roles:
    """Reads the roles of one field."""

    def __init__(self, field: Field) -> None:
        self._field = field
        self._owners = {field.token_at(name.end - 1): name for name in field.names if _owns(name)}
        self._starts = {field.token_at(name.start) for name in field.names}

    def of(self, name: Name) -> Role | None:
        """Returns the role that stands before a person's name, else the one that follows in commas."""
        at = self._field.token_at(name.start)
        first, last = self._field.sentence_at(at)
        after = self._field.token_at(name.end - 1) + 1
        if at > first and self._is_comma(at - 1) and self._is_comma(after):
            at -= 1  # her lawyer, Ana Ruiz, said
        before = self._before(at, first)
        if before is not None and not set(before.words) <= HONORIFICS:
            return before
        return (
            self._after(after, last)
            or before
            or self._nationality(after, last)
            or self._affiliation(after, last)
        )

    def _word(self, at: int) -> str:
        tokens = self._field.tokens
        return tokens[at].folded if at < len(tokens) else ""

    def _is_comma(self, at: int) -> bool:
        tokens = self._field.tokens
        return at < len(tokens) and tokens[at].text == ","

    def _before(self, at: int, first: int) -> Role | None:
        tokens = self._field.tokens
        begin = self._before_office(at, first)
        while begin > first and at - begin < _MAX_ROLE_WORDS and self._continues(begin - 1, at, first):
            begin -= 1
        words = [t.folded for t in tokens[begin:at] if t.folded]
        while words and not tokens[begin].folded:
            begin += 1
        if not words or set(words) <= COURTESIES or not set(words) & (_HEADS | TITLES):
            return None
        owner = self._owner_before(begin, first)
        role = self._role(begin, at, owner or self._context(words, begin, first))
        if owner is None or role is None:
            return role
        earlier = self._field.token_at(owner.start) - 1  # former Chilean minister
        is_former = earlier >= first and self._word(earlier) in {"former", "ex"}
        return replace(role, words=("former", *role.words)) if is_former else role

    def _continues(self, at: int, name: int, first: int) -> bool:
        """Whether the token at `at` belongs to the title that ends before the name."""
        token, tokens = self._field.tokens[at], self._field.tokens
        if at in self._owners:
            return False
        if not token.folded:
            return token.is_hyphen or (token.text == "." and self._word(at - 1) in ROLE_HEADS)
        if token.folded in _HEADS or (token.folded in TITLES and token.is_capitalised):
            return True
        if at >= name - 1 or token.possessive:
            return False
        # Railway Safety Commissioner: capitals before a head that has one are part of the title.
        titled = at > first and token.is_capitalised and tokens[at + 1].is_capitalised
        return token.folded in _MODIFIERS or (titled and token.folded not in FUNCTION)

    def _before_office(self, at: int, first: int) -> int:
        """Returns where "of State" begins if it ends here, as in "Secretary of State", else `at`."""
        tokens, here = self._field.tokens, at
        while here > first and tokens[here - 1].folded in OFFICES:
            here -= 1
        if here == at:
            return at
        while here > first and tokens[here - 1].folded in {"of", "the"}:
            here -= 1
        ends_in_head = here > first and tokens[here - 1].folded in ROLE_HEADS
        return here if ends_in_head and tokens[here].folded == "of" else at

    def _owner_before(self, begin: int, first: int) -> Name | None:
        """Returns the state or body right before a title, over a people: "Iraqi Shiite cleric"."""
        at = begin - 1
        while at >= first and at in self._owners:
            owner = self._owners[at]
            known = owner.known
            if known is None or known.entry is None or known.entry.type != "people":
                return owner
            at = self._field.token_at(owner.start) - 1
        return None

    def _context(self, words: Sequence[str], begin: int, first: int) -> Name | None:
        """Returns the state named last in the sentence, for an office that only states have."""
        if not set(words) & _NATIONAL:
            return None
        for at in range(begin - 1, first - 1, -1):
            name = self._owners.get(at)
            if name and name.known and name.known.entry and name.known.entry.type == "state":
                return name
        return None

    def _after(self, at: int, last: int) -> Role | None:
        tokens = self._field.tokens
        if at >= last or not self._is_comma(at):
            return None
        if at + 2 < last and self._word(at + 1).isdigit() and self._is_comma(at + 2):
            at += 2  # Ana Ruiz, 58, a nurse
        begin, owner, unknown, determined = at + 1, None, 0, False
        for here in range(at + 1, min(last, at + _MAX_APPOSITION)):
            token = tokens[here]
            if here in self._owners:
                owner, begin = self._owners[here], here + 1
            elif token.folded in _HEADS and self._ends_a_role(here, last):
                return self._role(begin, here + 1, owner or self._owner_after(here + 1, last), apposed=True)
            elif token.folded in _DETERMINERS:
                begin, determined = here + 1, True
            elif token.folded in _AGES or token.folded.isdigit():
                begin = here + 1
            elif not (token.folded in _MODIFIERS or token.folded in _HEADS or token.is_hyphen):
                unknown += 1
                if not self._may_describe(here, unknown, determined=determined):
                    return None
        return None

    def _ends_a_role(self, at: int, last: int) -> bool:
        """Whether a head ends the words of a role; "X, President Y" is a list."""
        if at + 1 >= last:
            return True
        if self._word(at + 1) in _HEADS and at + 1 not in self._starts:
            return False
        return self._field.tokens[at].text.islower() or at + 1 not in self._starts

    def _may_describe(self, at: int, unknown: int, *, determined: bool) -> bool:
        token = self._field.tokens[at]
        if token.is_capitalised or token.text == ".":
            return True
        plain = bool(token.folded) and token.folded not in FUNCTION and not token.folded.endswith("ing")
        return plain and determined and unknown <= _MAX_UNKNOWN

    def _owner_after(self, at: int, last: int) -> Name | None:
        tokens = self._field.tokens
        if at >= last or tokens[at].folded not in _BELONGS:
            return None
        for here in range(at + 1, min(last, at + _MAX_ROLE_WORDS)):
            if here in self._owners:
                return self._owners[here]
            if not self._leads_on(here):
                return None
        return None

    def _leads_on(self, at: int) -> bool:
        """Whether the owner of a role may stand after the token: "of the town of X"."""
        token = self._field.tokens[at]
        return token.folded in _DETERMINERS | _BELONGS or token.is_capitalised or token.is_hyphen

    def _nationality(self, at: int, last: int) -> Role | None:
        """Returns the people that somebody is of: "X, a German who"."""
        owner = self._owners.get(at + 2)
        if not self._is_comma(at) or self._word(at + 1) not in {"a", "an"} or at + 2 >= last:
            return None
        is_noun = owner is not None and self._word(at + 3) in {"", "who", "from", "in"}
        return self._of_owner(owner) if owner is not None and is_noun and _is_national(owner) else None

    def _affiliation(self, at: int, last: int) -> Role | None:
        """Returns whom somebody is of, where only that is said: "X of the Quds Force"."""
        if self._word(at) not in {"of", "from", "at"} or at >= last:
            return None
        owner = self._owner_after(at, last)
        if owner is None:
            return None
        return self._of_owner(owner)

    def _of_owner(self, owner: Name) -> Role:
        return Role(self._field, owner.start, owner.start, (), owner, is_apposition=True)

    def _role(self, begin: int, end: int, owner: Name | None, *, apposed: bool = False) -> Role | None:
        tokens = self._field.tokens[begin:end]
        words = tuple(token.folded for token in tokens if token.folded)
        if not words:
            return None
        return Role(self._field, tokens[0].start, tokens[-1].end, words, owner, is_apposition=apposed)


def _owns(name: Name) -> bool:
    """Whether a name is that of a body or place, to which an office may belong."""
    if name.known is not None:
        return name.known.entry is None or name.known.entry.type != "person"
    return name.tagged is not None and name.tagged.label in {"ORG", "PLACE"}


def _is_national(name: Name) -> bool:
    return name.known is not None and name.known.kind in {Kind.ADJECTIVE, Kind.DEMONYM}
