"""Descriptions that stand for one actor: "the minister", "the group". Where two fit, none is meant."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from services.enrich.actors.anaphora import Persons
from services.enrich.actors.fields import Field
from services.enrich.actors.generic import GENERIC
from services.enrich.actors.phrases import NOUNS, Phrase, phrases
from services.enrich.actors.tokens import folded_words
from services.enrich.bounds import MAX_MENTIONS

_MAX_ACTORS: Final = 50
"""Actors that one description may stand for; where there are more, it stands for none."""
_REACH: Final = 600
"""Code points within which one of several that fit must have been named to be meant."""
_STATE: Final = frozenset(("government", "state"))
_FEDERAL: Final = frozenset(
    ("USA", "IND", "NGA", "MEX", "AUS", "BRA", "DEU", "MYS", "MMR", "SDN", "SSD", "ETH", "AUT")
)
"""Countries of which "the state" is mostly a part."""

_SAME: Final = {"premier": "minister", "bishop": "archbishop"}

Json = dict[str, Any]


class _Candidate(NamedTuple):
    """An actor that a noun may stand for, from where on, and the words that may stand before the noun."""

    first: int
    actor: Json
    starts: Sequence[int]
    modifiers: frozenset[str]
    needed: frozenset[str] = frozenset()


def add_nominals(field: Field, actors: Sequence[Json], country: str | None) -> None:
    """Gives actors their mentions of kind `nominal` in a field. Changes them in place.

    Args:
        field: the body; its names are found.
        actors: of the record. Only who was named before can be meant.
        country: where the story plays; "the government" is that country's.
    """
    candidates = _candidates(field, actors)
    state = _state(actors, country)
    persons = Persons(field, actors)
    named = sorted((m["start"], m["end"]) for a in actors for m in a["mentions"] if m["field"] == field.name)
    for phrase in phrases(field):
        if _overlaps(phrase, named):
            continue
        fitting = candidates.get(phrase.noun, ())
        if phrase.noun in _STATE:
            actor = state if state and _is_state(phrase, state) else None
        else:
            actor = _meant(phrase, fitting) if fitting else persons.described(phrase)
        if actor is not None and len(actor["mentions"]) < MAX_MENTIONS:
            span = {"field": field.name, "start": phrase.start, "end": phrase.end}
            text = field.text[phrase.start : phrase.end]
            actor["mentions"].append({**span, "text": text, "kind": "nominal"})
    for actor in actors:
        actor["mentions"].sort(key=lambda mention: (mention["field"] != "title", mention["start"]))


def _is_state(phrase: Phrase, state: Json) -> bool:
    """Whether a description means a state: "the government", and "the state" where it has no others in it."""
    return phrase.noun == "government" or not (phrase.modifiers or state["country"] in _FEDERAL)


def _overlaps(phrase: Phrase, named: Sequence[tuple[int, int]]) -> bool:
    """Whether a name, such as one that only echoes another, stands in a description."""
    before = bisect_left(named, (phrase.end, 0)) - 1
    return before >= 0 and named[before][1] > phrase.start


def _state(actors: Iterable[Json], country: str | None) -> Json | None:
    states = [actor for actor in actors if actor["type"] == "state"]
    if len(states) == 1:
        return states[0]
    return next((state for state in states if country is not None and state["country"] == country), None)


def _meant(phrase: Phrase, candidates: Iterable[_Candidate]) -> Json | None:
    """Returns the one actor that was named before and fits; of several the one that was named in reach."""
    fitting = [
        candidate
        for candidate in candidates
        if candidate.first < phrase.start
        and candidate.modifiers.issuperset(phrase.modifiers)
        and candidate.needed.issubset(phrase.modifiers)
    ]
    if len(fitting) > 1:
        fitting = [candidate for candidate in fitting if _is_near(candidate.starts, phrase.start)]
    return fitting[0].actor if len(fitting) == 1 else None


def _is_near(starts: Sequence[int], start: int) -> bool:
    at = bisect_left(starts, start) - 1
    return at >= 0 and starts[at] >= start - _REACH


def _candidates(field: Field, actors: Iterable[Json]) -> dict[str, list[_Candidate]]:
    found: dict[str, list[_Candidate]] = defaultdict(list)
    for actor in actors:
        # From the beginning of the body on if the title names it.
        starts = sorted(m["start"] if m["field"] == field.name else -1 for m in actor["mentions"])
        for noun, modifiers, needed in _nouns(actor):
            found[noun].append(_Candidate(starts[0], actor, starts, modifiers, needed))
    return {noun: items for noun, items in found.items() if len(items) <= _MAX_ACTORS}


def _nouns(actor: Json) -> Iterator[tuple[str, frozenset[str], frozenset[str]]]:
    """Yields the nouns that an actor may be called by, with what may and what must stand before them."""
    if actor["type"] == "person":
        role = folded_words(actor["role"] or "")
        if role:
            noun, needed = role[-1], frozenset({"prime"} & set(role))
            yield noun, frozenset(role), needed
            if noun in _SAME:
                yield _SAME[noun], frozenset({"prime"}), frozenset({"prime"})
    elif actor["type"] in {"organization", "armed_group", "intergovernmental"}:
        named = frozenset(folded_words(" ".join((actor["name"], *actor["aliases"]))))
        nouns = {word for word in named if word in NOUNS}
        nouns |= {"bank"} if any(word.endswith("bank") for word in named) else set()
        nouns |= {noun for noun, fits in GENERIC.items() if fits(actor)}
        for noun in nouns:
            yield noun, named, frozenset()
