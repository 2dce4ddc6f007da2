"""What was learned: a weight for each feature, in `weights.json` beside this file."""

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

PATH: Final = Path(__file__).with_name("weights.json")
HAND_SET: Final = MappingProxyType({"title": 1.0})
"""Set by hand: the stories that the others were learned from have no titles."""
AT_MOST: Final = MappingProxyType(
    {
        "pronoun_first": -0.2,
        "pointer_first": -0.2,
        "connective_first": -0.2,
        "points": -0.4,
        "unbalanced": -0.3,
        "short": -0.3,
    }
)
"""Bounds by hand, whatever was learned: a highlight is read without what stands around it."""


@functools.cache
def load() -> Mapping[str, float]:
    """Returns the weights by name of feature; read once per process."""
    learned: dict[str, float] = json.loads(PATH.read_text(encoding="utf-8"))["weights"]
    return MappingProxyType(settled(learned))


def settled(learned: Mapping[str, float]) -> dict[str, float]:
    """Returns learned weights within the bounds, and with those that are set by hand."""
    bounded = {name: min(learned.get(name, 0.0), bound) for name, bound in AT_MOST.items()}
    return {**learned, **bounded, **HAND_SET}
