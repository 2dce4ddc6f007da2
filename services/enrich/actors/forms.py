"""How known actors and places are written, in a trie over folded words.

A lookup walks the text, not the catalogue: its cost does not grow with the number of entries.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final, NamedTuple

from services.enrich.actors.heads import STATE_ORGANS
from services.enrich.actors.tokens import Token, is_plain, tokenize
from services.enrich.actors.variants import canonical
from services.enrich.catalogue import Catalogue, Entry, Place, is_acronym
from services.enrich.wordlist import words


class Kind(Enum):
    """What sort of form names the actor; some need more than being there."""

    NAME = "name"
    ACRONYM = "acronym"
    AMBIGUOUS = "ambiguous acronym"  # counts only where its actor is named otherwise, too
    SURNAME = "surname"
    ADJECTIVE = "adjective"  # counts where it modifies a noun
    DEMONYM = "demonym"  # names the people
    SEAT = "seat"  # stands for its state
    CAPITAL = "capital"  # a place, unless it acts
    PLACE = "place"
    SHARED = "shared name"  # never looked up: see `bearers`


class Form(NamedTuple):
    """One way to write one actor or place."""

    kind: Kind
    words: tuple[str, ...]  # as written, to compare capitals
    entry: Entry | None
    place: Place | None = None


class Match(NamedTuple):
    """A form found in a text: code points [start, end), and tokens [first, last)."""

    start: int
    end: int
    first: int
    last: int
    forms: tuple[Form, ...]

    @property
    def kind(self) -> Kind:
        """The kind of the strongest form that is written so."""
        return self.forms[0].kind


class _Node:
    """A place in the trie. Of thousands most have no children or no forms, and then share the empty ones."""

    __slots__ = ("children", "forms")

    def __init__(self) -> None:
        self.children: Mapping[str, _Node] = _CHILDLESS
        self.forms: tuple[Form, ...] = ()

    def child(self, word: str) -> "_Node":
        """Returns the node that follows over a word, made if there is none."""
        found = self.children.get(word)
        if found is None:
            found = _Node()
            self.children = self.children if isinstance(self.children, dict) else {}
            self.children[word] = found
        return found


_CHILDLESS: Final[Mapping[str, _Node]] = MappingProxyType({})


_APOSTROPHES: Final = frozenset("'\u2019")
_JOINTS: Final = frozenset("-\u2010\u2011\u2013.") | _APOSTROPHES
_POSSESSIVE: Final = "'s"
_ABBREVIATED: Final = 4  # St. Bros.
_SMALL: Final = words("""
al the of and in for bin ibn de la e i wal
""")
_SHORTENED: Final = re.compile(r"['\u2019](?:ll|re|ve|d|m|t)$")
_ARTICLE: Final = re.compile(r"\b(?:al|el)-(?=\w)")
_STRENGTH: Final = {kind: rank for rank, kind in enumerate(Kind)}


class Forms:
    """Every form of a catalogue. Built once, read by many; never changed afterwards."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._root = _Node()
        for form_kind, name, entry, place in spellings(catalogue):
            self._add(form_kind, name, entry, place)

    def _add(self, kind: Kind, name: str, entry: Entry | None, place: Place | None) -> None:
        written, looked_up = _spelled(name)
        node = self._root
        for word in looked_up:
            node = node.child(word)
        forms = (*node.forms, Form(kind, written, entry, place))
        node.forms = forms if len(forms) == 1 else tuple(sorted(forms, key=lambda form: _STRENGTH[form.kind]))

    def find(self, tokens: list[Token], first: int, last: int, *, any_case: bool = False) -> list[Match]:
        """Returns the longest matches among tokens[first:last], left to right, none overlapping.

        With `any_case` capitals need not be right: the text has none.
        """
        matches: list[Match] = []
        at = first
        while at < last:
            # Most words begin no name: they must cost as little as can be.
            begins = tokens[at].key in self._root.children or tokens[at].possessive
            match = self._longest(tokens, at, last, any_case=any_case) if begins else None
            if match:
                matches.append(match)
            at = match.last if match else at + 1
        return matches

    def _longest(self, tokens: list[Token], first: int, last: int, *, any_case: bool) -> Match | None:
        best: Match | None = None
        node, path, at = self._root, list[int](), first
        while True:
            path.append(at)
            word, possessive = tokens[at].key, tokens[at].possessive
            following = node.children.get(word)
            if following is not None and following.forms:
                best = _match(tokens, path, following.forms, any_case=any_case) or best
            if possessive:
                following = node.children.get(word + _POSSESSIVE)
                if following is not None and following.forms:
                    best = _match(tokens, path, following.forms, possessive=True, any_case=any_case) or best
            step = _step(tokens, at, last)
            if following is None or step is None:
                return best
            node, at = following, step


def key(name: str) -> tuple[str, ...]:
    """Returns the words under which a name is looked up: equal for all its spellings."""
    return _spelled(name)[1]


def _spelled(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Returns the words of a name as written, and those under which it is looked up."""
    if is_plain(name):  # most are
        return tuple(name.split(" ")), tuple(map(canonical, name.lower().split(" ")))
    words = [token for token in tokenize(name) if token.text not in _JOINTS]
    return tuple(word.text for word in words), tuple(map(_looked_up, words))


def _looked_up(word: Token) -> str:
    return word.key + _POSSESSIVE * word.possessive


def _step(tokens: list[Token], at: int, last: int) -> int | None:
    """Returns the next word within a name: over a hyphen, an apostrophe, or an abbreviation's full stop."""
    following = at + 1
    if following >= last:
        return None
    mark, word = tokens[following], tokens[at].text
    if (
        mark.is_hyphen
        or (mark.text == "." and len(word) <= _ABBREVIATED)
        or (mark.text in _APOSTROPHES and mark.start == tokens[at].end)
    ):
        following += 1
    return following if following < last else None


def _match(
    tokens: list[Token],
    path: list[int],
    forms: tuple[Form, ...],
    *,
    possessive: bool = False,
    any_case: bool = False,
) -> Match | None:
    written = [tokens[at].text for at in path]
    fitting = tuple(form for form in forms if any_case or _fits(form, written))
    if not fitting:
        return None
    if written[0] == "the" and len(path) > 1:
        path = path[1:]  # the Guardian: the article is no part of the name as it is written here
    last = path[-1] + 1
    if written[-1] in {"Jr", "Sr"} and last < len(tokens) and tokens[last].text == ".":
        last += 1
    end = tokens[last - 1].end + (len(_POSSESSIVE) if possessive else 0)  # of the name: McDonald's
    return Match(tokens[path[0]].start, end, path[0], last, fitting)


def _fits(form: Form, written: list[str]) -> bool:
    """Whether the capitals are right: as written for acronyms, at the start of each word for names.

    What is short for two words is no name: She'll.
    """
    if len(written) == 1 and _SHORTENED.search(written[0]) and written[0] != form.words[0]:
        return False
    if form.kind in {Kind.ACRONYM, Kind.AMBIGUOUS} or (len(form.words) == 1 and is_acronym(form.words[0])):
        return [word.rstrip(".") for word in written] == [word.rstrip(".") for word in form.words]
    return all(
        word[0].isupper() or not model[0].isupper() or model.lower() in _SMALL
        for word, model in zip(written, form.words, strict=True)
    )


def spellings(catalogue: Catalogue) -> Iterator[tuple[Kind, str, Entry | None, Place | None]]:
    """Yields every form of every actor and place: its kind, how it is written, and whose it is."""
    cities = {(place.name, place.country): place.aliases for place in catalogue.places}
    adjectives = {name for entry in catalogue.entries if entry.type == "state" for name in entry.adjectives}
    for entry in catalogue.entries:
        for kind, names in _of_entry(entry):
            for name in dict.fromkeys(names):
                if kind is not Kind.NAME or not _is_two_names(name, entry, adjectives):
                    yield kind, name, entry, None
        for name in cities.get((entry.capital or "", entry.country), ()):
            yield Kind.CAPITAL, name, entry, None  # Kiev is Kyiv
    for place in catalogue.places:
        for name in (place.name, *place.aliases):
            yield Kind.PLACE, name, None, place


def _of_entry(entry: Entry) -> Iterable[tuple[Kind, tuple[str, ...]]]:
    # A state's own name is no adjective, though New Zealand is written like one.
    adjectives = tuple(name for name in entry.adjectives if name != entry.name and name not in entry.aliases)
    return (
        (Kind.NAME, _names(entry)),
        (Kind.ACRONYM, entry.acronyms),
        (Kind.AMBIGUOUS, entry.ambiguous_acronyms),
        (Kind.SURNAME, entry.surnames),
        (Kind.ADJECTIVE, adjectives),
        (Kind.DEMONYM, entry.demonyms),
        (Kind.SEAT, entry.seats),
        (Kind.CAPITAL, (entry.capital,) if entry.capital else ()),
    )


def _names(entry: Entry) -> tuple[str, ...]:
    """Returns an entry's names, a person's also without the article: Bashar Assad."""
    names = (entry.name, *entry.aliases)
    if entry.type != "person":
        return names
    return (*names, *(bare for name in names if len((bare := _ARTICLE.sub("", name)).split()) > 1))


def _is_two_names(name: str, entry: Entry, adjectives: set[str]) -> bool:
    """Whether a name is a state and its organ: the Iraqi Foreign Ministry, found by `bearers`."""
    for shared in entry.shared_names:
        owner, _, rest = name.rpartition(f" {shared}")
        if owner in adjectives and not rest and not STATE_ORGANS.isdisjoint(shared.lower().split()):
            return "'s" not in shared
    return False
