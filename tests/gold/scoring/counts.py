"""Counts of what was found, what should have been, and what was both; and the errors behind them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

CLASSES: Final = {
    "person": "PER", "organization": "ORG", "armed_group": "ORG", "intergovernmental": "ORG",
    "state": "GEO", "people": "GEO", "place": "GEO",
}  # fmt: skip
"""The class of each type, as the scorer of the training data has it."""

FIGURES: Final = (
    *(f"mentions {name}" for name in ("all", *dict.fromkeys(CLASSES.values()))),
    *(f"type {name}" for name in CLASSES),
    "nominal mentions",
    "actors", "actors unsplit", "actors unmerged", "actor types", "countries", "sectors", "roles",
    "places", "place countries",
    "opinions", "opinion speakers", "opinion kinds", "opinion cues",
    "highlights acceptable", "best highlight",
)  # fmt: skip
"""Every figure, in the order of the table. Each is an F1, or a share of what was asked."""


@dataclass(frozen=True, slots=True)
class Count:
    """Of `gold` things asked for and `found` things found, `hit` are both. A share has `found` = `gold`."""

    hit: int = 0
    found: int = 0
    gold: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(self.hit + other.hit, self.found + other.found, self.gold + other.gold)

    def __str__(self) -> str:
        return f"{self.hit} right of {self.found} found and {self.gold} asked for"

    @property
    def precision(self) -> float:
        """Percent of what was found; 0 where nothing was."""
        return 100 * self.hit / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        """Percent of what was asked for; 0 where nothing was."""
        return 100 * self.hit / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """Percent: the harmonic mean of precision and recall; 100 where nothing was asked for or found."""
        both = self.found + self.gold
        return 200 * self.hit / both if both else 100.0


@dataclass(slots=True)
class Tally:
    """The counts of one story by figure, and its errors: each a kind ("missed person") and its words.

    `sure` has for each mention of an actor its confidence and whether it is right.
    """

    counts: dict[str, Count] = field(default_factory=lambda: defaultdict(Count))
    errors: list[tuple[str, str]] = field(default_factory=list)
    sure: list[tuple[float, bool]] = field(default_factory=list)

    def add(self, figure: str, *, hit: int = 0, found: int = 0, gold: int = 0) -> None:
        """Adds to the counts of a figure."""
        self.counts[figure] += Count(hit, found, gold)

    def share(self, figure: str, *, right: bool) -> None:
        """Adds one thing that was asked for, and whether it is right."""
        self.add(figure, hit=int(right), found=1, gold=1)

    def error(self, kind: str, about: str) -> None:
        """Notes a miss, a false find or a wrong code."""
        self.errors.append((kind, about))


def total(stories: Iterable[Mapping[str, Count]]) -> dict[str, Count]:
    """Returns the counts of all stories together, every figure in its order."""
    sums = dict.fromkeys(FIGURES, Count())
    for counts in stories:
        for figure, count in counts.items():
            sums[figure] += count
    return sums
