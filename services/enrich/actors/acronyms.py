"""Short forms that a story introduces itself: Kata'ib Hezbollah (KH)."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from services.enrich.actors.fields import Field, Name
from services.enrich.actors.lexicon import ROLE_HEADS
from services.enrich.actors.tokens import folded_words

_SHORT: Final = r"[\"'\u201c\u2018]?(?P<short>[A-Z][A-Za-z0-9&.-]{1,11})[\"'\u201d\u2019]?"
_AFTER: Final = re.compile(rf"\s?\((?:the |or |also |known as ){{0,2}}{_SHORT}[),;]")
_CALLED: Final = re.compile(
    r", (?:which is )?(?:usually |also |often |better |widely |commonly )?(?:called|known as) (?:the )?"
    rf"{_SHORT}[,.;]"
)
_BEFORE: Final = re.compile(rf"(?<![\w.]){_SHORT}\s?\((?:the )?$")
_WINDOW: Final = 20


class Introduction(NamedTuple):
    """A short form at [start, end) of a field for the name that it stands beside."""

    start: int
    end: int
    short: str
    name: Name


def introduced(field: Field) -> Iterator[Introduction]:
    """Yields the short forms beside the names of bodies that have one: in parentheses, or "known as KH"."""
    for name in field.names:
        if not _may_have_one(name):
            continue
        found = (
            _AFTER.match(field.text, name.end) or _CALLED.match(field.text, name.end) or _before(field, name)
        )
        if found and _is_short(found["short"], field.text[name.start : name.end]):
            yield Introduction(found.start("short"), found.end("short"), found["short"], name)


def _before(field: Field, name: Name) -> re.Match[str] | None:
    if field.text[name.end : name.end + 1] != ")":
        return None
    found = _BEFORE.search(field.text, max(0, name.start - _WINDOW), name.start)
    is_shorter = found is not None and len(found["short"]) < name.end - name.start  # VIENNA (AP)
    return found if is_shorter else None


def _may_have_one(name: Name) -> bool:
    if name.tagged is not None:
        return name.tagged.label == "ORG"
    entry = name.known.entry if name.known else None
    return entry is not None and entry.type in {"organization", "armed_group", "intergovernmental"}


def _is_short(text: str, name: str) -> bool:
    """Whether it may stand for a body of this name: a Member of Parliament (MP) is a person."""
    if text.lower() in ROLE_HEADS and text.lower() != "".join(word[0] for word in folded_words(name)):
        return False
    return sum(letter.isupper() for letter in text) > 1
