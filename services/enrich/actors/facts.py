"""What is known of an actor besides where it is named: its codes, and the words that gave them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from services.enrich.actors import confidence, evidence, whereabouts
from services.enrich.actors.descriptions import OF_PARTIES, described_by
from services.enrich.actors.evidence import Evidence
from services.enrich.actors.keys import Key
from services.enrich.actors.naming import longest
from services.enrich.actors.occupations import is_armed, sectors_of_body
from services.enrich.actors.role import Role
from services.enrich.actors.sightings import Sighting
from services.enrich.actors.tokens import folded_words, slug
from services.enrich.catalogue import Entry

_MAX_ROLE: Final = 200


@dataclass(slots=True)
class Facts:
    """The codes of one actor, and of a person the body that it works for.

    `is_abroad`: whether it works for a body with people of all countries, so that no setting tells its own.
    """

    id: str
    name: str
    type: str
    country: str | None
    sectors: Sequence[str]
    confidence: float
    resolved_by: str
    role: str | None = None
    evidence: list[Evidence] = field(default_factory=list)
    employer: "Facts | None" = None
    is_abroad: bool = False


def of_known(key: Key, entry: Entry, found: Sequence[Sighting], role: Role | None, day: str | None) -> Facts:
    """Returns the facts of an actor of the catalogue as they were on a day; the role is a known person's."""
    sure = confidence.of_known(found)
    if key.words.startswith("people "):
        name = entry.demonyms[0] if entry.demonyms else entry.adjectives[0]
        return Facts(f"{entry.id}-people", name, "people", entry.country, (), sure, "catalogue")
    country, sectors = entry.codes(day)
    facts = Facts(entry.id, entry.name, entry.type, country, sectors, sure, "catalogue")
    if role is not None:
        facts.role = role.text[:_MAX_ROLE] or None
        facts.evidence = evidence.of_role(role, None, ())
    return facts


def of_people(found: Sequence[Sighting]) -> Facts:
    """Returns the facts of a people that the catalogue does not know."""
    name = longest(found)
    return Facts(f"x-{slug(name)}", name, "people", None, (), confidence.of_tagged(found), "model")


def of_person(found: Sequence[Sighting], role: Role | None, employer: Facts | None) -> Facts:
    """Returns the facts of a person; `employer` are those of the body that the role belongs to."""
    name = longest(found)
    facts = Facts(f"x-{slug(name)}", name, "person", None, (), confidence.of_tagged(found), "model")
    if role is None:
        return facts
    facts.role = role.text[:_MAX_ROLE] or None
    facts.country = role.country or (employer.country if employer else None)
    facts.sectors = role.sectors_at(tuple(employer.sectors)) if employer else role.sectors
    facts.employer, facts.is_abroad = employer, role.is_of_no_country
    facts.evidence = evidence.of_role(role, facts.country, facts.sectors)
    facts.confidence = max(facts.confidence, confidence.WITH_ROLE)
    facts.resolved_by = "apposition" if role.is_apposition else "role"
    return facts


def _of_party(described: Sequence[str]) -> Sequence[str]:
    """Returns the sector of a body that is said to be in opposition, or to rule."""
    return ("PTY",) if len(described) == 1 and described[0] in OF_PARTIES else ()


def of_body(found: Sequence[Sighting]) -> Facts:
    """Returns the facts of a body by its own name, by what describes it, and by what stands beside it."""
    name = longest(found)
    words = folded_words(name)
    told = described_by(found)
    described = folded_words(told.field.text[told.start : told.end]) if told else []
    armed = is_armed(described) or is_armed(words)
    sectors = sectors_of_body(words) or sectors_of_body(described) or _of_party(described)
    if armed and sectors != ("CRM",):
        sectors = ("REB",)
    beside = next((item for item in map(whereabouts.beside, found) if item), None)
    country = beside.value if beside else None
    prefix = f"x-{country.lower()}-" if country and len(words) <= 3 else "x-"  # noqa: PLR2004 - a Foreign Ministry each
    kind = "armed_group" if armed else "organization"
    facts = Facts(f"{prefix}{slug(name)}", name, kind, country, sectors, confidence.of_tagged(found), "model")
    if told is not None and sectors and sectors != sectors_of_body(words):
        facts.resolved_by = "apposition"
        facts.evidence = [told._replace(code="sector", value=sector) for sector in sectors]
    elif sectors:
        named = max(found, key=lambda sighting: len(sighting.text))
        span = (named.field, named.start, named.end)
        facts.evidence = [Evidence("sector", sector, *span) for sector in sectors]
    facts.evidence += [beside] if beside else []
    return facts
