"""Which name stands where the catalogue and the tagger disagree."""

from collections.abc import Iterable, Sequence

from services.enrich.actors import rivals
from services.enrich.actors.fields import Field, Name
from services.enrich.actors.forms import Kind
from services.enrich.actors.mentions import Known
from services.enrich.actors.tagger import Tagged
from services.enrich.actors.tokens import fold

_SELF_EVIDENT = frozenset((Kind.NAME, Kind.ACRONYM))


def settle(
    fields: Sequence[Field],
    known: Sequence[list[Known]],
    tagged: Sequence[list[Tagged]],
    day: str | None = None,
) -> None:
    """Fills the names of each field, and what stays hidden in them.

    A longer tagged name beats the known ones that it holds; else the catalogue wins.

    Args:
        fields: of the story, untouched so far.
        known: what the catalogue knows in each field.
        tagged: what the tagger found in each field.
        day: when the story was published; of two who share a name, the one in office then is meant.
    """
    forms = (form for found in known for item in found for form in item.forms)
    named = {form.entry.id for form in forms if form.entry is not None and form.kind in _SELF_EVIDENT}
    others = _surnames(fields, tagged)
    for field, mine, theirs in zip(fields, known, tagged, strict=True):
        certain, unclear = rivals.told_apart(mine, named, others, day)
        _merge(field, certain, rivals.with_unclear(theirs, unclear))
        rivals.name_candidates(field, unclear)


def _surnames(fields: Sequence[Field], tagged: Sequence[list[Tagged]]) -> set[str]:
    """Returns the last words of the full names of the persons that the tagger found, folded."""
    persons = (
        field.text[item.start : item.end].split()
        for field, found in zip(fields, tagged, strict=True)
        for item in found
        if item.label == "PER"
    )
    return {fold(words[-1]) for words in persons if len(words) > 1}


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
