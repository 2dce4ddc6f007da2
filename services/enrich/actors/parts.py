"""Which persons a part of a full name may mean: a surname, with its particle or without, or a first name."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from services.enrich.actors.given_names import GIVEN_NAMES
from services.enrich.actors.keys import Key
from services.enrich.actors.lexicon import COMMON, ROLE_HEADS
from services.enrich.actors.variants import canonical
from services.enrich.wordlist import words

_PARTICLES: Final = words(
    "van von de der den del della di da do dos du la le lo al bin ibn ben abu ter ten st san mac"
)
"""Words that begin a surname of several words, folded."""
_TITLES: Final = (COMMON | ROLE_HEADS) - GIVEN_NAMES
_NO_SURNAMES: Final = _PARTICLES | COMMON | ROLE_HEADS | GIVEN_NAMES | {"y", "e", "i"}
_LONGEST: Final = 8
"""Words of a name whose parts are told: of a longer one only the first and the last are."""

MOST: Final = 17
"""Bearers that are kept of one part, and tell themselves apart: one more than a record has candidates."""


class _Person(NamedTuple):
    key: Key
    words: tuple[str, ...]


class Parts:
    """The persons of a story whose full names it has, by the parts of these names."""

    def __init__(self) -> None:
        self._surnames: dict[str, list[_Person]] = defaultdict(list)
        self._firsts: dict[str, list[_Person]] = defaultdict(list)
        self._inner: dict[str, list[_Person]] = defaultdict(list)

    def add(self, words: Sequence[str], key: Key) -> None:
        """Takes the folded words of a full name."""
        person = _Person(key, tuple(map(canonical, words)))
        _add(self._surnames[words[-1]], person)
        _add(self._firsts[words[0]], person)
        for at in range(1, len(words) - 1):
            if words[at] in _PARTICLES:
                _add(self._surnames[" ".join(words[at:])], person)
        if len(words) <= _LONGEST:
            for part in _inner(words):
                _add(self._inner[part], person)
            if any(len(word) == 1 for word in words[1:-1]):  # Ortega y Villar is Ortega Villar
                for part in _inner([word for word in words if len(word) > 1]):
                    _add(self._inner[part], person)

    def bearers(self, words: str) -> list[Key]:
        """Returns whom a part means, in the order of the story; a first name only where it is no surname.

        What is neither, such as Mbuyi and Mbuyi Tshibanda of Jean-Claude Mbuyi Tshibanda, comes last.

        Of two names that may well be one person's the first counts.
        """
        return [person.key for person in self._persons(words)]

    def _persons(self, words: str) -> list[_Person]:
        return self._surnames.get(words) or self._firsts.get(words) or self._inner.get(words, [])

    def is_inner(self, words: Sequence[str]) -> bool:
        """Whether the folded words of a name are a part of one longer name that was added."""
        return len(self._inner.get(" ".join(words), ())) == 1

    def have_namesakes(self) -> bool:
        """Whether several persons bear a part."""
        parts = (self._surnames, self._firsts, self._inner)
        return any(len(found) > 1 for of in parts for found in of.values())

    def surname(self, key: Key) -> Key:
        """Returns the person whose surname alone was taken for a place or body, else the key itself.

        Where several bear it, the key that stands for any person of it.
        """
        several = self._inner.get(key.words, []) if " " in key.words else []
        found = [person.key for person in self._surnames.get(key.words) or several]
        if not found or found[0].label != "PER":
            return key
        return found[0] if len(found) == 1 else Key("PER", key.words)

    def whole(self, key: Key) -> Key:
        """Returns the one person whom the words of a key mean, else the key itself."""
        found = self.bearers(key.words)
        return found[0] if len(found) == 1 else key


def _inner(words: Sequence[str]) -> Iterator[str]:
    """Yields the parts of a name of several words, the first of two surnames, and the name without a middle.

    Of Maria Elena Quispe Huaman these are Maria Elena, Quispe Huaman, Maria Huaman, Quispe and others.
    """
    last = len(words)
    for begin in range(last):
        for end in range(begin + 2, last + (begin > 0)):
            yield " ".join(words[begin:end])
    for at in range(2, last):
        yield " ".join((words[0], *words[at:]))
    for word in words[1:-1]:
        if len(word) > 2 and word not in _NO_SURNAMES:  # noqa: PLR2004 - no initials
            yield word
            yield f"{words[0]} {word}"


def _add(persons: list[_Person], person: _Person) -> None:
    is_new = not any(_may_be_one(person.words, other.words) for other in persons)
    if is_new and len(persons) < MOST:
        persons.append(person)


def _may_be_one(one: tuple[str, ...], two: tuple[str, ...]) -> bool:
    """Whether two full names may be one person's: a name left out, an initial, a title, a space."""
    if set(one) <= set(two) or set(two) <= set(one) or not _TITLES.isdisjoint((one[0], two[0])):
        return True
    is_initial = 1 in {len(one[0]), len(two[0])} and one[0][0] == two[0][0]
    return one[-1] == two[-1] and (is_initial or _given(one) == _given(two))


def _given(words: Sequence[str]) -> str:
    return "".join(word for word in words[:-1] if word not in _PARTICLES)
