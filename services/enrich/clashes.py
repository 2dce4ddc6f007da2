"""What is wrong with a catalogue as a whole: names that mean two actors, codes and dates that cannot be."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import pairwise
from typing import Final

from services.enrich.actors.forms import Kind, key, spellings
from services.enrich.catalogue import Catalogue, Entry, is_acronym
from services.enrich.countries import COUNTRIES

_FULL_DATE: Final = len("2024-03-01")

Words = tuple[str, ...]
Owners = dict[Words, dict[str, str]]  # for each name its owners' ids, and how they write it


def clashes(catalogue: Catalogue) -> list[str]:
    """Returns a sentence for each thing that is wrong, in a stable order; none for a sound catalogue.

    What may be shared is not told: surnames, ambiguous acronyms, and shared names in different countries.
    """
    return [
        *_twice(catalogue),
        *_shared(catalogue.entries),
        *_countries(catalogue),
        *_dates(catalogue.entries),
    ]


def _twice(catalogue: Catalogue) -> Iterator[str]:
    names: Owners = defaultdict(dict)
    acronyms: dict[str, dict[str, bool]] = defaultdict(dict)
    for kind, name, entry, _ in spellings(catalogue):
        if entry is None:
            continue
        if kind is Kind.NAME:
            names[key(name)].setdefault(entry.id, name)
        if kind in {Kind.ACRONYM, Kind.AMBIGUOUS} or (kind is Kind.NAME and is_acronym(name)):
            acronyms[name][entry.id] = kind is not Kind.AMBIGUOUS or acronyms[name].get(entry.id, False)
    for owners in names.values():
        if len(owners) > 1:
            written = " or ".join(dict.fromkeys(owners.values()))
            yield f"The name {written} means {_list(owners)}: leave it to one, or put it into shared_names."
    for acronym, owners_ in acronyms.items():
        if len(owners_) > 1 and any(owners_.values()):
            yield f"The acronym {acronym} means {_list(owners_)}: put it into ambiguous_acronyms of each."


def _shared(entries: Iterable[Entry]) -> Iterator[str]:
    bearers: dict[tuple[Words, str | None], dict[str, str]] = defaultdict(dict)
    for entry in entries:
        for name in entry.shared_names:
            bearers[key(name), entry.country][entry.id] = name
    for (_, country), owners in bearers.items():
        if len(owners) > 1:
            name = next(iter(owners.values()))
            yield f"The shared name {name} means {_list(owners)}, all of {country}: nothing tells them apart."


def _countries(catalogue: Catalogue) -> Iterator[str]:
    for entry in catalogue.entries:
        for code in dict.fromkeys((entry.country, *(period.country for period in entry.periods))):
            if code is not None and code not in COUNTRIES:
                yield f"{entry.id} is of the country {code}, which is no code of ISO 3166-1 alpha-3."
    for place in catalogue.places:
        if place.country is not None and place.country not in COUNTRIES:
            yield f"The place {place.name} is in {place.country}, which is no code of ISO 3166-1 alpha-3."


def _dates(entries: Iterable[Entry]) -> Iterator[str]:
    for entry in entries:
        spans = [(period.valid_from, period.valid_to) for period in entry.periods]
        for first, last in [(entry.valid_from, entry.valid_to), *spans]:
            for day in filter(None, (first, last)):
                if not _exists(day):
                    yield f"{entry.id} has the date {day}, which is no day."
            if first is not None and last is not None and last < first[: len(last)]:
                yield f"{entry.id} ends on {last} before it begins on {first}."
        for (first, last), (following, _) in pairwise(sorted(spans, key=lambda span: span[0] or "")):
            if last is None or following is None or following[: len(last)] < last[: len(following)]:
                yield f"{entry.id} has periods that overlap: from {first} and from {following}."


def _exists(day: str) -> bool:
    if len(day) < _FULL_DATE:
        return True  # a year or a month; the schema has seen to it
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return True


def _list(ids: Iterable[str]) -> str:
    *most, last = sorted(ids)
    return f"{', '.join(most)} and {last}"
