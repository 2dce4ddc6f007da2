"""The tagging model's labels: each name opens with B- and goes on with I-."""

from typing import Final

from services.enrich.actors.tagger import Label

KINDS: Final[tuple[Label, ...]] = ("PER", "ORG", "PLACE", "NORP", "OTHER")

LABELS: Final = ("O", *(f"{mark}-{kind}" for kind in KINDS for mark in "BI"))
"""In the order of the model's outputs: O, then B and I of each kind."""
