"""What people and bodies do, by the words for it: a midwife heals, a militia rebels. A table, as data."""

from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from itertools import pairwise
from typing import Final

import orjson

from services.enrich.actors.tokens import folded_words

Words = tuple[str, ...]
Sectors = tuple[str, ...]

_TABLE: Final = orjson.loads((files("services.enrich.actors") / "occupations.json").read_bytes())
_LINKS: Final = frozenset(("of", "for", "de", "del", "du", "der", "on"))
FORMER: Final = frozenset(("former", "ex", "retired"))
"""Words before an office that say that it is over, folded."""
COMING: Final = frozenset(("elect", "designate"))
"""Words after an office that say that it has not begun: prime minister-elect. Folded."""
ELITE: Final[Sectors] = ("ELI",)
"""Who had a public office once."""

_ELITES: Final = frozenset(("GOV", "MIL", "LEG", "JUD", "COP", "SPY"))


def _folded(phrase: str) -> Words:
    return tuple(folded_words(phrase))


def _by_words(table: Mapping[str, Iterable[str]]) -> dict[Words, Sectors]:
    return {
        _folded(phrase): (sector,) if sector else ()
        for sector, phrases in table.items()
        for phrase in phrases
    }


_OCCUPATIONS: Final = _by_words({"": _TABLE["plain"], **_TABLE["occupations"]})
_EMPLOYED: Final = frozenset(_folded(phrase) for phrase in _TABLE["employed"])
_TITLES: Final = _by_words(_TABLE["titles"])
_BODIES: Final = _by_words(_TABLE["bodies"])
_ARMED: Final = frozenset(_folded(phrase) for phrase in _TABLE["armed"])
_LONGEST: Final = max(map(len, (*_OCCUPATIONS, *_BODIES)))

HEADS: Final = frozenset(phrase[0] for phrase in (*_OCCUPATIONS, *_EMPLOYED) if len(phrase) == 1)
"""Words that say by themselves what a person is, folded."""

TITLES: Final = frozenset(word for phrase in _TITLES for word in phrase)
"""Words that are titles where they have a capital and stand before a name, folded."""

HONORIFICS: Final = frozenset(word for phrase, sectors in _TITLES.items() if not sectors for word in phrase)
"""Titles that say nothing of what somebody does, folded."""

MODIFIERS: Final = frozenset(word for phrase in _TABLE["modifiers"] for word in _folded(phrase)) - _LINKS
"""Words that may stand before an occupation, folded."""

BODIES: Final = frozenset(phrase[-1] for phrase in _BODIES)
"""Words that end the description of a body, folded."""


def sectors_of_person(words: Sequence[str], employer: Sectors = ()) -> Sectors:
    """Returns the PLOVER sectors of somebody with a role of these folded words.

    A phrase of several words tells most, then for a spokesman or head the employer, then the last word that
    tells anything. Who formerly had a public office is of the elite: ELI.
    """
    found = _sectors(words, employer)
    if FORMER & set(words) and set(found) & _ELITES:
        return ELITE
    return found


def _sectors(words: Sequence[str], employer: Sectors) -> Sectors:
    if len(words) > 1 and words[-1] in COMING:
        words = words[:-1]
    if "of" in words and tuple(words) not in _OCCUPATIONS:
        at = words.index("of")
        words, employer = (
            words[:at],
            sectors_of_body(words[at + 1 :]) or employer,
        )  # inspector general | of police
    if not words:
        return employer
    for length in range(min(_LONGEST, len(words)), 1, -1):
        phrase = tuple(words[-length:])
        if phrase in _OCCUPATIONS and not (employer and phrase in _EMPLOYED):
            return _OCCUPATIONS[phrase]
    length = next((n for n in range(min(_LONGEST, len(words)), 0, -1) if tuple(words[-n:]) in _EMPLOYED), 0)
    if length and employer:
        return employer
    last = words[-1:] if length < 2 or words[-1] != "general" else ()  # noqa: PLR2004 - commissioner general
    own = _OCCUPATIONS.get(tuple(last), _TITLES.get(tuple(last), ()))
    return (
        (_of_field(words[:-length]) if length else ())
        or own
        or _of_field(words[: -max(length, 1)])
        or employer
    )


def is_employed(words: Sequence[str]) -> bool:
    """Whether a role of these folded words is what its body is: director general, spokesman."""
    return any(tuple(words[-length:]) in _EMPLOYED for length in range(1, min(_LONGEST, len(words)) + 1))


def _of_field(words: Sequence[str]) -> Sectors:
    """Returns the sector of what somebody is the head of: a police chief, a ministry spokesman."""
    for word in reversed(words):
        found = _BODIES.get((word,)) or _OCCUPATIONS.get((word,))
        if found:
            return found
    return ()


def sectors_of_body(words: Sequence[str]) -> Sectors:
    """Returns the PLOVER sectors of a body with a name or description of these folded words."""
    for length in range(min(_LONGEST, len(words)), 1, -1):
        for at in range(len(words) - length, -1, -1):
            found = _BODIES.get(tuple(words[at : at + length]))
            if found:
                return found
    stem = next((at for at, word in enumerate(words) if word in _LINKS), 0)
    for word in (*reversed(words[:stem]), *reversed(words)):
        found = _BODIES.get((word,))
        if found:
            return found
    return ("BUS",) if any(word.endswith(("bank", "banken", "banka")) for word in words) else ()


def is_armed(words: Sequence[str]) -> bool:
    """Whether a name or description of these folded words is one of an armed group: "a militia"."""
    return any((word,) in _ARMED for word in words) or any(pair in _ARMED for pair in pairwise(words))
