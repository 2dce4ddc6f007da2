"""Precision, recall and F1 of names, by class."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

Name = tuple[int, int, str]

CLASSES: Final = ("PER", "ORG", "GEO")
CLASS_OF: Final = {"PER": "PER", "ORG": "ORG", "PLACE": "GEO", "NORP": "GEO"}
"""The classes that are scored; names of other things are neither asked for nor punished."""

TYPES: Final = {
    "person": "PER",
    "organization": "ORG",
    "armed_group": "ORG",
    "intergovernmental": "ORG",
    "state": "GEO",
    "people": "GEO",
    "place": "GEO",
}
"""The class of each type of the record."""


@dataclass
class Figures:
    """Counts of names by class."""

    hit: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    gold: Counter[str] = field(default_factory=Counter)

    def add(self, mine: Iterable[Name], gold: Iterable[Name]) -> None:
        """Counts what was found in one document against what is there; a class outside CLASSES is free."""
        gold = set(gold)
        right = {name for name in gold if name[2] in CLASSES}
        free = {name[:2] for name in gold - right}
        mine = {name for name in mine if name[2] in CLASSES and name[:2] not in free}
        for counter, names in ((self.hit, mine & right), (self.found, mine), (self.gold, right)):
            counter.update(kind for *_, kind in names)

    def of(self, *kinds: str) -> tuple[float, float, float]:
        """Returns precision, recall and F1 in percent over the classes."""
        hit, found, gold = (
            sum(counter[kind] for kind in kinds) for counter in (self.hit, self.found, self.gold)
        )
        return tuple(
            100 * share for share in (hit / max(1, found), hit / max(1, gold), 2 * hit / max(1, found + gold))
        )

    def __str__(self) -> str:
        parts = [f"{kind} {self.of(kind)[2]:.1f}" for kind in CLASSES]
        return "  ".join([*parts, f"all {self.of(*CLASSES)[2]:.1f}"])
