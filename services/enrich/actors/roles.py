"""What a story says of a person's office: "Iraqi Prime Minister X", "X, a spokesman for Y"."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.enrich.actors.fields import Field, Name
from services.enrich.actors.heads import HEAD_SECTORS
from services.enrich.actors.lexicon import COURTESIES, OFFICES, ROLE_HEADS, ROLE_MODIFIERS
from services.enrich.actors.mentions import Known
from services.enrich.wordlist import words

_MAX_ROLE_WORDS: Final = 8
_MAX_APPOSITION: Final = 14
_NATIONAL: Final = words("""
president premier minister chancellor king queen secretary emir sultan monarch ruler dictator gen
general
""")
_CIVIL_GENERALS: Final = words("secretary attorney director governor consul inspector solicitor")
_DETERMINERS: Final = words("""
a an the who is was his her its their
""")
_BELONGS: Final = words("""
of for at in with
""")


@dataclass(frozen=True, slots=True)
class Role:
    """An office in the story's own words, its sectors, and whom it belongs to."""

    text: str
    words: tuple[str, ...]
    owner: Known | None
    is_apposition: bool = False

    @property
    def country(self) -> str | None:
        """The owner's country as ISO 3166-1 alpha-3."""
        entry = self.owner.entry if self.owner else None
        return entry.country if entry else None

    @property
    def sectors(self) -> tuple[str, ...]:
        """PLOVER sectors by the words of the role, else the owner's."""
        entry = self.owner.entry if self.owner else None
        inherited = entry.sectors[:1] if entry and entry.type not in {"state", "people"} else ()
        return sectors_of(self.words) or inherited


def sectors_of(words: Sequence[str]) -> tuple[str, ...]:
    """Returns the sector of the last folded word that tells one; a Secretary General is no general."""
    civil = len(words) > 1 and words[-1] == "general" and words[-2] in _CIVIL_GENERALS
    for word in reversed(words[:-1] if civil else words):
        for sector, heads in HEAD_SECTORS.items():
            if word in heads:
                return (sector,)
    return ()


class Roles:
    """Reads the roles of one field."""

    def __init__(self, field: Field) -> None:
        self._field = field
        self._owners = {field.token_at(name.end - 1): name for name in field.names if _owns(name)}

    def of(self, name: Name) -> Role | None:
        """Returns the role that stands before a person's name, else the one that follows in commas."""
        at = self._field.token_at(name.start)
        first, last = self._field.sentence_at(at)
        after = self._field.token_at(name.end - 1) + 1
        if at > first and self._is_comma(at - 1) and self._is_comma(after):
            at -= 1  # her lawyer, Ana Ruiz, said
        return self._before(at, first) or self._after(after, last)

    def _is_comma(self, at: int) -> bool:
        tokens = self._field.tokens
        return at < len(tokens) and tokens[at].text == ","

    def _before(self, at: int, first: int) -> Role | None:
        tokens = self._field.tokens
        begin = self._before_office(at, first)
        while begin > first and at - begin < _MAX_ROLE_WORDS and self._continues(begin - 1, at):
            begin -= 1
        words = [t.folded for t in tokens[begin:at] if t.folded]
        while words and not tokens[begin].folded:
            begin += 1
        if not words or set(words) <= COURTESIES:
            return None
        return self._role(begin, at, self._owner_before(begin, first) or self._context(words, begin, first))

    def _continues(self, at: int, name: int) -> bool:
        """Whether the token at `at` belongs to the title that ends before the name."""
        token, tokens = self._field.tokens[at], self._field.tokens
        if at in self._owners:
            return False
        if not token.folded:
            return token.is_hyphen or (token.text == "." and tokens[at - 1].folded in ROLE_HEADS)
        if token.folded in ROLE_HEADS:
            return True
        return token.folded in ROLE_MODIFIERS and at < name - 1 and not token.possessive

    def _before_office(self, at: int, first: int) -> int:
        """Returns where "of State" begins if it ends here, as in "Secretary of State", else `at`."""
        tokens, here = self._field.tokens, at
        while here > first and tokens[here - 1].folded in OFFICES:
            here -= 1
        while here > first and tokens[here - 1].folded in {"of", "the"}:
            here -= 1
        ends_in_head = here > first and tokens[here - 1].folded in ROLE_HEADS
        return here if ends_in_head and tokens[here].folded == "of" else at

    def _owner_before(self, begin: int, first: int) -> Known | None:
        """Returns the state or body right before a title, over a people: "Iraqi Shiite cleric"."""
        at = begin - 1
        while at >= first and at in self._owners:
            known = self._owners[at].known
            if known is not None and known.entry is not None and known.entry.type != "people":
                return known
            at = self._field.token_at(self._owners[at].start) - 1
        return None

    def _context(self, words: Sequence[str], begin: int, first: int) -> Known | None:
        """Returns the state named last in the sentence, for an office that only states have."""
        if not set(words) & _NATIONAL:
            return None
        for at in range(begin - 1, first - 1, -1):
            name = self._owners.get(at)
            if name and name.known and name.known.entry and name.known.entry.type == "state":
                return name.known
        return None

    def _after(self, at: int, last: int) -> Role | None:
        tokens = self._field.tokens
        if at >= last or not self._is_comma(at):
            return None
        begin, owner = at + 1, None
        for here in range(at + 1, min(last, at + _MAX_APPOSITION)):
            token = tokens[here]
            if here in self._owners:
                owner, begin = self._owners[here].known, here + 1
            elif token.folded in ROLE_HEADS and token.text.islower():
                end = here + 1
                while end < last and tokens[end].folded in ROLE_HEADS and tokens[end].text.islower():
                    end += 1
                return self._role(begin, end, owner or self._owner_after(end, last), is_apposition=True)
            elif token.folded in _DETERMINERS:
                begin = here + 1
            elif token.folded not in ROLE_MODIFIERS and not token.is_hyphen and not self._inside_name(here):
                return None
        return None

    def _inside_name(self, at: int) -> bool:
        token = self._field.tokens[at]
        return token.is_capitalised or token.text == "."

    def _owner_after(self, at: int, last: int) -> Known | None:
        tokens = self._field.tokens
        if at >= last or tokens[at].folded not in _BELONGS:
            return None
        for here in range(at + 1, min(last, at + _MAX_ROLE_WORDS)):
            if here in self._owners:
                return self._owners[here].known
            if tokens[here].folded not in _DETERMINERS and not tokens[here].is_capitalised:
                return None
        return None

    def _role(self, begin: int, end: int, owner: Known | None, *, is_apposition: bool = False) -> Role | None:
        tokens = self._field.tokens[begin:end]
        words = tuple(token.folded for token in tokens if token.folded)
        if not words:
            return None
        text = self._field.text[tokens[0].start : tokens[-1].end]
        return Role(text, words, owner, is_apposition)


def _owns(name: Name) -> bool:
    entry = name.known.entry if name.known else None
    return entry is not None and entry.type != "person"
