"""Names that come again in short: the surname alone, the acronym alone, a name at the start of a sentence."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Generic, NamedTuple, TypeVar

from services.enrich.actors.fields import Field, Name
from services.enrich.actors.heads import ORG_HEADS
from services.enrich.actors.lexicon import CALENDAR, COMMON, ROLE_HEADS
from services.enrich.actors.tagger import Tagged
from services.enrich.actors.tokens import Token, folded_words

_MAX_WORDS: Final = 12
_EVERYDAY: Final = COMMON | CALENDAR | ORG_HEADS | ROLE_HEADS


KeyT = TypeVar("KeyT")


class Echo(NamedTuple, Generic[KeyT]):
    """A span of a field that repeats a name, and the key of whom it names."""

    start: int
    end: int
    key: KeyT


class Echoes(Generic[KeyT]):
    """The short and full forms of the names in one story."""

    def __init__(self) -> None:
        self._forms: dict[tuple[str, ...], KeyT] = {}
        self._exact: dict[str, KeyT] = {}
        self._longest: dict[str, int] = {}

    def add_name(self, name: str, key: KeyT) -> None:
        """Lets the whole name count wherever it stands; the first to claim a name keeps it."""
        words = tuple(folded_words(name))
        if words and (len(words) > 1 or words[0] not in COMMON):
            self._claim(words[:_MAX_WORDS], key)

    def add_person(self, name: str, key: KeyT) -> None:
        """Lets the surname count too, with its article and without."""
        self.add_name(name, key)
        words = [word for word in folded_words(name) if word not in {"jr", "sr", "ii", "iii"}]
        if len(words) > 1 and _is_telling(words[-1]):
            self._claim((words[-1],), key)
            self._claim(("al", words[-1]), key)

    def add_short(self, short: str, key: KeyT) -> None:
        """Lets an acronym count exactly as written."""
        self._exact.setdefault(short, key)

    def _claim(self, words: tuple[str, ...], key: KeyT) -> None:
        self._forms.setdefault(words, key)
        self._longest[words[0]] = max(self._longest.get(words[0], 0), len(words))

    def find(self, field: Field) -> Iterator[Echo[KeyT]]:
        """Yields the repetitions in those parts of a field where no name stands yet."""
        tokens, taken = field.tokens, _taken(field)
        at = 0
        while at < len(tokens):
            echo, length = (None, 1) if at in taken else self._at(tokens, at, taken)
            if echo:
                yield echo
            at += length

    def _at(self, tokens: list[Token], at: int, taken: Mapping[int, bool]) -> tuple[Echo[KeyT] | None, int]:
        token = tokens[at]
        if token.text in self._exact:
            return Echo(token.start, token.end, self._exact[token.text]), 1
        if token.folded in self._longest and (token.is_capitalised or token.folded == "al"):
            return self._words(tokens, at, taken)
        return None, 1

    def _words(
        self, tokens: list[Token], at: int, taken: Mapping[int, bool]
    ) -> tuple[Echo[KeyT] | None, int]:
        """Returns the longest form that begins at a token, and how many tokens it spans."""
        words: list[str] = []
        best: tuple[Echo[KeyT] | None, int] = (None, 1)
        end = at
        while end < len(tokens) and end not in taken and len(words) < self._longest[tokens[at].folded]:
            token = tokens[end]
            if token.folded:
                words.append(token.folded)
                key = self._forms.get(tuple(words))
                if key is not None and token.text[0].isupper():
                    best = (Echo(tokens[at].start, token.end, key), end - at + 1)
            elif not (token.is_hyphen or token.text == "."):
                break
            if token.possessive:
                break
            end += 1
        return (None, 1) if _is_title(tokens, at, best[1], taken) else best


def _is_telling(word: str) -> bool:
    return len(word) > 2 and word not in _EVERYDAY  # noqa: PLR2004 - "Li" is no sign


def _is_title(tokens: Sequence[Token], at: int, length: int, taken: Mapping[int, bool]) -> bool:
    """Whether a repeated word is the title of whoever is named right after it: President Ruto."""
    return length == 1 and tokens[at].folded in ROLE_HEADS and at + 1 in taken


def _taken(field: Field) -> dict[int, bool]:
    taken: dict[int, bool] = {}
    spans: list[Name | Tagged] = [*field.names, *field.others]
    for name in spans:
        taken.update(dict.fromkeys(range(field.token_at(name.start), field.token_at(name.end - 1) + 1), True))
    return taken
