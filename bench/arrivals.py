"""What arrived at many endpoints, held against what was owed to them: pure."""

import itertools
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Arrivals:
    """The webhooks that came in a while.

    Args:
        times: webhook-id → endpoint → how often.
        milliseconds: of each, in the order of arrival, from its publishing until it was read.
    """

    times: Mapping[str, Mapping[str, int]]
    milliseconds: list[float]

    def reconcile(self, events: Iterable[str], endpoints: Collection[str]) -> "Reconciled":
        """Returns what became of events that are owed to each of the endpoints."""
        owed = set(itertools.product(events, endpoints))
        came = {
            (event, endpoint): count
            for event, times in self.times.items()
            for endpoint, count in times.items()
        }
        known = owed & came.keys()
        return Reconciled(
            owed=len(owed),
            lost=len(owed - known),
            again=sum(came[pair] - 1 for pair in known),
            unknown=sum(came[pair] for pair in came.keys() - owed),
        )


@dataclass(frozen=True, slots=True)
class Reconciled:
    """Deliveries that were owed; of them lost; arrivals that came again, and that nobody was owed."""

    owed: int
    lost: int = 0
    again: int = 0
    unknown: int = 0

    def __str__(self) -> str:
        return (
            f"{self.owed:,} deliveries {self.lost:,} were lost, {self.again:,} came again under their"
            f" webhook-id; {self.unknown:,} were owed to nobody"
        )

    def __add__(self, other: Self) -> "Reconciled":
        return Reconciled(
            self.owed + other.owed,
            self.lost + other.lost,
            self.again + other.again,
            self.unknown + other.unknown,
        )
