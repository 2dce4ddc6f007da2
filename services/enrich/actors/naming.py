"""What the sightings of one actor or place say of it: its fullest name, its other names, its mentions."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from services.enrich.actors.forms import Kind
from services.enrich.actors.keys import Key
from services.enrich.actors.lexicon import ACTING, SAYING
from services.enrich.actors.sightings import Sighting
from services.enrich.bounds import MAX_CANDIDATES, MAX_MENTIONS
from services.enrich.catalogue import Entry

_MAX_NAME: Final = 200
_MAX_ALIASES: Final = 20
_NAMING: Final = frozenset((Kind.NAME, Kind.ACRONYM, Kind.AMBIGUOUS, Kind.SURNAME, Kind.SHARED))

Json = dict[str, Any]


def mentions(found: Iterable[Sighting]) -> list[Json]:
    """Returns the mentions in the order of the story, as many as a record holds."""
    kept = list(found)[:MAX_MENTIONS]
    return [{"field": s.field.name, "start": s.start, "end": s.end, "text": s.text} for s in kept]


def longest(found: Iterable[Sighting]) -> str:
    """Returns the fullest name on one line, the first of those equally long."""
    best = max((sighting.text for sighting in found), key=len)
    return " ".join(best.split())[:_MAX_NAME]


def aliases(name: str, found: Iterable[Sighting]) -> list[str]:
    """Returns the other names that the story uses; adjectives and seats are none."""
    used = (
        " ".join(s.text.split())
        for s in found
        if s.name is None or s.name.known is None or s.name.known.kind in _NAMING
    )
    return [alias for alias in dict.fromkeys(used) if alias != name and len(alias) <= _MAX_NAME][
        :_MAX_ALIASES
    ]


def entry_of(found: Iterable[Sighting]) -> Entry | None:
    """Returns the entry of the catalogue that is named; None where nothing known is."""
    return next((s.name.known.entry for s in found if s.name and s.name.known), None)


def candidates(found: Iterable[Sighting], ids: Mapping[Key, str]) -> Json:
    """Returns the member that says whom a name may mean, where that cannot be told; `ids` of the actors."""
    told = dict.fromkeys(
        id_
        for s in found
        for id_ in (
            *(s.name.candidates if s.name is not None else ()),
            *(ids[key] for key in s.rivals if key in ids),
        )
    )
    return {"candidates": list(told)[:MAX_CANDIDATES]} if told else {}


def acts(sighting: Sighting) -> bool:
    """Whether a verb that only somebody does follows a name, or one of saying stands before it."""
    tokens, last = sighting.field.tokens, sighting.field.token_at(sighting.end - 1)
    first = sighting.field.token_at(sighting.start)
    follows = last + 1 < len(tokens) and tokens[last + 1].folded in ACTING
    return follows or (first > 0 and tokens[first - 1].folded in SAYING)
