"""Who each name of a story names: one key per actor or place, whatever it is called."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from services.enrich.actors.acronyms import introduced
from services.enrich.actors.datelines import is_agency
from services.enrich.actors.echoes import Echoes
from services.enrich.actors.fields import Field, Name
from services.enrich.actors.given_names import GIVEN_NAMES
from services.enrich.actors.heads import CORPORATE, ORG_HEADS
from services.enrich.actors.keys import Key, found_key, known_key
from services.enrich.actors.lexicon import COMMON, COURTESIES, FUNCTION, LOCATIVES, ROLE_HEADS, ROLE_MODIFIERS
from services.enrich.actors.namesakes import Found, Namesakes
from services.enrich.actors.parts import Parts
from services.enrich.actors.sightings import Sighting, Sightings
from services.enrich.actors.tagger import SURE, Label
from services.enrich.actors.tokens import folded_words
from services.enrich.wordlist import words

_MEMBERS: Final = {
    f"{word}s": word
    for word in words(
        "conservative liberal green democrat republican socialist communist nationalist labourite"
    )
}
"""What the members of a party are called, and the adjective of it."""
_NO_FRONTS: Final = FUNCTION | LOCATIVES | words("de del du des la el al and of for the")
"""What no short form ends in, folded."""
_EVERYDAY: Final = COMMON | ORG_HEADS | ROLE_HEADS | ROLE_MODIFIERS | GIVEN_NAMES
"""What is no short form alone, folded."""


def identify(fields: Sequence[Field], day: str | None = None) -> Sightings:
    """Returns where each actor and place is named, its sightings in the order of the story.

    Args:
        fields: of the story, their names found.
        day: when it was published.
    """
    identities = _Identities(fields)
    identities.relabel()
    seen = [
        (identities.key(field, name), Sighting(field, name.start, name.end, name))
        for field, name in identities.names()
    ]
    seen += _echoes(fields, seen, identities.echoes)
    order = {field.name: at for at, field in enumerate(fields)}
    seen.sort(key=lambda item: (order[item[1].field.name], item[1].start))
    found: Sightings = defaultdict(list)
    for key, sighting in Namesakes(identities.parts, day).settle(seen):
        found[key].append(sighting)
    return found


def _echoes(fields: Sequence[Field], seen: Sequence[Found], echoes: Echoes[Key]) -> list[Found]:
    named: Sightings = defaultdict(list)
    for key, sighting in seen:
        named[key].append(sighting)
    for key, items in named.items():
        _listen(echoes, key, items)
    return [
        (key, Sighting(field, start, end))
        for field in fields
        for start, end, key in echoes.find(field)
        if not is_agency(field, Name(start, end))
    ]


def _listen(echoes: Echoes[Key], key: Key, items: Sequence[Sighting]) -> None:
    """Tells the echoes what to listen for: what was found, longest first, and a known person's surname."""
    for text in sorted({item.text for item in items}, key=lambda text: (-len(text), text)):
        if key.label == "PER":
            echoes.add_person(text, key)
        elif key.label is not None and text.isupper():
            echoes.add_short(text, key)
        elif key.label is not None:
            echoes.add_name(text, key)
    name = items[0].name
    entry = name.known.entry if name and name.known else None
    if entry is not None and entry.type == "person":
        echoes.add_person(entry.name, key)


class _Identities:
    """What the whole story says of its names."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self.echoes: Echoes[Key] = Echoes()
        self._fields = fields
        self._labels = _votes(fields)
        self._same: dict[Key, Key] = {}
        self._forced: dict[tuple[str, int], Key] = {}
        self.parts = Parts()
        self._fronts: dict[str, Key | None] = {}
        """The bodies of several words by the words that they begin with; None where two begin so."""
        self._shorts: dict[str, Key] = {}
        self._add_persons()
        for field, name in self.names():
            if name.known is None:
                self._add_fronts(self._own_key(field, name))
        for field in fields:
            self._introduce(field)
        self._join_parties()

    def relabel(self) -> None:
        """Makes bodies of the names in the fields that were taken for persons: Haeun's chief executive."""
        for field in self._fields:
            for at, name in enumerate(field.names):
                tagged = name.tagged
                if tagged is not None and tagged.label == "PER" and self.key(field, name).label == "ORG":
                    field.names[at] = name._replace(tagged=tagged._replace(label="ORG"))

    def _add_persons(self) -> None:
        """Tells the parts of full names: first of whom the catalogue knows, then of the longest names.

        What is but a part of a longer name, as Quispe Huamán is, is nobody besides.
        """
        found = [
            (name.known is None, words, self._own_key(field, name))
            for field, name in self.names()
            if len(words := self._person_words(field, name)) > 1
        ]
        for is_unknown, words, key in sorted(found, key=lambda item: (item[0], -len(item[1]))):
            if not (is_unknown and self.parts.is_inner(words)):
                self.parts.add(words, key)

    def names(self) -> Iterator[tuple[Field, Name]]:
        """Yields each name with its field, in the order of the story."""
        return ((field, name) for field in self._fields for name in field.names)

    def key(self, field: Field, name: Name) -> Key:
        """Returns whom a name names, after surnames and short forms have been followed."""
        key = self._forced.get((field.name, name.start)) or self._own_key(field, name)
        if (key.label == "PLACE" or _is_doubtful_body(field, key, name)) and not _is_located(field, name):
            key = self.parts.surname(key)
        if key.label == "PER" and not name.candidates:
            key = self.parts.whole(key)
        if key.label == "ORG":
            key = self._shorts.get(field.text[name.start : name.end], key)
        key = self._body(field, name, key)
        return self._same.get(key, key)

    def _add_fronts(self, key: Key) -> None:
        """Takes what a body may be called by in short: Haeun and Haeun Heavy of Haeun Heavy Industries."""
        words = key.words.split() if key.label == "ORG" else []
        for end in range(1, len(words)):
            front = " ".join(words[:end])
            if words[end - 1] in _NO_FRONTS or (end == 1 and words[0] in _EVERYDAY):
                continue
            self._fronts[front] = key if self._fronts.get(front, key) == key else None

    def _body(self, field: Field, name: Name, key: Key) -> Key:
        """Returns the body whose name begins with the words of a name, if there is one, else the key itself.

        What was taken for a person is one, too, where the story has nobody of that name and no title before.
        """
        whole = self._fronts.get(key.words)
        if whole is None or name.known is not None or name.candidates or key.label not in {"ORG", "PER"}:
            return key
        if key.label == "PER" and (self.parts.bearers(key.words) or _is_titled(field, name)):
            return key
        return whole

    def _own_key(self, field: Field, name: Name) -> Key:
        if name.known is not None:
            return known_key(name.known)
        words = folded_words(field.text[name.start : name.end])
        return found_key(self._labels[" ".join(words)], words)

    def _person_words(self, field: Field, name: Name) -> list[str]:
        if name.known is not None:
            entry = name.known.entry
            return folded_words(entry.name) if entry is not None and entry.type == "person" else []
        words = folded_words(field.text[name.start : name.end])
        return words if self._labels[" ".join(words)] == "PER" else []

    def _introduce(self, field: Field) -> None:
        """Joins a short form in parentheses to the name before it."""
        taken = {name.start: name for name in field.names}
        for short in introduced(field):
            key, other = self._own_key(field, short.name), taken.get(short.start)
            if other is None or other.known is None:
                self._forced[field.name, short.start] = key
                self._shorts.setdefault(short.short, key)
                self.echoes.add_short(short.short, key)
            elif short.name.known is None and other.known.entry is not None:
                self._same[key] = known_key(other.known)

    def _join_parties(self) -> None:
        """Joins the adjective of a party to it: Liberal members, the Liberals, the Liberal Party."""
        parties: dict[str, Key] = {}
        found = list(self.names())
        for field, name in found:
            word = _party_word(folded_words(field.text[name.start : name.end]))
            if word is not None:
                parties.setdefault(word, self._own_key(field, name))
        for field, name in found:
            key = self._own_key(field, name)
            if name.known is None and key.label in {"ORG", "NORP"} and key.words in parties:
                self._same[key] = parties[key.words]


def _is_titled(field: Field, name: Name) -> bool:
    """Whether the word before a name is a person's title: Mr, Senator."""
    at = field.token_at(name.start) - 1
    at -= at > 0 and field.tokens[at].text == "."
    return at >= 0 and field.tokens[at].folded in COURTESIES | ROLE_HEADS


def _is_located(field: Field, name: Name) -> bool:
    """Whether a word before a name says that it is where something is, or somebody's: in X, the X."""
    at = field.token_at(name.start) - 1
    return at >= 0 and field.tokens[at].folded in LOCATIVES


def _is_doubtful_body(field: Field, key: Key, name: Name) -> bool:
    """Whether a body may be a person's surname: it is not sure, and not Acme Corp."""
    if key.label != "ORG" or name.tagged is None or name.tagged.confidence >= SURE:
        return False
    return folded_words(field.text[name.start : name.end])[-1] not in CORPORATE


def _party_word(words: Sequence[str]) -> str | None:
    """Returns the adjective in the name of a party: Liberal Party, Liberals."""
    if len(words) == 2 and words[1] == "party":  # noqa: PLR2004 - an adjective and the noun
        return words[0]
    return _MEMBERS.get(words[0]) if len(words) == 1 else None


def _votes(fields: Sequence[Field]) -> dict[str, Label]:
    """Returns the label of each found name, by its folded words: the one that was surest in sum."""
    votes: dict[str, Counter[Label]] = defaultdict(Counter)
    for field in fields:
        for name in field.names:
            if name.tagged is not None:
                words = " ".join(folded_words(field.text[name.start : name.end]))
                votes[words][name.tagged.label] += round(100 * name.tagged.confidence)
    return {words: max(sorted(found), key=lambda label: found[label]) for words, found in votes.items()}
