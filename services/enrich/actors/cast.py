"""From sightings to the actors of a record."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.enrich.actors import evidence, facts
from services.enrich.actors.facts import Facts
from services.enrich.actors.fields import Field
from services.enrich.actors.keys import Key
from services.enrich.actors.naming import acts, aliases, candidates, entry_of, mentions
from services.enrich.actors.places import is_place
from services.enrich.actors.role import Role
from services.enrich.actors.roles import Roles, best
from services.enrich.actors.salience import salience
from services.enrich.actors.sightings import Sighting, Sightings
from services.enrich.bounds import MAX_ACTORS

_TRIES: Final = 10
"""Sightings of an actor that are looked at for what it does and is."""

Json = dict[str, Any]


class Cast:
    """Makes the actors of one story, with the codes that held on the day it was published.

    Without `reads_roles` nobody has a role.
    """

    def __init__(self, fields: Sequence[Field], day: str | None = None, *, reads_roles: bool = True) -> None:
        self._day = day
        self._roles = {field.name: Roles(field) for field in fields} if reads_roles else {}
        self._length = next((len(field.text) for field in fields if field.name == "body"), 0)
        self._ids: set[str] = set()
        self._found: dict[Key, Facts] = {}
        self._bodies: dict[tuple[str, int], Facts] = {}
        self._employed: dict[str, Facts | None] = {}

    def actors(self, sightings: Sightings) -> list[Json]:
        """Returns the actors, most salient first, as many as a record holds."""
        items = [(key, found) for key, found in sightings.items() if not is_place(key)]
        most = max((len(found) for _, found in items), default=1)
        for key, found in items:
            if key.label == "ORG":
                self._found[key] = body = facts.of_body(found)
                self._bodies.update({(sighting.field.name, sighting.start): body for sighting in found})
        told = {key: self._facts(key, found) for key, found in items}
        for each in told.values():
            each.id = self._unique(each.id)
        ids = {key: each.id for key, each in told.items()}
        drafts = [self._actor(told[key], found, most, ids) for key, found in items]
        return sorted(drafts, key=lambda actor: (-actor["salience"], actor["id"]))[:MAX_ACTORS]

    def employers(self) -> dict[str, str | None]:
        """Returns for the id of each employed person that of the body; None for one of all countries."""
        return {person: body.id if body is not None else None for person, body in self._employed.items()}

    def _actor(self, told: Facts, found: list[Sighting], most: int, ids: Mapping[Key, str]) -> Json:
        body = [sighting.start for sighting in found if sighting.field.name == "body"]
        weight = salience(
            in_title=len(body) < len(found),
            depth=body[0] / self._length if body else None,
            count=len(found),
            most=most,
            acts=any(map(acts, found[:_TRIES])),
        )
        if told.is_abroad or told.employer is not None:
            self._employed[told.id] = told.employer
        return {
            "id": told.id,
            "name": told.name,
            "type": told.type,
            "country": told.country,
            "sectors": list(told.sectors),
            "aliases": aliases(told.name, found),
            "role": told.role,
            "salience": weight,
            "confidence": told.confidence,
            "resolved_by": told.resolved_by,
            **candidates(found, ids),
            **evidence.json(told.evidence),
            "mentions": mentions(found),
        }

    def _unique(self, wanted: str) -> str:
        number, taken = 2, wanted
        while taken in self._ids:
            taken, number = f"{wanted}-{number}", number + 1
        self._ids.add(taken)
        return taken

    def _facts(self, key: Key, found: list[Sighting]) -> Facts:
        entry = entry_of(found)
        if key.label is None and entry is not None:
            role = self._role(found) if entry.type == "person" else None
            return facts.of_known(key, entry, found, role, self._day)
        if key.label == "PER":
            role = self._role(found)
            owner = role.owner if role else None
            employer = self._bodies.get((role.field.name, owner.start)) if role and owner else None
            return facts.of_person(found, role, employer)
        return facts.of_people(found) if key.label == "NORP" else self._found[key]

    def _role(self, found: Sequence[Sighting]) -> Role | None:
        named = [(s.field, s.name) for s in found if s.name is not None and s.field.name in self._roles]
        read = (self._roles[field.name].of(name) for field, name in named[:_TRIES])
        return best(role for role in read if role is not None)
