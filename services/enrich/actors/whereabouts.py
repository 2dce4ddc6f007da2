"""In which country a place or body lies, by what stands beside its name."""

from collections.abc import Sequence
from typing import Final

from services.enrich.actors.evidence import Evidence
from services.enrich.actors.fields import Field
from services.enrich.actors.forms import Kind
from services.enrich.actors.lexicon import FUNCTION
from services.enrich.actors.mentions import Known
from services.enrich.actors.setting import spans_countries
from services.enrich.actors.sightings import Sighting
from services.enrich.wordlist import words

_MAX_WORDS: Final = 12
_MAX_DESCRIPTION: Final = 5
_ARTICLES: Final = words("a an the one")
_AWAY: Final = words("that which who whose where with against for to by after before about over while when")
"""Words after which an apposition no longer says where something is, folded."""
_TRIES: Final = 10


def country(name: str, known: Known | None, found: Sequence[Sighting]) -> str | None:
    """Returns the ISO code of a place's country: "Tripoli, Lebanon" lies where the story says it does."""
    if spans_countries(name) or all(
        item.field.text.endswith("Lake ", 0, item.start) for item in found[:_TRIES]
    ):
        return None
    told = next((code for code in map(_country_after, found[:_TRIES]) if code), None)
    if told is not None:
        return told
    if known is not None:
        return known.country
    beside = (country_around(item) or _country_of_apposition(item) for item in found)
    return next((code for code in beside if code), None)


def country_around(sighting: Sighting) -> str | None:
    """Returns the country that stands before, inside or after a name: Afghan X, X of Chad, X, Chad."""
    told = beside(sighting)
    return told.value if told is not None else None


def beside(sighting: Sighting) -> Evidence | None:
    """Returns the words before, inside or after a name that tell its country."""
    if sighting.name is None or sighting.name.known is not None:
        return None
    known = (
        sighting.field.known_near(sighting.start, sighting.end)
        or _before_description(sighting)
        or _known_in_apposition(sighting, _AWAY)
    )
    if known is None or known.country is None:
        return None
    return Evidence("country", known.country, sighting.field, known.start, known.end)


def _country_after(sighting: Sighting) -> str | None:
    """Returns the state that follows after a comma and is no member of a list: "Tripoli, Lebanon"."""
    field = sighting.field
    following = field.name_at(sighting.end + 2)
    if field.text[sighting.end : sighting.end + 2] != ", " or following is None or following.known is None:
        return None
    entry, kind = following.known.entry, following.known.kind
    if entry is None or entry.type != "state" or kind is not Kind.NAME or _is_listed(field, following.end):
        return None
    return entry.country


def _is_listed(field: Field, end: int) -> bool:
    """Whether a list goes on after a name: ", Syria and", ", Syria, Iraq"."""
    at = field.token_at(end - 1) + 1
    rest = field.tokens[at : at + 2]
    if not rest:
        return False
    more = len(rest) > 1 and rest[0].text == "," and field.is_named(rest[1].start)
    return more or rest[0].folded in {"and", "or"}


def _before_description(sighting: Sighting) -> Known | None:
    """Returns the country before what describes a body: "the Chinese battery maker X"."""
    field = sighting.field
    at = field.token_at(sighting.start)
    first, _ = field.sentence_at(at)
    for here in range(at - 1, max(first, at - _MAX_DESCRIPTION) - 1, -1):
        token = field.tokens[here]
        known = field.known_at(token.start)
        if known is not None:
            return known if known.is_land and known.kind is Kind.ADJECTIVE and here < at - 1 else None
        if not token.text.islower() or token.folded in FUNCTION or token.possessive:
            return None
    return None


def _country_of_apposition(sighting: Sighting) -> str | None:
    """Returns the country in "X, a town in southern Chad"."""
    known = _known_in_apposition(sighting)
    return known.country if known is not None else None


def _known_in_apposition(sighting: Sighting, stops: frozenset[str] = frozenset()) -> Known | None:
    """Returns the first name in "X, a town in southern Chad", "X, one of the largest mills in India".

    Args:
        sighting: the name.
        stops: folded words before which the first name must stand.
    """
    field = sighting.field
    at = field.token_at(sighting.end - 1) + 1
    _, last = field.sentence_at(at - 1)
    tokens = field.tokens[at : min(last, at + _MAX_WORDS)]
    if len(tokens) < 2 or tokens[0].text != "," or tokens[1].folded not in _ARTICLES:  # noqa: PLR2004
        return None
    for token in tokens[2:]:
        name = field.name_at(token.start)
        if name is not None:
            return name.known if name.known is not None and name.known.is_land else None
        if not token.folded or token.is_capitalised or token.folded in stops:
            return None
    return None
