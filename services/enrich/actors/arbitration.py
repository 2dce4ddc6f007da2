"""Which name stands where the catalogue and the tagger disagree."""

from collections.abc import Iterable, Sequence

from services.enrich.actors.fields import Field, Name
from services.enrich.actors.forms import Kind
from services.enrich.actors.mentions import Known
from services.enrich.actors.tagger import Tagged

_SELF_EVIDENT = frozenset((Kind.NAME, Kind.ACRONYM))


def settle(fields: Sequence[Field], known: Sequence[list[Known]], tagged: Sequence[list[Tagged]]) -> None:
    """Fills the names of each field, and what stays hidden in them.

    A longer tagged name beats the known ones that it holds; else the catalogue wins.

    Args:
        fields: of the story, untouched so far.
        known: what the catalogue knows in each field.
        tagged: what the tagger found in each field.
    """
    forms = (form for found in known for item in found for form in item.forms)
    named = {form.entry.id for form in forms if form.entry is not None and form.kind in _SELF_EVIDENT}
    for field, mine, theirs in zip(fields, known, tagged, strict=True):
        _merge(field, [item for item in (_resolved(one, named) for one in mine) if item], theirs)


def _resolved(item: Known, named: set[str]) -> Known | None:
    """Returns what is known with its right form first, or None where the form alone is not enough."""
    there = [form for form in item.forms if form.entry is not None and form.entry.id in named]
    if there:
        return item._replace(forms=(there[0], *(form for form in item.forms if form is not there[0])))
    rivals = {form.entry.id for form in item.forms if form.entry is not None and form.kind is item.kind}
    if item.kind is Kind.AMBIGUOUS or (item.kind is Kind.SURNAME and len(rivals) > 1):
        return None
    return item


def _merge(field: Field, known: list[Known], tagged: Iterable[Tagged]) -> None:
    names: list[Name] = []
    at = 0
    for found in sorted(tagged):
        while at < len(known) and known[at].end <= found.start:
            names.append(Name(known[at].start, known[at].end, known=known[at]))
            at += 1
        inside = at
        while inside < len(known) and known[inside].end <= found.end:
            inside += 1
        if inside < len(known) and known[inside].start < found.end:
            continue  # they cross, or the catalogue's is longer
        held = known[at:inside]
        if held and (held[0].start < found.start or _same(held, found)):
            continue
        field.hidden += held
        at = inside
        if found.label != "OTHER":
            names.append(Name(found.start, found.end, tagged=found))
    names += [Name(item.start, item.end, known=item) for item in known[at:]]
    field.names = names


def _same(held: list[Known], found: Tagged) -> bool:
    return (held[0].start, held[0].end) == (found.start, found.end)
