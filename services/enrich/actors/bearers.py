"""Who bears a name that many bear: the Foreign Ministry of which state, whose Labour Party."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from services.enrich.actors.fields import Field, Name
from services.enrich.actors.forms import Form, Kind
from services.enrich.actors.mentions import Known
from services.enrich.actors.owners import Owners
from services.enrich.actors.tagger import Label, Tagged, is_taken
from services.enrich.actors.tokens import Token, folded_words
from services.enrich.actors.variants import canonical
from services.enrich.bounds import MAX_CANDIDATES
from services.enrich.catalogue import Catalogue, Entry

_SMALL: Final = frozenset(("the", "of"))

_MISSED: Final = 0.5
"""How sure it is that a shared name which the tagger did not find is one."""

Words = tuple[str, ...]


class _Found(NamedTuple):
    """A name of a field that others bear too: its place in the field, its words, and its country if told."""

    field: Field
    at: int
    words: Words
    country: str | None


class Bearers:
    """The entries of a catalogue by the names that they share. Built once; keeps nothing between stories."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._bearers: dict[Words, dict[str | None, list[Entry]]] = {}
        for entry in catalogue.entries:
            for name in entry.shared_names:
                by_country = self._bearers.setdefault(_words(name), {})
                by_country.setdefault(entry.country, []).append(entry)
        self._longest = max(map(len, self._bearers), default=0)
        self._firsts = {words[0] for words in self._bearers if words}

    def add_missed(self, field: Field, known: Sequence[Known], tagged: Sequence[Tagged]) -> list[Tagged]:
        """Returns what the tagger found, and the shared names that it missed, in order.

        Of one word only right after a country: Kenyan Parliament.

        Args:
            field: what they stand in.
            known: what the catalogue knows in it.
            tagged: what the tagger found in it; none overlaps another.
        """
        taken = sorted(tagged)
        starts = [item.start for item in taken]
        ends = {item.end for item in known if item.country is not None}
        missed = [item for tokens in field.by_sentence() for item in self._written_in(tokens, ends)]
        return sorted([*taken, *(item for item in missed if not is_taken(item, taken, starts))])

    def _written_in(self, tokens: Sequence[Token], ends: set[int]) -> Iterator[Tagged]:
        worded = [token for token in tokens if token.folded]
        at = 0
        while at < len(worded):
            first = worded[at]
            length = self._length(worded, at) if first.key in self._firsts else 0  # of most words none begins
            if length > 1 or (length and not ends.isdisjoint((first.start - 1, first.start - 3))):
                yield Tagged(first.start, worded[at + length - 1].end, "ORG", _MISSED)
            at += max(length, 1)

    def _length(self, worded: Sequence[Token], at: int) -> int:
        """Returns how many words of a shared name begin here, 0 for none; both ends have a capital."""
        if not worded[at].is_capitalised:
            return 0
        for length in range(min(self._longest, len(worded) - at), 0, -1):
            words = tuple(token.key for token in worded[at : at + length])
            if words in self._bearers and worded[at + length - 1].is_capitalised:
                return length
        return 0

    def resolve(self, fields: Sequence[Field]) -> None:
        """Makes found names known: by the country that is told, else where the story leaves one bearer.

        Where it leaves several, the name gets them as candidates.
        """
        found = list(self._found(fields))
        told: dict[Words, dict[str, Entry]] = defaultdict(dict)
        rest: list[_Found] = []
        for item in found:
            bearers = self._bearers[item.words].get(item.country, [])
            if item.country is None:
                rest.append(item)
            elif _settle(item, bearers):
                told[item.words][bearers[0].id] = bearers[0]
        named = _countries(fields) if rest else set()
        meant = {item.words: list(told[item.words].values()) or self._of(item.words, named) for item in rest}
        for item in rest:
            _settle(item, meant[item.words])

    def of(self, name: str, country: str) -> Entry | None:
        """Returns the one bearer of a shared name in a country; None where none or several bear it."""
        found = self._bearers.get(_words(name), {}).get(country, [])
        return found[0] if len(found) == 1 else None

    def _of(self, words: Words, countries: set[str | None]) -> list[Entry]:
        by_country = self._bearers[words]
        return [entry for country in by_country.keys() & countries for entry in by_country[country]]

    def _found(self, fields: Sequence[Field]) -> Iterator[_Found]:
        for field in fields:
            owners = Owners(field)
            for at, name in enumerate(field.names):
                if name.tagged is not None and _may_be_shared(field, name, name.tagged.label):
                    words = _words_beside_country(field, name)
                    if words in self._bearers:
                        yield _Found(field, at, words, _country_of(field, name, owners))


def _may_be_shared(field: Field, name: Name, label: Label) -> bool:
    """Whether a name may be a body's; a plural such as Conservatives is nobody's surname."""
    return label == "ORG" or (label in {"PER", "NORP"} and field.text[name.start : name.end].endswith("s"))


def _country_of(field: Field, name: Name, owners: Owners) -> str | None:
    """Returns the country that stands beside a name, or that "its" before it means."""
    beside = field.country_near(name.start, name.end)
    at = field.token_at(name.start) - 1
    if beside is not None or at < 0 or field.tokens[at].folded != "its":
        return beside
    owner = owners.meant_by_its(at, states=True)
    return owner.known.country if owner is not None and owner.known is not None else None


def _settle(item: _Found, bearers: Sequence[Entry]) -> bool:
    """Gives a name its one bearer, or the candidates; returns whether there was one."""
    name = item.field.names[item.at]
    if len(bearers) == 1:
        forms = (Form(Kind.SHARED, item.words, bearers[0]),)
        known = Known(name.start, name.end, forms, Kind.SHARED)
        item.field.names[item.at] = Name(name.start, name.end, known=known)
    elif bearers:
        candidates = tuple(sorted(entry.id for entry in bearers)[:MAX_CANDIDATES])
        item.field.names[item.at] = name._replace(candidates=candidates)
    return len(bearers) == 1


def _countries(fields: Sequence[Field]) -> set[str | None]:
    """Returns the countries of the states that a story names, by whatever form."""
    known = [name.known for field in fields for name in field.names if name.known is not None]
    hidden = [item for field in fields for item in field.hidden]
    return {item.entry.country for item in (*known, *hidden) if item.entry and item.entry.type == "state"}


def _words_beside_country(field: Field, name: Name) -> Words:
    """Returns the words of a name without those that tell its country: Iraqi Parliament, Bank of Ghana."""
    text = field.text[name.start : name.end]
    for item in reversed(field.hidden_in(name.start, name.end)):
        if item.country is not None:
            text = text[: item.start - name.start] + " " + text[item.end - name.start :]
    return _words(text)


def _words(text: str) -> Words:
    words = list(map(canonical, folded_words(text)))
    while words and words[0] == "the":
        del words[0]
    while words and words[-1] in _SMALL:
        del words[-1]
    return tuple(words)
