"""Which of several actors a form names, and who they are where that cannot be told."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from services.enrich.actors.fields import Field
from services.enrich.actors.forms import Form, Kind
from services.enrich.actors.mentions import Known
from services.enrich.actors.tagger import SURE, Label, Tagged, is_taken
from services.enrich.actors.tokens import fold
from services.enrich.bounds import MAX_CANDIDATES
from services.enrich.catalogue import Entry

_EXCLUSIVE: Final = frozenset((Kind.NAME, Kind.ACRONYM, Kind.AMBIGUOUS, Kind.SURNAME, Kind.CAPITAL))
_GUESS: Final = 0.5


class Unclear(NamedTuple):
    """A span that may name any of some actors, strongest first."""

    start: int
    end: int
    kind: Kind
    entries: tuple[Entry, ...]


def told_apart(
    known: Iterable[Known], named: set[str], others: set[str], day: str | None
) -> tuple[list[Known], list[Unclear]]:
    """Returns what is certain, each with its right form first, and what is not.

    The surname of a known person of the past is left out where the story has somebody else of that surname.

    Args:
        known: what the catalogue knows in one field.
        named: the ids of the actors that the story names by a name of their own.
        others: the surnames, folded, of persons that the tagger found by their full names.
        day: when the story was published; without one, offices tell nobody apart.
    """
    certain: list[Known] = []
    unclear: list[Unclear] = []
    for item in known:
        rivals = _rivals(item)
        if item.kind is Kind.SURNAME and _is_strangers(item, rivals, named, others, day):
            continue
        chosen = _chosen(item, rivals, named, day)
        if chosen is not None:
            rest = (form for form in item.forms if form is not chosen)
            certain.append(item._replace(forms=(chosen, *rest)))
        elif item.kind is Kind.CAPITAL:
            certain.append(item._replace(kind=Kind.PLACE))  # Brussels, of Belgium or of the Union
        else:
            unclear.append(Unclear(item.start, item.end, item.kind, tuple(rivals.values())))
    return certain, unclear


def _is_strangers(
    item: Known, rivals: dict[str, Entry], named: set[str], others: set[str], day: str | None
) -> bool:
    """Whether a surname is that of another person whom the story names in full: not so of the president."""
    if named & rivals.keys() or fold(item.forms[0].words[-1]) not in others:
        return False
    return not any(entry.is_current(day) for entry in rivals.values())


def _rivals(item: Known) -> dict[str, Entry]:
    forms = (form for form in item.forms if form.kind is item.kind)
    return {form.entry.id: form.entry for form in forms if form.entry is not None}


def _chosen(item: Known, rivals: dict[str, Entry], named: set[str], day: str | None) -> Form | None:
    """Returns the form that is meant, or None where the story does not tell."""
    if item.kind is Kind.PLACE:
        return item.forms[0]
    there = [form for form in item.forms if form.entry is not None and form.entry.id in named]
    own = {form.entry.id for form in there if form.entry is not None}
    if len(own) == 1 or (own and item.kind not in _EXCLUSIVE):
        return there[0]
    if item.kind not in _EXCLUSIVE or (len(rivals) == 1 and item.kind is not Kind.AMBIGUOUS):
        return item.forms[0]
    if day is None or item.kind is Kind.AMBIGUOUS:
        return None
    current = {id_ for id_ in (own or rivals) if id_ in rivals and rivals[id_].is_current(day)}
    fitting = [form for form in item.forms if form.entry is not None and form.entry.id in current]
    return fitting[0] if len(current) == 1 else None


def with_unclear(tagged: Iterable[Tagged], unclear: Sequence[Unclear]) -> list[Tagged]:
    """Returns what the tagger found, and what is unclear where it found no name of anybody."""
    found = [item for item in sorted(tagged) if not _is_doubtful(item, unclear)]
    starts = [item.start for item in found]
    free = [item for item in unclear if not is_taken(item, found, starts)]
    return found + [Tagged(item.start, item.end, _label(item), _GUESS) for item in free]


def _is_doubtful(item: Tagged, unclear: Sequence[Unclear]) -> bool:
    """Whether the tagger is not sure that a name is of nobody, and the catalogue knows somebody of it."""
    if item.label != "OTHER" or item.confidence >= SURE:
        return False
    at = bisect_left(unclear, item.start, key=lambda each: each.end - 1)
    return at < len(unclear) and unclear[at].start < item.end


def _label(item: Unclear) -> Label:
    label: dict[str, Label] = {"person": "PER", "people": "NORP"}
    return label.get(item.entries[0].type, "ORG")


def name_candidates(field: Field, unclear: Iterable[Unclear]) -> None:
    """Gives the names of a field whom they may mean."""
    found = {(item.start, item.end): item for item in unclear}
    for at, name in enumerate(field.names):
        item = found.get((name.start, name.end))
        if item is not None and name.tagged is not None:
            ids = tuple(entry.id for entry in item.entries[:MAX_CANDIDATES])
            field.names[at] = name._replace(candidates=ids)
