"""How sure a record is of an actor: how often names that were found in the same way were right.

The numbers are of every other dev document that was tagged by hand: `python -m training.calibrate --curve`
prints the curve, `make evaluate` how true the confidences are on the rest, and on the gold stories.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from services.enrich.actors.forms import Kind
from services.enrich.actors.sightings import Sighting

_KNOWN: Final = {
    Kind.NAME: 0.92,
    Kind.ACRONYM: 0.92,
    Kind.AMBIGUOUS: 0.9,
    Kind.SURNAME: 0.87,
    Kind.ADJECTIVE: 0.9,
    Kind.DEMONYM: 0.9,
    Kind.SEAT: 0.85,
    Kind.CAPITAL: 0.6,
    Kind.SHARED: 0.8,
}
_UNTAGGED: Final = 0.5

WITH_ROLE: Final = 0.8
"""Of a person whose role the story tells, at least."""

Curve = tuple[tuple[float, float], ...]

CURVE: Curve = (
    (0.0, 0.0),
    (0.38, 0.45),
    (0.55, 0.58),
    (0.65, 0.6),
    (0.79, 0.77),
    (0.88, 0.92),
    (0.94, 0.96),
    (1.0, 0.98),
)
"""The tagger's highest confidence in the names of an actor, and the share of such names that were right."""


def of_known(found: Iterable[Sighting]) -> float:
    """Returns how sure an actor of the catalogue is by the form that names it most plainly."""
    return max((_KNOWN[s.name.known.kind] for s in found if s.name and s.name.known), default=0.9)


def of_tagged(found: Iterable[Sighting]) -> float:
    """Returns how sure an actor is whom the tagger has found."""
    given = (s.name.tagged.confidence for s in found if s.name and s.name.tagged)
    return share(max(given, default=_UNTAGGED), CURVE)


def share(confidence: float, curve: Curve) -> float:
    """Returns what a curve has at a confidence of 0 to 1: straight lines between its ascending points."""
    (low, below), (high, above) = next(pair for pair in pairwise(curve) if confidence <= pair[1][0])
    return round(below + (above - below) * (confidence - low) / (high - low), 3)
