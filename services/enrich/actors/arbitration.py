"""Which name stands where the catalogue and the tagger disagree."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from services.enrich.actors import rivals
from services.enrich.actors.fields import Field, Name
from services.enrich.actors.forms import Kind
from services.enrich.actors.heads import CORPORATE
from services.enrich.actors.lexicon import LOCATIVES
from services.enrich.actors.mentions import Known
from services.enrich.actors.tagger import SURE, Label, Tagged
from services.enrich.actors.titles import are_titles
from services.enrich.actors.tokens import fold

_POSSESSIVE: Final = re.compile(r"['\u2019]s (?=[A-Z])")
_SELF_EVIDENT: Final = frozenset((Kind.NAME, Kind.ACRONYM))
_PEOPLES: Final = frozenset((Kind.ADJECTIVE, Kind.DEMONYM))
_FITTING: Final[Mapping[str, frozenset[Label]]] = {
    "person": frozenset(("PER",)),
    "organization": frozenset(("ORG", "NORP", "PLACE")),
    "armed_group": frozenset(("ORG", "NORP")),
    "intergovernmental": frozenset(("ORG", "PLACE")),
    "state": frozenset(("PLACE", "NORP", "ORG", "OTHER")),
    "people": frozenset(("NORP", "PLACE", "ORG", "OTHER")),
    "place": frozenset(("PLACE",)),
}
"""What the tagger may call an actor of each type without contradicting the catalogue."""


def settle(
    fields: Sequence[Field],
    known: Sequence[list[Known]],
    tagged: Sequence[list[Tagged]],
    day: str | None = None,
) -> None:
    """Fills the names of each field, and what stays hidden in them.

    A longer tagged name beats the known ones that it holds. Of two that span the same the catalogue's wins,
    unless the tagger is sure of another kind: Jordan who is a person. Else the catalogue wins.

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
        _merge(field, certain, rivals.with_unclear(theirs, unclear), others)
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


def _merge(field: Field, known: list[Known], tagged: Iterable[Tagged], surnames: set[str]) -> None:
    names: list[Name] = []
    at = 0
    for found in _fitted(sorted(tagged), known, field.text):
        while at < len(known) and known[at].end <= found.start:
            names.append(Name(known[at].start, known[at].end, known=known[at]))
            at += 1
        inside = at
        while inside < len(known) and known[inside].end <= found.end:
            inside += 1
        if inside < len(known) and known[inside].start < found.end:
            continue  # they cross, or the catalogue's is longer
        held = known[at:inside]
        if held and held[0].start < found.start:
            known[at] = _without_front(held[0], found, field.text)
            if known[at].start < found.start or known[at].end == found.end:
                continue
            held = known[at:inside]  # The Independent | National Electoral Commission
        is_other = held and (
            _contradicts(held[0], found, field.text) or _is_surname(held[0], found, field, surnames)
        )
        if held and _same(held, found) and not is_other:
            continue
        if _adjoin(held, found, field.text):
            continue
        field.hidden += held
        at = inside
        if found.label == "OTHER":
            field.others.append(found)
        else:
            names.append(Name(found.start, found.end, tagged=found))
    names += [Name(item.start, item.end, known=item) for item in known[at:]]
    field.names = names


def _fitted(tagged: Iterable[Tagged], known: list[Known], text: str) -> Iterator[Tagged]:
    """Yields what was tagged without what is no part of the name. Lets a known company keep its Ltd.

    That is an article with a capital before what is known (Sudan: The Rapid Support Forces), and the
    intergovernmental body that another one belongs to (the UN's | Office).
    """
    starts = [item.start for item in known]
    for found in tagged:
        bare = found.start + 4 if text.startswith("The ", found.start) else found.start
        at = bisect_left(starts, bare)
        held = known[at] if at < len(known) and known[at].start == bare else None
        if held is None or held.end >= found.end:
            yield found._replace(start=bare) if held is not None and held.end == found.end else found
            continue
        owned = _POSSESSIVE.match(text, held.end, found.end)
        is_igo = held.entry is not None and held.entry.type == "intergovernmental"
        if owned is not None and is_igo and found.label == "ORG":
            yield found._replace(start=owned.end())
            continue
        if found.label == "ORG" and text[held.end : found.end].strip(" .,").casefold() in CORPORATE:
            known[at] = held._replace(end=found.end)
        yield found


def _adjoin(held: list[Known], found: Tagged, text: str) -> bool:
    """Whether a tagged name is a known one and more: the Iranian Quds Force, the Mali junta."""
    if len(held) == 1 and held[0].start == found.start and found.label == "PLACE":
        return text[held[0].end : found.end].islower()
    if len(held) != 2 or held[0].kind is not Kind.ADJECTIVE:  # noqa: PLR2004 - the two of them
        return False
    first, second = held
    if first.country is None or first.country != second.country:
        return False  # the Italian Republican Party is no other country's
    return (first.start, second.end) == (found.start, found.end) and text[first.end : second.start] == " "


def _without_front(known: Known, found: Tagged, text: str) -> Known:
    """Returns what is known without its article or title where the tagger leaves only that out.

    The Netherlands, Pope Francis: the title is the role of a person, as before any other name. What is known
    may need the article where the tagger's longer name does not: the Independent Electoral Commission.
    """
    front = text[known.start : found.start]
    is_person = known.entry is not None and known.entry.type == "person" and found.label == "PER"
    is_title = is_person and found.end == known.end and are_titles(front)
    return known._replace(start=found.start) if front.lower() == "the " or is_title else known


def _contradicts(known: Known, found: Tagged, text: str) -> bool:
    """Whether the tagger is sure that a name of one word is of another kind than the catalogue's."""
    several = " " in text[known.start : known.end]
    is_told = (
        text.endswith("told ", 0, known.start) and known.entry is not None and "JRN" in known.entry.sectors
    )
    if is_told or several or found.confidence < SURE or known.kind in _PEOPLES:
        return False
    kind = "place" if known.entry is None or known.kind is Kind.PLACE else known.entry.type
    return found.label not in _FITTING[kind]


def _is_surname(known: Known, found: Tagged, field: Field, surnames: set[str]) -> bool:
    """Whether the name of a land, people or city is a person's surname: Holland, where Paul Holland came.

    The tagger must take it for a person's too, or a city's for that of a place that it is not sure of; what
    something is in, or comes from, is none.
    """
    text = field.text[known.start : known.end]
    if " " in text or not known.is_land or fold(text) not in surnames:
        return False
    at = field.token_at(known.start) - 1
    if at >= 0 and field.tokens[at].folded in LOCATIVES:
        return False
    is_city = known.kind is Kind.PLACE and found.label == "PLACE" and found.confidence < SURE
    return found.label == "PER" or is_city


def _same(held: list[Known], found: Tagged) -> bool:
    return (held[0].start, held[0].end) == (found.start, found.end)
