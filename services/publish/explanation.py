"""Why a record fits a subscription or not, clause by clause."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from services.publish.filters import GROUPS, Condition, Facts

Clause = dict[str, Any]


def explain(types: Iterable[str], told_as: Sequence[str], condition: Condition, facts: Facts) -> list[Clause]:
    """Returns each clause with whether it matched, in the subscription's order; the first is of its types.

    Args:
        types: of events that the subscription asks for.
        told_as: the types of the events that told of the record.
        condition: what its filter means.
        facts: of the record.
    """
    found = [each for each in told_as if each in set(types)]
    first = {"pointer": "/event_types", "matched": bool(found), "found": found}
    return [first, *_clauses(condition, facts, "/filter")]


def _clauses(condition: Condition, facts: Facts, pointer: str) -> Iterator[Clause]:
    for clause in condition.clauses:
        here = f"{pointer}/{clause.field}"
        yield {"pointer": here, "matched": clause.holds(facts), "found": clause.found(facts)}
    for name in GROUPS:
        conditions = getattr(condition, name)
        if conditions:
            group = Condition(**{name: conditions})
            yield {"pointer": f"{pointer}/{name}", "matched": group.holds(facts)}
        for index, each in enumerate(conditions):
            here = f"{pointer}/{name}/{index}"
            yield {"pointer": here, "matched": each.holds(facts)}
            yield from _clauses(each, facts, here)
