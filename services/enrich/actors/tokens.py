"""Words of a text with true offsets, and the folded form in which spellings of a name are equal."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from services.enrich.actors.variants import canonical
from services.enrich.sentences import Span

_APOSTROPHES: Final = "'\u2019\u2018\u02bc\u02bf\u02be\u02bb`\u00b4"
_INVISIBLE: Final = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_MARKS: Final = "\u0300-\u036f"
_TOKEN: Final = re.compile(
    r"(?P<dotted>(?=[A-Za-z]\.)(?:(?:[A-Za-z]\.){2,}(?:[A-Za-z](?!\w))?|[A-Z]\.[A-Z](?![\w.])))"
    rf"|(?P<word>[^\W_][\w{_MARKS}{_INVISIBLE}]*(?:[{_APOSTROPHES}](?=\w)[\w{_MARKS}{_INVISIBLE}]*)*)"
    r"|(?P<mark>\S)"
)
_POSSESSIVES: Final = tuple(mark + s for mark in "'\u2019\u02bc`\u00b4" for s in "sS")
_DROPPED: Final = dict.fromkeys(map(ord, _APOSTROPHES + _INVISIBLE))
_HYPHENS: Final = "-\u2010\u2011\u2013"
_ARTICLES: Final = frozenset(("al", "el", "ad", "an", "ar", "as", "ash", "at", "az"))
_CACHED_LENGTH: Final = 40
_PLAIN: Final = re.compile(r"[A-Za-z]+(?: [A-Za-z]+)*")


class Token(NamedTuple):
    """A word or a mark: its span, its text, and its folded form (empty for marks).

    `key` is what it is looked up by: the one form that stands for all spellings of a word, or the mark.
    """

    start: int
    end: int
    text: str
    folded: str
    key: str
    possessive: bool = False

    @property
    def is_capitalised(self) -> bool:
        """Whether the word begins with a capital letter."""
        return self.text[0].isupper() and bool(self.folded)

    @property
    def is_hyphen(self) -> bool:
        """Whether this is a mark that joins two words."""
        return self.text in _HYPHENS

    def part(self, first: int, last: int) -> "Token":
        """Returns the token of the letters [first, last) of a word, with its forms made anew."""
        start, text = self.start + first, self.text[first:last]
        return Token(start, start + len(text), text, *_forms(text), self.possessive)


def tokenize(text: str, start: int = 0, end: int | None = None) -> list[Token]:
    """Returns the words and marks of text[start:end] in order; a possessive 's is left out of its word."""
    tokens: list[Token] = []
    for found in _TOKEN.finditer(text, start, len(text) if end is None else end):
        word, at = found[0], found.start()
        read = _read_cached if len(word) <= _CACHED_LENGTH else _read
        word, folded, key, possessive = read(word, found.lastgroup)
        after = at + len(word)
        if folded in _ARTICLES and text[after : after + 1] in _HYPHENS and after < len(text):
            folded = key = "al"  # el-Sisi, as-Sadr: one article, many spellings
        tokens.append(Token(at, after, word, folded, key, possessive))
    return tokens


class Words(NamedTuple):
    """The words and marks of a text, and for each of its sentences the index of the first."""

    tokens: list[Token]
    bounds: list[int]


def of_sentences(text: str, sentences: Iterable[Span]) -> Words:
    """Returns the words and marks that stand in the sentences of a text."""
    words = Words([], [])
    for start, end in sentences:
        words.bounds.append(len(words.tokens))
        words.tokens.extend(tokenize(text, start, end))
    return words


def is_plain(name: str) -> bool:
    """Whether a name is nothing but ASCII letters and single spaces: split, its words are its tokens."""
    return _PLAIN.fullmatch(name) is not None


def folded_words(text: str) -> list[str]:
    """Returns the folded words of a name; marks are left out."""
    if is_plain(text):
        return text.lower().split(" ")
    return [token.folded for token in tokenize(text) if token.folded]


def _read(word: str, kind: str | None) -> tuple[str, str, str, bool]:
    """Returns a word without its possessive ending, its folded form, its key, and whether it had the ending.

    Args:
        word: of the text, or a mark.
        kind: the group of `_TOKEN` that found it.
    """
    if kind == "mark":
        return word, "", word, False
    if kind == "dotted":
        folded = word.casefold().rstrip(".")
        return word, folded, canonical(folded), False
    possessive = word.endswith(_POSSESSIVES)
    word = word[:-2] if possessive else word
    return word, *_forms(word), possessive


def _forms(word: str) -> tuple[str, str]:
    """Returns the folded form of a word, and its key."""
    folded = fold(word)
    return folded, canonical(folded) or word


def fold(word: str) -> str:
    """Returns the form in which Kata'ib, Kata\u2019ib and Kataib, or Erdo\u011fan and Erdogan, are one."""
    return _fold_cached(word) if len(word) <= _CACHED_LENGTH else _fold(word)


def _fold(word: str) -> str:
    if word.isascii():
        return word.replace("'", "").replace("`", "").lower()
    # Before NFKD too: it would turn an acute accent into a space with a mark.
    bare = unicodedata.normalize("NFKD", word.translate(_DROPPED))
    kept = "".join(c for c in bare if not unicodedata.combining(c))
    return (
        kept.translate(_DROPPED)
        .replace("\u0131", "i")
        .replace("\u0142", "l")
        .replace("\u00f8", "o")
        .casefold()
    )


_read_cached = lru_cache(maxsize=16384)(_read)
_fold_cached = lru_cache(maxsize=16384)(_fold)


def is_shouting(tokens: Sequence[Token]) -> bool:
    """Whether all words are in capitals, so that capitals say nothing; one or two words may be acronyms."""
    words = 0
    for token in tokens:
        if token.folded and token.text[0].isalpha():
            if not token.text.isupper():
                return False
            words += 1
    return words > 2  # noqa: PLR2004


def slug(name: str) -> str:
    """Returns name as an id: folded words joined by hyphens, at most 120 code points; never empty."""
    words = [word.replace(".", "") for word in folded_words(name)]
    return re.sub(r"[^\w]+", "-", "-".join(words))[:120].strip("-") or "unnamed"
