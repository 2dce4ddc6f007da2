"""Where actors and places are named."""

from typing import NamedTuple

from services.enrich.actors.fields import Field, Name
from services.enrich.actors.keys import Key


class Sighting(NamedTuple):
    """One name of one actor or place, where it stands, and what told us (None for an echo)."""

    field: Field
    start: int
    end: int
    name: Name | None = None
    rivals: tuple[Key, ...] = ()
    """The persons of the story who bear the name, where nothing tells which of them is meant."""

    @property
    def text(self) -> str:
        """The words of the field, verbatim."""
        return self.field.text[self.start : self.end]


Sightings = dict[Key, list[Sighting]]
