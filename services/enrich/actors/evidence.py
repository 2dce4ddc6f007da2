"""The words of a story that gave an actor a code."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

from services.enrich.actors.fields import Field, Name
from services.enrich.actors.role import Role
from services.enrich.bounds import MAX_EVIDENCE, MAX_EVIDENCE_TEXT

Code = Literal["type", "country", "sector", "role"]


class Evidence(NamedTuple):
    """That the words [start, end) of a field gave a code this value."""

    code: Code
    value: str
    field: Field
    start: int
    end: int

    def json(self) -> dict[str, Any]:
        """Returns it in the shape of the record."""
        return {
            "code": self.code,
            "value": self.value,
            "field": self.field.name,
            "start": self.start,
            "end": self.end,
            "text": self.field.text[self.start : self.end],
        }


def of_role(role: Role, country: str | None, sectors: Sequence[str]) -> list[Evidence]:
    """Returns what a role gave: itself, the owner's country, and sectors by its words or else its owner's."""
    owner = role.owner
    found = [Evidence("role", role.text, role.field, role.start, role.end)] if role.is_title else []
    if country is not None and owner is not None:
        found.append(_at(owner, "country", country, role.field))
    span = role.telling(tuple(sectors))
    return [*found, *(Evidence("sector", sector, role.field, *span) for sector in sectors)]


def _at(name: Name, code: Code, value: str, field: Field) -> Evidence:
    return Evidence(code, value, field, name.start, name.end)


def json(found: Iterable[Evidence]) -> dict[str, Any]:
    """Returns the member of an actor that holds its evidence, if there is any: what fits a record."""
    spans = [item.json() for item in found if 0 < item.end - item.start <= MAX_EVIDENCE_TEXT and item.value]
    return {"evidence": spans[:MAX_EVIDENCE]} if spans else {}


def add(actor: dict[str, Any], told: Sequence[dict[str, Any]]) -> None:
    """Adds spans in the shape of the record to an actor's evidence, in place of its last where it is full."""
    if told:
        mentions = actor.pop("mentions")  # they stay the last member
        actor["evidence"] = [*actor.get("evidence", ())[: MAX_EVIDENCE - len(told)], *told]
        actor["mentions"] = mentions
