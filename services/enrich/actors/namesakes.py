"""Which of several persons of one surname is meant where the surname stands alone, if the story tells."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from services.enrich.actors import gender
from services.enrich.actors.fields import Field
from services.enrich.actors.forms import Kind
from services.enrich.actors.keys import Key
from services.enrich.actors.lexicon import ROLE_HEADS
from services.enrich.actors.occupations import HEADS, TITLES
from services.enrich.actors.parts import MOST, Parts
from services.enrich.actors.sightings import Sighting
from services.enrich.actors.tokens import folded_words
from services.enrich.wordlist import words

_SENTENCES: Final = 2
"""Sentences before that of a surname in which somebody named is still spoken of."""
_BEFORE: Final = 3
_AFTER: Final = 8
_TELLING: Final = ROLE_HEADS | HEADS | TITLES
_FAMILY: Final = words("family families brother brothers sister sisters siblings couple twins clan dynasty")

Found = tuple[Key, Sighting]


class Namesakes:
    """Tells the persons of one story apart. To be asked once, in the order of the story.

    Args:
        parts: of the full names of the story.
        day: when the story was published: who holds an office then keeps the surname alone.
    """

    def __init__(self, parts: Parts, day: str | None) -> None:
        self._parts = parts
        self._day = day
        self._named: dict[tuple[str, int], set[Key]] = defaultdict(set)
        self._so_far: set[Key] = set()
        self._told: dict[Key, set[str]] = defaultdict(set)
        self._genders: dict[Key, gender.Gender | None] = {}
        self._unclear: dict[tuple[Key, ...], Key] = {}
        """What the surname of some persons is called: Van Dyke and Dyke are one."""

    def settle(self, found: Sequence[Found]) -> Iterator[Found]:
        """Yields who is seen where. A surname that nothing gives to one of its bearers gets them as rivals.

        What is a family's, or anybody's of that name, is left out: the Smiths, the Smith family, a Smith.

        Args:
            found: in the order of the story.
        """
        are_there = self._parts.have_namesakes()
        for key, sighting in found:
            written = " ".join(folded_words(sighting.text))
            bearers = self._parts.bearers(written)
            if not self._is_bare(key, sighting, written, bearers):
                if _is_plural(sighting) and not bearers and self._is_of_family(written):
                    continue
                if are_there:  # else nobody asks what was seen
                    self._see(key, sighting)
                yield key, sighting
            elif not _is_anybodys(sighting):
                yield self._settled(written, sighting, bearers)

    def _is_bare(self, key: Key, sighting: Sighting, written: str, bearers: Sequence[Key]) -> bool:
        """Whether a sighting is a part of several persons' names, and no office tells whose."""
        if len(bearers) < 2 or not (key in bearers or key == Key("PER", written)):  # noqa: PLR2004
            return False
        known = sighting.name.known if sighting.name is not None else None
        if known is None or known.entry is None:
            return True
        return known.kind is Kind.SURNAME and not known.entry.is_current(self._day)

    def _is_of_family(self, written: str) -> bool:
        return any(self._parts.bearers(written[:-end]) for end in (1, 2))

    def _see(self, key: Key, sighting: Sighting) -> None:
        self._named[_place(sighting)].add(key)
        self._so_far.add(key)
        if key.label in {"PER", None}:
            self._told[key] |= _told(sighting)
            if self._genders.get(key) is None:
                self._genders[key] = gender.of(sighting.text, _word_before(sighting))

    def _settled(self, written: str, sighting: Sighting, bearers: Sequence[Key]) -> Found:
        fitting = self._fitting(sighting, bearers) if len(bearers) < MOST else []
        one = fitting[0] if len(fitting) == 1 else self._nearest(sighting, fitting)
        name = sighting.name if sighting.name is not None and sighting.name.known is None else None
        if one is None:
            rivals = tuple(bearers[: MOST - 1])
            key = self._unclear.setdefault(rivals, Key("PER", written))
            return key, sighting._replace(name=name, rivals=rivals)
        self._named[_place(sighting)].add(one)
        return one, sighting._replace(name=name._replace(candidates=()) if name is not None else None)

    def _fitting(self, sighting: Sighting, bearers: Sequence[Key]) -> Sequence[Key]:
        """Returns the bearers that the words beside a surname leave: Mrs Smith, Senator Smith."""
        told = gender.of("", _word_before(sighting))
        if told is not None:
            bearers = [key for key in bearers if self._genders.get(key) in {None, told}]
        beside = _told(sighting)
        return [key for key in bearers if not beside.isdisjoint(self._told[key])] or bearers

    def _nearest(self, sighting: Sighting, bearers: Sequence[Key]) -> Key | None:
        """Returns the only one who is named in the last sentence, up to here, that names any of them.

        Where none is named near, it is the only one whom the story has named in full so far.
        """
        field, sentence = _place(sighting)
        for at in range(sentence, sentence - _SENTENCES - 1, -1):
            named = [key for key in bearers if key in self._named.get((field, at), ())]
            if named:
                return named[0] if len(named) == 1 else None
        met = [key for key in bearers if key in self._so_far]
        return met[0] if len(met) == 1 else None


def _place(sighting: Sighting) -> tuple[str, int]:
    field = sighting.field
    return field.name, bisect_right(field.bounds, field.token_at(sighting.start))


def _word_before(sighting: Sighting) -> str:
    """Returns the folded word right before a sighting in its sentence, a full stop between them or not."""
    tokens = sighting.field.tokens
    at = sighting.field.token_at(sighting.start)
    first, _ = sighting.field.sentence_at(at)
    at -= 2 if at - 1 > first and tokens[at - 1].text == "." else 1
    return tokens[at].folded if at >= first else ""


def _told(sighting: Sighting) -> set[str]:
    """Returns the titles and occupations right before a sighting, or between commas after it."""
    field = sighting.field
    at, after = field.token_at(sighting.start), field.token_at(sighting.end - 1) + 1
    first, last = field.sentence_at(at)
    told = set(_words(field, range(at - 1, max(first, at - _BEFORE) - 1, -1), "."))
    if after < last and field.tokens[after].text == ",":
        told.update(_words(field, range(after + 1, min(last, after + 1 + _AFTER)), "-"))
    return told & _TELLING


def _words(field: Field, range_: range, ignored: str) -> Iterator[str]:
    """Yields the folded words of some tokens up to a name or a mark other than the one that is ignored."""
    for at in range_:
        token = field.tokens[at]
        if field.is_named(token.start) or not (token.folded or token.text == ignored):
            return
        yield token.folded


def _is_plural(sighting: Sighting) -> bool:
    """Whether a name is of several: the Smiths."""
    is_known = sighting.name is not None and sighting.name.known is not None
    return not is_known and sighting.text.endswith("s") and _word_before(sighting) == "the"


def _is_anybodys(sighting: Sighting) -> bool:
    """Whether a surname is that of a family, or of anybody: the Smith family, a Smith."""
    field, last = sighting.field, sighting.field.token_at(sighting.end - 1)
    follows = field.tokens[last + 1].folded if last + 1 < len(field.tokens) else ""
    is_owner = field.tokens[last].possessive
    return _word_before(sighting) in {"a", "an"} or (follows in _FAMILY and not is_owner)
