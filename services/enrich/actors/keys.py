"""What makes two names of a story one."""

from typing import NamedTuple

from services.enrich.actors.forms import Kind
from services.enrich.actors.heads import CORPORATE
from services.enrich.actors.mentions import Known
from services.enrich.actors.tagger import Label


class Key(NamedTuple):
    """One actor or place of a story: what the catalogue knows, or the label and words of a found name."""

    label: Label | None
    words: str


def known_key(known: Known) -> Key:
    """Returns the key of a known name: the actor, a state's people, or the place."""
    entry, place = known.entry, known.forms[0].place
    if known.kind is Kind.PLACE or entry is None:
        capital = entry.capital if entry else None
        return Key(None, f"place {place.name if place else capital}")
    people = known.people and entry.type == "state"
    return Key(None, f"{'people' if people else 'entry'} {entry.id}")


def found_key(label: Label, words: list[str]) -> Key:
    """Returns the key of a name that the catalogue does not know, by its folded words."""
    if label == "PER" and len(words) > 2:  # noqa: PLR2004 - George W. Bush is George Bush
        words = [words[0], *(word for word in words[1:-1] if len(word) > 1), words[-1]]
    if label == "ORG" and len(words) > 1 and words[-1] in CORPORATE:
        words = words[:-1]  # Acme Holdings Ltd is Acme Holdings
    return Key(label, " ".join(words))
