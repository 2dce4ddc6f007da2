"""From sightings to the actors and places of a record."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from services.enrich.actors import evidence, whereabouts
from services.enrich.actors.bearers import MAX_CANDIDATES
from services.enrich.actors.descriptions import described_by
from services.enrich.actors.evidence import Evidence
from services.enrich.actors.fields import Field
from services.enrich.actors.forms import Kind
from services.enrich.actors.identities import Sighting, Sightings
from services.enrich.actors.keys import Key, folded_words
from services.enrich.actors.lexicon import ACTING, COURTESIES, SAYING
from services.enrich.actors.occupations import is_armed, sectors_of_body, sectors_of_person
from services.enrich.actors.roles import Role, Roles
from services.enrich.actors.salience import salience
from services.enrich.actors.tokens import slug
from services.enrich.catalogue import Entry

MAX_ACTORS: Final = 1000
MAX_MENTIONS: Final = 5000
_MAX_NAME: Final = 200
_MAX_ROLE: Final = 200
_MAX_ALIASES: Final = 20
_ROLE_TRIES: Final = 10
_CONFIDENCE: Final = {
    Kind.NAME: 0.97,
    Kind.ACRONYM: 0.95,
    Kind.AMBIGUOUS: 0.9,
    Kind.SURNAME: 0.85,
    Kind.ADJECTIVE: 0.9,
    Kind.DEMONYM: 0.9,
    Kind.SEAT: 0.85,
    Kind.CAPITAL: 0.6,
    Kind.SHARED: 0.8,
}
_NAMING: Final = frozenset((Kind.NAME, Kind.ACRONYM, Kind.AMBIGUOUS, Kind.SURNAME, Kind.SHARED))
_WITH_ROLE: Final = 0.8

Json = dict[str, Any]


@dataclass(slots=True)
class _Facts:
    """What is known of an actor besides where it is named."""

    id: str
    name: str
    type: str
    country: str | None
    sectors: Sequence[str]
    confidence: float
    resolved_by: str
    role: str | None = None
    evidence: list[Evidence] = field(default_factory=list)


class Cast:
    """Makes the actors and places of one story, with the codes that held on the day it was published.

    Without `reads_roles` nobody has a role.
    """

    def __init__(self, fields: Sequence[Field], day: str | None = None, *, reads_roles: bool = True) -> None:
        self._day = day
        self._roles = {field.name: Roles(field) for field in fields} if reads_roles else {}
        self._length = next((len(field.text) for field in fields if field.name == "body"), 0)
        self._ids: set[str] = set()
        self._found: dict[Key, _Facts] = {}
        self._bodies: dict[tuple[str, int], _Facts] = {}

    def actors(self, sightings: Sightings) -> list[Json]:
        """Returns the actors, most salient first, at most 1000."""
        items = [(key, found) for key, found in sightings.items() if not is_place(key)]
        most = max((len(found) for _, found in items), default=1)
        self._found = {key: self._body(found) for key, found in items if key.label == "ORG"}
        drafts = [self._actor(key, found, most) for key, found in items]
        return sorted(drafts, key=lambda actor: (-actor["salience"], actor["id"]))[:MAX_ACTORS]

    def _actor(self, key: Key, found: list[Sighting], most: int) -> Json:
        facts = self._facts(key, found)
        body = [sighting.start for sighting in found if sighting.field.name == "body"]
        weight = salience(
            in_title=len(body) < len(found),
            depth=body[0] / self._length if body else None,
            count=len(found),
            most=most,
            acts=any(map(_acts, found[:_ROLE_TRIES])),
        )
        return {
            "id": self._unique(facts.id),
            "name": facts.name,
            "type": facts.type,
            "country": facts.country,
            "sectors": list(facts.sectors),
            "aliases": _aliases(facts.name, found),
            "role": facts.role,
            "salience": weight,
            "confidence": facts.confidence,
            "resolved_by": facts.resolved_by,
            **_candidates(found),
            **evidence.json(facts.evidence),
            "mentions": mentions(found),
        }

    def _unique(self, wanted: str) -> str:
        number, taken = 2, wanted
        while taken in self._ids:
            taken, number = f"{wanted}-{number}", number + 1
        self._ids.add(taken)
        return taken

    def _facts(self, key: Key, found: list[Sighting]) -> _Facts:
        entry = _entry(found)
        if key.label is None and entry is not None:
            return self._known(key, entry, found)
        if key.label == "PER":
            return self._person(found)
        if key.label == "NORP":
            name = longest(found)
            return _Facts(f"x-{slug(name)}", name, "people", None, (), surest(found), "model")
        return self._found[key]

    def _known(self, key: Key, entry: Entry, found: list[Sighting]) -> _Facts:
        if key.words.startswith("people "):
            name = entry.demonyms[0] if entry.demonyms else entry.adjectives[0]
            return _Facts(f"{entry.id}-people", name, "people", entry.country, (), _sure(found), "catalogue")
        country, sectors = entry.codes(self._day)
        facts = _Facts(entry.id, entry.name, entry.type, country, sectors, _sure(found), "catalogue")
        if entry.type == "person":
            role = self._role(found)
            if role is not None:
                facts.role = role.text[:_MAX_ROLE] or None
                facts.evidence = evidence.of_role(role, None, ())
        return facts

    def _person(self, found: list[Sighting]) -> _Facts:
        name = longest(found)
        role = self._role(found)
        facts = _Facts(f"x-{slug(name)}", name, "person", None, (), surest(found), "model")
        if role is not None:
            body = self._bodies.get((role.field.name, role.owner.start)) if role.owner else None
            facts.role, facts.country, facts.sectors = (
                role.text[:_MAX_ROLE] or None,
                role.country or (body.country if body else None),
                sectors_of_person(role.words, tuple(body.sectors)) if body else role.sectors,
            )
            facts.evidence = evidence.of_role(role, facts.country, facts.sectors)
            facts.confidence = max(facts.confidence, _WITH_ROLE)
            facts.resolved_by = "apposition" if role.is_apposition else "role"
        return facts

    def _role(self, found: Iterable[Sighting]) -> Role | None:
        roles: list[Role] = []
        for sighting in [s for s in found if s.name is not None][:_ROLE_TRIES]:
            assert sighting.name is not None  # noqa: S101 - for the type checker
            reader = self._roles.get(sighting.field.name)
            role = reader.of(sighting.name) if reader else None
            if role is not None and not (role.words and set(role.words) <= COURTESIES):
                roles.append(role)
        # One that says whose office it is tells more than one that does not, and an office more than a body.
        return max(roles, key=lambda role: (bool(role.words), bool(role.country)), default=None)

    def _body(self, found: list[Sighting]) -> _Facts:
        name = longest(found)
        words = folded_words(name)
        told = described_by(found)
        described = folded_words(told.field.text[told.start : told.end]) if told else []
        armed = is_armed(described) or is_armed(words)
        sectors = sectors_of_body(words) or sectors_of_body(described)
        if armed and sectors != ("CRM",):
            sectors = ("REB",)
        country = next((code for code in map(whereabouts.country_around, found) if code), None)
        kind = "armed_group" if armed else "organization"
        prefix = f"x-{country.lower()}-" if country and len(words) <= 3 else "x-"  # noqa: PLR2004 - a Foreign Ministry each
        facts = _Facts(f"{prefix}{slug(name)}", name, kind, country, sectors, surest(found), "model")
        if told is not None and sectors and sectors != sectors_of_body(words):
            facts.resolved_by = "apposition"
            facts.evidence = [told._replace(code="sector", value=sector) for sector in sectors]
        self._bodies.update({(sighting.field.name, sighting.start): facts for sighting in found})
        return facts


def places(sightings: Sightings) -> list[Json]:
    """Returns the places in the order of their first mention, at most 1000."""
    found = [(key, items) for key, items in sightings.items() if is_place(key)]
    return [_place(key, items) for key, items in found[:MAX_ACTORS]]


def _place(key: Key, found: list[Sighting]) -> Json:
    name = longest(found)
    known = found[0].name.known if key.label is None and found[0].name else None
    if known is not None:
        place = known.forms[0].place
        name = place.name if place else key.words.removeprefix("place ")
    country = whereabouts.country(name, known, found)
    return {"name": name, "country": country, "mentions": mentions(found)}


def is_place(key: Key) -> bool:
    """Whether what a key stands for does not act."""
    return key.label == "PLACE" or (key.label is None and key.words.startswith("place "))


def mentions(found: Iterable[Sighting]) -> list[Json]:
    """Returns the mentions in the order of the story, at most 5000."""
    kept = list(found)[:MAX_MENTIONS]
    return [{"field": s.field.name, "start": s.start, "end": s.end, "text": s.text} for s in kept]


def longest(found: Iterable[Sighting]) -> str:
    """Returns the fullest name on one line, the first of those equally long."""
    best = max((sighting.text for sighting in found), key=len)
    return " ".join(best.split())[:_MAX_NAME]


def surest(found: Iterable[Sighting]) -> float:
    """Returns the highest confidence that the tagger had."""
    return max((s.name.tagged.confidence for s in found if s.name and s.name.tagged), default=0.5)


def _sure(found: Iterable[Sighting]) -> float:
    return max((_CONFIDENCE[s.name.known.kind] for s in found if s.name and s.name.known), default=0.9)


def _entry(found: Iterable[Sighting]) -> Entry | None:
    return next((s.name.known.entry for s in found if s.name and s.name.known), None)


def _candidates(found: Iterable[Sighting]) -> Json:
    """Returns whom a name may mean, where that cannot be told."""
    ids = dict.fromkeys(id_ for s in found if s.name is not None for id_ in s.name.candidates)
    return {"candidates": list(ids)[:MAX_CANDIDATES]} if ids else {}


def _acts(sighting: Sighting) -> bool:
    """Whether a verb that only somebody does follows a name, or one of saying stands before it."""
    tokens, last = sighting.field.tokens, sighting.field.token_at(sighting.end - 1)
    first = sighting.field.token_at(sighting.start)
    follows = last + 1 < len(tokens) and tokens[last + 1].folded in ACTING
    return follows or (first > 0 and tokens[first - 1].folded in SAYING)


def _aliases(name: str, found: Iterable[Sighting]) -> list[str]:
    """Returns the other names that the story uses; adjectives and seats are none."""
    used = (
        " ".join(s.text.split())
        for s in found
        if s.name is None or s.name.known is None or s.name.known.kind in _NAMING
    )
    return [alias for alias in dict.fromkeys(used) if alias != name and len(alias) <= _MAX_NAME][
        :_MAX_ALIASES
    ]
