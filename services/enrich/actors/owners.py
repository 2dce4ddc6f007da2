"""Whose an office or a body is: the state or body that stands before it, after it, or that "its" means."""

from collections.abc import Iterator, Sequence
from typing import Final

from services.enrich.actors.fields import Field, Name
from services.enrich.actors.forms import Kind
from services.enrich.actors.occupations import FORMER
from services.enrich.actors.tokens import Token
from services.enrich.wordlist import words

BELONGS: Final = words("of for at in with from")
DETERMINERS: Final = words("a an the who is was his her its their")
_NATIONAL: Final = words("""
president premier minister chancellor king queen secretary emir sultan monarch ruler dictator gen
general
""")
_NEARBY: Final = words("""
near outside around village town city hamlet suburb district province region county state island port capital
coast valley quarter neighbourhood neighborhood camp north south east west northern southern eastern western
central rural coastal small office department unit section branch wing arm team bureau desk
""")
"""What may stand between a person and whom or where he or she is from: a farmer from a village near X."""
_GENERIC: Final = words(
    "company firm group bank ministry agency union party airline federation charity university"
)
_MAX_WORDS: Final = 8
_REACH: Final = 100
"""Words before an office among which its owner is looked for, however long the sentence is."""
_SENTENCES: Final = 3
"""Sentences, its own with them, that "its" looks for its body in."""


class Owners:
    """The bodies, states and places of one field, to which an office may belong."""

    def __init__(self, field: Field) -> None:
        self._field = field
        owning = [name for name in field.names if _owns(name)]
        self._ending = {field.token_at(name.end - 1): name for name in owning}
        self._beginning = {field.token_at(name.start): name for name in owning}

    def ending(self, at: int) -> Name | None:
        """Returns the one whose name ends with a token."""
        return self._ending.get(at)

    def before(self, begin: int, first: int) -> Name | None:
        """Returns the state or body right before a title, over a people: "Iraqi Shiite cleric"."""
        at = begin - 1
        while at >= first and at in self._ending:
            owner = self._ending[at]
            known = owner.known
            if known is None or known.entry is None or known.entry.type != "people":
                return owner
            at = self._field.token_at(owner.start) - 1
        return None

    def former(self, owner: Name, first: int) -> Token | None:
        """Returns the word before an owner that says that the office is over: former Chilean, ex-Chilean."""
        tokens, at = self._field.tokens, self._field.token_at(owner.start) - 1
        at -= at > first and tokens[at].is_hyphen
        return tokens[at] if at >= first and tokens[at].folded in FORMER else None

    def context(self, title: Sequence[str], begin: int, first: int) -> Name | None:
        """Returns the state named last in the sentence, for an office that only states have."""
        if not set(title) & _NATIONAL:
            return None
        backwards = (self._ending.get(at) for at in range(begin - 1, max(first, begin - _REACH) - 1, -1))
        return next((name for name in backwards if name is not None and _is_state(name)), None)

    def after(self, at: int, last: int) -> Name | None:
        """Returns the owner that a preposition at a token leads to: of Y, from a village near X."""
        tokens = self._field.tokens
        if at >= last or tokens[at].folded not in BELONGS:
            return None
        return self.object(at + 1, last)

    def object(self, at: int, last: int) -> Name | None:
        """Returns the owner that begins at a token, or after words that lead on to it."""
        for here in range(at, min(last, at + _MAX_WORDS)):
            if here in self._beginning:
                return self._beginning[here]
            if self._is_described(here) or self._field.tokens[here].folded == "its":
                return self.meant_by_its(here, states=False)
            if not self._leads_on(here):
                return None
        return None

    def _is_described(self, at: int) -> bool:
        """Whether a token ends a description of the body named last: a vice president of the company."""
        tokens = self._field.tokens
        return at > 0 and tokens[at].folded in _GENERIC and tokens[at - 1].folded == "the"

    def _leads_on(self, at: int) -> bool:
        """Whether an owner may stand after the token: "of the town of X"."""
        token = self._field.tokens[at]
        leads = token.folded in DETERMINERS or token.folded in BELONGS or token.folded in _NEARBY
        return leads or token.is_capitalised or token.is_hyphen

    def meant_by_its(self, at: int, *, states: bool) -> Name | None:
        """Returns what "its" at a token means: the subject of its sentence, else of the one before.

        Args:
            at: the token.
            states: whether only a state can be meant, as by "its Foreign Ministry".
        """
        begin, end = max(self._field.sentence_at(at)[0], at - _REACH), at
        for _ in range(_SENTENCES):
            named = [name for name in self._between(begin, end) if _acts(name)]
            named = [name for name in named if _is_state(name)] if states else named
            bodies = [name for name in named if not _is_state(name)]
            if named:
                return next(iter(bodies or named))
            if begin == 0:
                break
            begin, end = max(self._field.sentence_at(begin - 1)[0], begin - _REACH), begin
        return None

    def meant_by_whose(self, at: int) -> Name | None:
        """Returns what "whose" at a token means: the name right before it, or before its comma."""
        return self._ending.get(at - 1) or (
            self._ending.get(at - 2) if at > 1 and self._field.tokens[at - 1].text == "," else None
        )

    def _between(self, first: int, last: int) -> Iterator[Name]:
        return (self._ending[at] for at in range(first, last) if at in self._ending)


def _owns(name: Name) -> bool:
    """Whether a name is that of a body or place, to which an office may belong."""
    if name.known is not None:
        return name.known.entry is None or name.known.entry.type != "person"
    return name.tagged is not None and name.tagged.label in {"ORG", "PLACE"}


def _acts(name: Name) -> bool:
    """Whether a name is that of a body or state, and no place or people."""
    if name.known is not None:
        entry = name.known.entry
        return entry is not None and name.known.kind is not Kind.PLACE and entry.type != "people"
    return name.tagged is not None and name.tagged.label == "ORG"


def _is_state(name: Name) -> bool:
    entry = name.known.entry if name.known is not None else None
    return entry is not None and entry.type == "state"


def is_national(name: Name) -> bool:
    """Whether a name says of which nation somebody is: German, a German."""
    return name.known is not None and name.known.kind in {Kind.ADJECTIVE, Kind.DEMONYM}
