"""Quotations of a text: straight, curly and single marks, nested ones, and those that span paragraphs."""

import re
from dataclasses import dataclass
from typing import Final

from services.enrich.bounds import MAX_OPINION

_MARK: Final = re.compile("[\"\u201c\u201d\u00ab\u00bb'\u2018\u2019\n\u2028\u2029]")
_LINES: Final = "\n\u2028\u2029"
_PAIRS: Final = {'"': '"', "\u201c": "\u201d", "\u00ab": "\u00bb", "'": "'", "\u2018": "\u2019"}
_SINGLE: Final = "'\u2018"
_BEFORE: Final = "([{-\u2010\u2011\u2012\u2013\u2014/\u201c\u2018\"'"
_STOPS: Final = ",.!?\u2026\u2014"
_AFTER_SINGLE: Final = ".,;:)]?!\n"
_GAP: Final = 20
"""White space that may stand between two paragraphs."""


@dataclass(slots=True)
class Quote:
    """A quotation: half-open code points of what stands between its marks, and with them.

    `follows` is the index of the quotation in the paragraph before that this one carries on.
    """

    start: int
    end: int
    outer_start: int
    outer_end: int
    follows: int | None = None


def find(text: str) -> list[Quote]:
    """Returns the outermost quotations in order. A mark that has no partner is left out."""
    return _Reader(text).read()


class _Reader:
    """Walks once over the marks of a text with at most one quotation open."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._found: list[Quote] = []
        self._open: int | None = None
        self._mark = ""
        self._weak: int | None = None
        self._follows: int | None = None

    def read(self) -> list[Quote]:
        for found in _MARK.finditer(self._text):
            at, mark = found.start(), found[0]
            if self._open is not None and at - self._open > MAX_OPINION:  # a mark that was never closed
                self._drop()
            if mark in _LINES:
                self._line(at)
            elif self._open is None:
                self._begin(at, mark)
            else:
                self._inside(at, mark)
        self._settle_weak()
        return self._found

    def _begin(self, at: int, mark: str) -> None:
        if mark in _PAIRS and self._may_open(at, mark):
            self._open, self._mark, self._weak = at, mark, None

    def _may_open(self, at: int, mark: str) -> bool:
        before, after = self._text[at - 1 : at] if at else "", self._text[at + 1 : at + 2]
        free = not before or before.isspace() or before in _BEFORE
        if not after or after.isspace():
            return False
        if mark == "'":
            return free and after.isupper()
        return free or mark not in "\"'\u2018"

    def _inside(self, at: int, mark: str) -> None:
        if mark == self._mark and mark != _PAIRS[mark]:
            self._settle_weak()  # opened again without having been closed
            self._begin(at, mark)
        elif mark == _PAIRS[self._mark]:
            self._may_close(at, mark)
        elif self._mark in _SINGLE and mark in '"\u201c' and self._may_open(at, mark):
            self._nested(at, mark)

    def _nested(self, at: int, mark: str) -> None:
        # What seemed a single quotation was an apostrophe, unless a close of it may still come.
        if self._weak is not None or self._mark == "'":
            self._settle_weak()
            self._begin(at, mark)

    def _may_close(self, at: int, mark: str) -> None:
        before, after = self._text[at - 1 : at], self._text[at + 1 : at + 2]
        if self._mark in _SINGLE:
            self._may_close_single(at, before, after)
        elif mark == '"' and before.isspace() and after and not after.isspace():
            self._drop()  # stands like an opening mark: the one before it was never closed
            self._begin(at, mark)
        else:
            self._close(at)

    def _may_close_single(self, at: int, before: str, after: str) -> None:
        if after.isalnum() or before.isspace():
            return  # an apostrophe
        if before in _STOPS:
            self._close(at)
        elif self._mark == "\u2018" and self._weak is None:
            self._weak = at
            if not after or after in _AFTER_SINGLE:
                self._close(at)

    def _close(self, at: int, outer_end: int | None = None) -> None:
        assert self._open is not None  # noqa: S101 - for the type checker
        end = at + 1 if outer_end is None else outer_end
        quote = Quote(self._open + 1, at, self._open, end, self._follows)
        self._drop()
        if quote.start < quote.end:  # marks with nothing between them quote nothing
            self._found.append(quote)

    def _drop(self) -> None:
        self._open = self._weak = self._follows = None

    def _settle_weak(self) -> None:
        """Ends a single quotation at the last mark that may have closed it, or gives it up."""
        if self._open is not None and self._weak is not None:
            self._close(self._weak)
        self._drop()

    def _line(self, at: int) -> None:
        """A paragraph ends: an open quotation goes on only if the next one opens it again."""
        if self._open is None:
            return
        next_at, following = self._next(at)
        if following == self._mark and self._text[next_at + 1 : next_at + 2].strip():
            end = at
            while end > self._open + 1 and self._text[end - 1].isspace():
                end -= 1
            if end > self._open + 1:
                self._close(end, end)
                self._follows = len(self._found) - 1
        elif next_at - at > 1 and "\n" in self._text[at + 1 : next_at]:
            self._settle_weak()

    def _next(self, at: int) -> tuple[int, str]:
        """Returns where the next line with words begins, and with what."""
        for here in range(at + 1, min(len(self._text), at + _GAP)):
            if not self._text[here].isspace():
                return here, self._text[here]
        return min(len(self._text), at + _GAP), ""
