"""Who wants an event, found by what it has: an inverted index over the filters of all subscriptions."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from copydesk import contracts
from copydesk.model import OPERATIONAL, Listener, Unplaced
from services.publish import filters
from services.publish.filters import Condition, Facts

# How many of a thousand stories have a given value of a field, roughly: the rarer, the better a key.
_COMMON: Mapping[str, float] = {
    "actors": 3,
    "places": 4,
    "keywords": 20,
    "countries": 40,
    "sources": 50,
    "sectors": 150,
    "actor_types": 400,
    "languages": 700,
    "min_salience": 900,
}


@dataclass(frozen=True, slots=True)
class _Group:
    """Subscriptions whose filters say the same.

    Args:
        condition: what they say.
        keys: of the condition, as `keys` returns them.
        members: event type → subscription → its source.
    """

    condition: Condition
    keys: frozenset[str] | None
    members: dict[str, dict[UUID, str]] = field(default_factory=dict)


class Index:
    """Every subscription under terms of which an event must have one to be wanted by it.

    Only the filters under the terms that an event has are looked at; equal ones once.
    """

    def __init__(self) -> None:
        self._groups: dict[bytes, _Group] = {}
        self._groups_of: dict[UUID, list[bytes]] = {}
        self._under: dict[str, set[bytes]] = {}
        self._always: set[bytes] = set()
        self._reading: tuple[set[bytes], set[bytes]] = (set(), set())  # the record, the text

    def __len__(self) -> int:
        return len(self._groups_of)

    @property
    def reads_record(self) -> bool:
        """Whether a filter looks at what enrichment found."""
        return bool(self._reading[0])

    @property
    def reads_text(self) -> bool:
        """Whether a filter looks at title or body."""
        return bool(self._reading[1])

    def put(self, listener: Listener, event_types: Iterable[str]) -> None:
        """Takes a subscription, in place of what it was before."""
        self.drop(listener.id)
        names = self._groups_of[listener.id] = []
        for event_type in event_types:
            # A filter is about stories: what else a subscription asked for, it gets whatever its filter says.
            document = None if event_type in OPERATIONAL else listener.filter
            name = contracts.canonical(document)
            names.append(name)
            group = self._groups.get(name) or self._open(name, document)
            group.members.setdefault(event_type, {})[listener.id] = listener.source

    def drop(self, subscription_id: UUID) -> None:
        """Takes a subscription out, if it is there."""
        for name in set(self._groups_of.pop(subscription_id, ())):
            members = self._groups[name].members
            for of_type in members.values():
                of_type.pop(subscription_id, None)
            if not any(members.values()):
                self._close(name)

    def wanting(self, event: Unplaced, admins: frozenset[str] = frozenset()) -> list[UUID]:
        """Returns the subscriptions to which an event is owed; `admins` are sources with an admin's key."""
        facts = filters.facts(event)
        found: dict[UUID, str] = {}
        for group in self._candidates(facts):
            members = group.members.get(event.type)
            if members and group.condition.holds(facts):
                found.update(members)
        if event.type not in filters.LIMITED:
            return list(found)
        heard = (Listener(each, source, None, source in admins) for each, source in found.items())
        return [listener.id for listener in heard if filters.may_know(event, listener)]

    def _candidates(self, facts: Facts) -> Iterator[_Group]:
        names = self._always.union(*(self._under[term] for term in facts.terms & self._under.keys()))
        return (self._groups[name] for name in names)

    def _open(self, name: bytes, document: Mapping[str, Any] | None) -> _Group:
        condition = filters.condition(document)
        group = self._groups[name] = _Group(condition, keys(condition))
        if group.keys is None:
            self._always.add(name)
        for term in group.keys or ():
            self._under.setdefault(term, set()).add(name)
        for names, reads in zip(self._reading, (filters.reads_record, filters.reads_text), strict=True):
            if reads(condition):
                names.add(name)
        return group

    def _close(self, name: bytes) -> None:
        for term in self._groups.pop(name).keys or ():
            self._under[term].discard(name)
            if not self._under[term]:
                del self._under[term]
        for names in (self._always, *self._reading):
            names.discard(name)


def keys(condition: Condition) -> frozenset[str] | None:
    """Returns terms of which an event must have one for the condition to hold, the rarest that there are.

    `None` where there are no such terms: an event that has nothing at all may be wanted.
    """
    found = _keys(condition)
    return None if found is None else found[1]


def _keys(condition: Condition) -> tuple[float, frozenset[str]] | None:
    """Each member must hold, so that the keys of any one of them will do: those with the least cost."""
    choices = [(_COMMON[each.field] * len(each.terms), each.terms) for each in condition.clauses]
    choices += filter(None, map(_keys, condition.all))
    branches = [_keys(each) for each in condition.any]
    if branches and None not in branches:
        given = [each for each in branches if each]
        choices.append((sum(cost for cost, _ in given), frozenset().union(*(terms for _, terms in given))))
    return min(choices, key=lambda choice: choice[0], default=None)
