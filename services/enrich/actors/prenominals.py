"""The title right before a person's name: "Iraqi Prime Minister X", "Secretary of State X"."""

from dataclasses import replace
from typing import Final

from services.enrich.actors.fields import Field, Name
from services.enrich.actors.lexicon import COURTESIES, FUNCTION, OFFICES, ROLE_HEADS
from services.enrich.actors.occupations import BODIES, TITLES
from services.enrich.actors.owners import BELONGS, Owners
from services.enrich.actors.role import ANY_HEADS, ANY_MODIFIERS, Role

_MAX_WORDS: Final = 8
_ARTICLES: Final = frozenset(("the", "a", "an"))
_WORDS: Final = ANY_HEADS | ANY_MODIFIERS


class Prenominals:
    """Reads the titles before the names of one field."""

    def __init__(self, field: Field, owners: Owners) -> None:
        self._field = field
        self._owners = owners

    def ending(self, at: int, first: int) -> Role | None:
        """Returns the title that ends before a token, in a sentence that begins at the token `first`."""
        begin = self._begin(at, first)
        tokens = self._field.tokens
        words = tuple(token.folded for token in tokens[begin:at] if token.folded)
        if (
            not words
            or set(words) <= COURTESIES
            or (ANY_HEADS.isdisjoint(words) and TITLES.isdisjoint(words))
        ):
            return None
        owner = self._owners.before(begin, first)
        told = owner or self._meant(begin, first) or self._owners.context(words, begin, first)
        role = Role(self._field, tokens[begin].start, tokens[at - 1].end, words, told)
        return replace(role, over=self._owners.former(owner, first)) if owner is not None else role

    def owned(self, at: int, first: int) -> Role | None:
        """Returns the title with its owner that ends before a token: The chairman of Y, | X, said.

        Of "Y's coordinator in Z" the owner is Y.
        """
        tokens, owner = self._field.tokens, self._owners.ending(at - 1)
        if owner is None:
            return None
        link = self._field.token_at(owner.start) - 1
        while link > first and tokens[link].folded in _ARTICLES:
            link -= 1
        if link <= first or tokens[link].folded not in BELONGS or tokens[link - 1].possessive:
            return None
        found = self.ending(link, first)
        if found is None or not ANY_HEADS.intersection(found.words[-1:]):
            return None
        return found if found.owner is not None else replace(found, owner=owner)

    def _begin(self, at: int, first: int) -> int:
        begin = self._before_office(at, first)
        while begin > first and at - begin < _MAX_WORDS and self._continues(begin - 1, at, first):
            begin -= 1
        while begin < at and not self._field.tokens[begin].folded:
            begin += 1
        return begin

    def _meant(self, begin: int, first: int) -> Name | None:
        """Returns whose it is after "its" or "whose": Its General X, Its commander, General X."""
        tokens, at = self._field.tokens, begin - 1
        if at > first and tokens[at].text == ",":
            at -= 1
            while at > first and begin - at < _MAX_WORDS and tokens[at].folded in _WORDS:
                at -= 1
        led = tokens[at].folded if first <= at < begin else ""
        if led == "its":
            return self._owners.meant_by_its(at, states=False)
        return self._owners.meant_by_whose(at) if led == "whose" else None

    def _continues(self, at: int, name: int, first: int) -> bool:
        """Whether the token at `at` belongs to the title that ends before the name."""
        token, tokens = self._field.tokens[at], self._field.tokens
        if self._owners.ending(at) is not None:
            return False
        if not token.folded:
            return token.is_hyphen or (token.text == "." and at > 0 and tokens[at - 1].folded in ROLE_HEADS)
        if token.folded in ANY_HEADS or (token.folded in TITLES and token.is_capitalised):
            return True
        if at >= name - 1 or token.possessive:
            return False
        # Railway Safety Commissioner: capitals before a head that has one are part of the title.
        titled = at > first and token.is_capitalised and tokens[at + 1].is_capitalised
        body = token.folded in BODIES and token.text.islower()  # foreign ministry spokesman
        return body or token.folded in ANY_MODIFIERS or (titled and token.folded not in FUNCTION)

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
