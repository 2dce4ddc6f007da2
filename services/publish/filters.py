"""Which events a subscription wants: its filter as a condition, an event as facts that this is held against.

Every member of a condition must hold: a field by any one of its values, `any` by one of its conditions at
least, `all` by each, `none` by not one. A field that the event does not have never holds.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from copydesk.model import OPERATIONAL, EventType, Listener, Unplaced

ACTOR_FIELDS = ("actors", "actor_types", "countries", "sectors")
GROUPS = ("any", "all", "none")
MOST_VALUES = 1_000
"""Values in one filter, all its conditions together."""
LIMITED = OPERATIONAL | {EventType.QUARANTINED}
"""Types of events of which not everyone may know."""
_RECORD_FIELDS = {*ACTOR_FIELDS, "places", "min_salience"}
_ANY_ACTOR = "min_salience:"
_WORD = re.compile(r"\w+")
_REMEMBERED = 1_000  # values, each with its term


@dataclass(frozen=True, slots=True)
class Facts:
    """What an event is held against.

    Args:
        terms: `field:value` of all that it has; of its text each word, as `keywords:word`.
        salience: of the terms that actors give, that of the most salient one.
        words: title and body, in words between single spaces.
    """

    terms: frozenset[str]
    salience: Mapping[str, float]
    words: str


@dataclass(frozen=True, slots=True)
class Clause:
    """One field of a condition. `terms` are those of which the event must have one at least.

    Args:
        field: its name.
        values: as the filter has them.
        terms: of the values; of a phrase its first word's.
        least: the salience that an actor needs to count; `None` where any does.
        phrases: of `keywords`: of which one must stand in the words.
    """

    field: str
    values: tuple[Any, ...]
    terms: frozenset[str]
    least: float | None = None
    phrases: tuple[str, ...] = ()

    def holds(self, facts: Facts) -> bool:
        """Whether the event has one of the values."""
        if self.terms.isdisjoint(facts.terms):
            return False
        if self.phrases:
            return any(phrase in facts.words for phrase in self.phrases)
        return self.least is None or any(
            facts.salience[term] >= self.least for term in self.terms if term in facts.salience
        )

    def found(self, facts: Facts) -> list[Any]:
        """Returns the values that the event has, in the filter's order."""
        return [value for value in self.values if _clause(self.field, (value,), self.least).holds(facts)]


@dataclass(frozen=True, slots=True)
class Condition:
    """A filter, or a condition within one."""

    clauses: tuple[Clause, ...] = ()
    any: tuple["Condition", ...] = ()
    all: tuple["Condition", ...] = ()
    none: tuple["Condition", ...] = ()

    def holds(self, facts: Facts) -> bool:
        """Whether the event is wanted; an empty condition wants everything."""
        # Loops: `all` and `any` of generators take twice as long, and this is asked thousands of times.
        for clause in self.clauses:
            if not clause.holds(facts):
                return False
        for each in self.all:
            if not each.holds(facts):
                return False
        for each in self.none:
            if each.holds(facts):
                return False
        for each in self.any:
            if each.holds(facts):
                return True
        return not self.any

    def fields(self) -> Iterator[str]:
        """Yields the name of each field, at every depth."""
        yield from (clause.field for clause in self.clauses)
        for each in (*self.any, *self.all, *self.none):
            yield from each.fields()


def wants(event: Unplaced, listener: Listener) -> bool:
    """Tells whether an event is owed to a listener that asked for events of its type."""
    if not may_know(event, listener):
        return False
    if event.type in OPERATIONAL:  # a filter is about stories
        return True
    return condition(listener.filter).holds(facts(event))


def may_know(event: Unplaced, listener: Listener) -> bool:
    """Tells whether an event is any of a listener's business, whatever its filter says.

    Records are everyone's. What waits for a person is its source's. What became of a subscription is for the
    others of its source and for an admin's, never for itself: it would be told of its own silence, and that
    could fail as well.
    """
    if event.type == EventType.QUARANTINED:
        return event.source == listener.source
    if event.type in OPERATIONAL:
        is_other = event.subscription_id != listener.id
        return is_other and (event.source == listener.source or listener.is_admin)
    return True


def condition(document: Mapping[str, Any] | None) -> Condition:
    """Returns what a filter means.

    Args:
        document: valid against `schemas/subscription.schema.json#/$defs/filter`.
    """
    if not document:
        return Condition()
    least = document.get("min_salience")
    return Condition(
        tuple(
            _clause(field, (value,) if field == "min_salience" else tuple(value), least)
            for field, value in document.items()
            if field not in GROUPS
        ),
        *(tuple(map(condition, document.get(name, ()))) for name in GROUPS),
    )


def _clause(field: str, values: tuple[Any, ...], least: float | None) -> Clause:
    if field == "min_salience":
        return Clause(field, values, frozenset((_ANY_ACTOR,)), least)
    if field == "keywords":
        phrases = [phrase for phrase in map(_words, values) if phrase.strip()]
        first = frozenset(f"keywords:{phrase.split()[0]}" for phrase in phrases)
        return Clause(field, values, first, phrases=tuple(phrases))
    terms = frozenset(_term(field, value) for value in values)
    return Clause(field, values, terms, least if field in ACTOR_FIELDS else None)


@lru_cache(_REMEMBERED)
def _term(field: str, value: str) -> str:
    return f"{field}:{_folded(value) if field in {'places', 'languages'} else value}"


def size(document: Mapping[str, Any] | None) -> int:
    """Returns how many values a filter has, all its conditions together."""
    return sum(len(clause.values) for clause in _clauses(condition(document)))


def _clauses(found: Condition) -> Iterator[Clause]:
    yield from found.clauses
    for each in (*found.any, *found.all, *found.none):
        yield from _clauses(each)


def reads_record(found: Condition) -> bool:
    """Whether a condition looks at what enrichment found."""
    return not _RECORD_FIELDS.isdisjoint(found.fields())


def reads_text(found: Condition) -> bool:
    """Whether a condition looks at the words of the story."""
    return "keywords" in found.fields()


def facts(event: Unplaced) -> Facts:
    """Returns what conditions look at of an event."""
    record = event.enrichment or {}
    salience: dict[str, float] = {}
    for actor in record.get("actors", ()):
        for term in _of_actor(actor):
            salience[term] = max(actor["salience"], salience.get(term, 0))
    words = "|".join(map(_words, (event.title, event.body)))
    terms = {*salience, _term("sources", event.source), *_of_language(event.language)}
    terms.update(term for place in record.get("places", ()) for term in _of_place(place))
    terms.update(f"keywords:{word}" for word in words.split())
    return Facts(frozenset(terms), salience, words)


def _of_actor(actor: Mapping[str, Any]) -> Iterable[str]:
    yield _ANY_ACTOR
    yield f"actors:{actor['id']}"
    yield f"actor_types:{actor['type']}"
    if actor["country"] is not None:
        yield f"countries:{actor['country']}"
    yield from (f"sectors:{sector}" for sector in actor["sectors"])


def _of_place(place: Mapping[str, Any]) -> Iterable[str]:
    yield _term("places", place["name"])
    if place["country"] is not None:
        yield f"countries:{place['country']}"


def _of_language(language: str | None) -> Iterable[str]:
    """`en-GB` is `en` too. Source: RFC 4647, basic filtering."""
    if language:
        parts = _folded(language).split("-")
        yield from (f"languages:{'-'.join(parts[:count])}" for count in range(1, len(parts) + 1))


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _words(text: str) -> str:
    """Returns the words of a text, each between spaces, so that a phrase is found whole."""
    return f" {' '.join(_WORD.findall(unicodedata.normalize('NFKC', text).casefold()))} "
