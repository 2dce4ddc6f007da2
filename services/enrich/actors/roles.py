"""What a story says of somebody's office or work: "Iraqi Prime Minister X", "X, a spokesman for Y"."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from services.enrich.actors.appositions import Appositions
from services.enrich.actors.fields import Field, Name
from services.enrich.actors.lexicon import COURTESIES, FUNCTION
from services.enrich.actors.occupations import HONORIFICS
from services.enrich.actors.owners import Owners
from services.enrich.actors.prenominals import Prenominals
from services.enrich.actors.role import Role

_LINKS: Final = frozenset(("of", "from", "at"))
_OF: Final = frozenset(("of",))


class Roles:
    """Reads the roles of one field."""

    def __init__(self, field: Field) -> None:
        self._field = field
        owners = Owners(field)
        self._prenominals = Prenominals(field, owners)
        self._appositions = Appositions(field, owners)

    def of(self, name: Name) -> Role | None:
        """Returns the role that stands before a person's name, else the one that follows it.

        One that does not say whose it is gets the owner that other words about the name tell.
        """
        role = self._titled(name)
        after, last = self._following(name)
        if role is None:
            return (
                self._appositions.nationality(after, last)
                or self._appositions.work(after, last)
                or self._appositions.affiliation(after, last, _LINKS)
                or self._appositions.origin(after, last)
                or self._national(name)
            )
        if role.owner is None:
            return _owned(role, self._others(after, last))
        return role if role.country else self._of_nation(role, after, last)

    def _national(self, name: Name) -> Role | None:
        """Returns the nation before a noun of which nothing is known: Japanese colleague X."""
        at = self._field.token_at(name.start)
        noun = self._field.tokens[at - 1] if at > self._field.sentence_at(at)[0] else None
        if noun is None or not noun.text.islower() or noun.folded in FUNCTION or noun.folded.endswith("s"):
            return None
        return self._appositions.of_nation(at - 2)

    def _of_nation(self, role: Role, after: int, last: int) -> Role:
        """Returns a role in a body of many nations with the nation of its holder: General X of Italy."""
        told = self._appositions.nationality(after, last) or self._appositions.affiliation(after, last, _OF)
        return replace(role, owner=told.owner) if told is not None and told.country else role

    def _titled(self, name: Name) -> Role | None:
        tokens = self._field.tokens
        at = self._field.token_at(name.start)
        first, _ = self._field.sentence_at(at)
        after, last = self._following(name)
        follows = tokens[after].text if after < last else "."
        owned: Role | None = None
        if at > first and tokens[at - 1].text == "," and follows in {",", "."}:
            at -= 1  # her lawyer, Ana Ruiz, said; said its secretary, Ana Ruiz.
            owned = self._prenominals.owned(at, first)
        before = owned or self._prenominals.ending(self._after_office(at, first), first)
        if before is not None and not set(before.words) <= HONORIFICS:
            return before
        return self._appositions.title(after, last) or before

    def _after_office(self, at: int, first: int) -> int:
        """Returns where "identified as" or "named" begins before a name, else the token: a man named X."""
        words = [token.folded for token in self._field.tokens[max(first, at - 2) : at]]
        if words[-1:] in (["named"], ["called"]):
            return at - 1
        return at - 2 if words in (["identified", "as"], ["known", "as"]) else at

    def _following(self, name: Name) -> tuple[int, int]:
        """Returns the token after a name, and the one after its sentence."""
        at = self._field.token_at(name.end - 1)
        return at + 1, self._field.sentence_at(at)[1]

    def _others(self, after: int, last: int) -> Iterable[Role | None]:
        yield self._appositions.title(after, last)
        yield self._appositions.nationality(after, last)
        yield self._appositions.affiliation(after, last, _OF)
        yield self._appositions.work(after, last)
        yield self._appositions.origin(after, last)


def best(roles: Iterable[Role]) -> Role | None:
    """Returns the one that tells most: a title before an affiliation, and one whose owner has a country.

    A title without an owner gets the owner that another one of the same field tells.
    """
    told = [role for role in roles if not (role.words and set(role.words) <= COURTESIES)]
    found = max(told, key=lambda role: (role.is_title, bool(role.words), bool(role.country)), default=None)
    return _owned(found, told) if found is not None and found.owner is None else found


def _owned(role: Role, others: Iterable[Role | None]) -> Role:
    owners = (other.owner for other in others if other is not None and other.field is role.field)
    owner = next((owner for owner in owners if owner is not None), None)
    return replace(role, owner=owner) if owner is not None else role
