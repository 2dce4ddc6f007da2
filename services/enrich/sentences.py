"""Sentences of a text as spans. Linear in the length of the text; any Unicode is welcome."""

import re
from typing import Final, NamedTuple

from services.enrich.wordlist import words

MAX_SENTENCE: Final = 1500
"""Code points. A longer one (a table, a text without full stops) is cut at a space."""


class Span(NamedTuple):
    """Half-open [start, end) offsets in Unicode code points."""

    start: int
    end: int


_CLOSERS: Final = "\"'\u2019\u201d\u00bb)]"
_OPENERS: Final = "\"'\u2018\u201c\u00ab([\u2014-\u2022*"
_LOOKED_AT: Final = 2000
_FEWEST: Final = 3
_SINGLE: Final = frozenset(".!?")
# Each alternative begins with a character that no other one can begin with: no backtracking over text. What
# begins none, as most characters do, is passed over at a look.
_BREAK: Final = re.compile(
    r"(?=[.!?\u2026\u061f\u06d4\u0964\u3002\uff01\uff1f\n\u2028\u2029\x85<])(?:"
    rf"(?P<stop>[.!?\u2026\u061f\u06d4\u0964]{{1,9}})[{re.escape(_CLOSERS)}]{{0,4}}(?=\s|$)"
    r"|(?P<wide>[\u3002\uff01\uff1f]+[\u300d\u300f\u201d]?)"
    r"|(?P<line>[\n\u2028\u2029\x85])"
    r"|(?P<tag><(?:/?(?P<name>p|div|br|hr|li|ul|ol|dl|dt|dd|h[1-6]|table|thead|tbody|tr|t[dh]|blockquote|pre"
    r"|section|article|aside|header|footer|nav|figure|figcaption|main|form|html|head|body|title|script|style)"
    r"(?:[\s/][^<>]{0,300})?|!--[^<>]{0,300}--)>))",
    re.IGNORECASE,
)
_PARAGRAPH: Final = re.compile(r"[^\S\n]*\n|[^\S\n]*[-\u2022*|]|[\u2028\u2029\x85]")
_CODE_END: Final = {name: re.compile(rf"</{name}\s{{0,8}}>", re.IGNORECASE) for name in ("script", "style")}
_NEXT_WORD: Final = re.compile(rf"\s{{0,8}}([{re.escape(_OPENERS)}]{{0,4}})(\S?)")
_LAST_WORD: Final = re.compile(r"[\w.'\u2019&-]+$")

_WORD: Final = re.compile(r"\s*(\w+)")
_BEFORE_DIGIT: Final = re.compile(r"\s*#?\d")

# Always followed by the name that they belong to.
_BEFORE_NAME: Final = words("""
mr mrs ms mx dr prof rev fr sr sra st ste mt ft gen lt col maj capt cmdr cpl sgt pvt adm brig gov
sen rep pres hon amb supt insp det messrs mme mlle vs v al-hajj sheik mgr msgr
""")
# Followed by the number that they belong to, else words as any.
_BEFORE_NUMBER: Final = words("no nos fig vol pp art sec op")
# May close a sentence: a capital after them is a new one, unless it is the rest of a name.
_MAY_CLOSE: Final = words("""
inc ltd corp co llc plc bros jr etc al approx dept est ave blvd rd jan feb mar apr jun jul aug sep
sept oct nov dec mon tue tues wed thu thur thurs fri sat sun a.m p.m am pm u.s u.k u.n e.u u.a.e
u.s.a d.c b.c a.d ph.d m.d e.g i.e cf ca esq
""")
_NEVER_CLOSE: Final = frozenset(("e.g", "i.e", "cf", "ca", "approx"))
_STARTERS: Final = words("""
the a an in on at by for from with he she it they we i you his her its their our this that these
those there but and or so yet if when while after before as since although though however meanwhile
moreover most many some all both no not one two three officials police what who why how where today
yesterday according
""")
# What begins a sentence after an abbreviation where nothing has a capital: more often the next one than this.
_SUBJECTS: Final = words("the he she it they we i this these those there but however meanwhile")


def is_small(text: str) -> bool:
    """Whether a text of three words or more has one capital in a hundred words at most, and small letters."""
    head = text[:_LOOKED_AT]
    count = len(head.split())
    capitals, small = (sum(map(of, head)) for of in (str.isupper, str.islower))
    return count >= _FEWEST and capitals * 100 <= count <= small


def split(text: str, *, small: bool = False) -> list[Span]:
    """Returns the sentences in order, trimmed of white space; none is empty and none overlaps another.

    Where HTML is left over its blocks part them too, and what scripts and styles hold is in none.
    Of a text without capitals (`small`) any letter may begin a sentence.
    """
    spans: list[Span] = []
    start = 0
    closes = dict(_CODE_END)
    for found in _BREAK.finditer(text):
        if found.start() < start:  # in what was left out
            continue
        if found["tag"]:
            _add(spans, text, start, found.start())
            start = _after_block(text, found, closes)
        elif _closes(text, found, small=small):
            _add(spans, text, start, found.end())
            start = found.end()
    _add(spans, text, start, len(text))
    return spans


def _after_block(text: str, found: re.Match[str], closes: dict[str, re.Pattern[str]]) -> int:
    """Returns where the text goes on after a tag: for that of a script or style, where that ends.

    `closes` says what ends them; what ends nowhere from here on is taken out, and never looked for again.
    """
    name = (found["name"] or "").lower()
    if name not in closes or found["tag"].startswith("</"):
        return found.end()
    end = closes[name].search(text, found.end())
    if end is None:
        del closes[name]
    return end.end() if end else found.end()


def _closes(text: str, found: re.Match[str], *, small: bool) -> bool:
    """Whether a sentence ends where a mark of punctuation or a line end was found."""
    if found["line"]:
        return found["line"] != "\n" or _ends_paragraph(text, found)
    if found["wide"]:
        return True
    opener, first = _following(text, found.end())
    if not first:
        return True
    begins = not first.islower() or (small and found["stop"] in _SINGLE)
    # "What?" asked he: a small letter after closing marks carries the sentence on.
    return begins and (found["stop"] != "." or _full_stop(text, found, opener, small=small))


def _ends_paragraph(text: str, found: re.Match[str]) -> bool:
    # A single line end inside prose is a wrapped line; before a bullet or a blank line it is a boundary.
    return found.start() == 0 or _PARAGRAPH.match(text, found.end()) is not None


def _following(text: str, end: int) -> tuple[str, str]:
    found = _NEXT_WORD.match(text, end)
    return (found[1], found[2]) if found else ("", "")


def _full_stop(text: str, found: re.Match[str], opener: str, *, small: bool) -> bool:
    """Whether one full stop before a word, digit or quote closes the sentence."""
    starters = _SUBJECTS if small else _STARTERS
    if found.end() - found.start() > 1 or opener:
        return True  # closing or opening quotes stand between sentences, not inside a name
    last = _LAST_WORD.search(text, max(0, found.start() - 24), found.start())
    word = last[0].lstrip("'\u2019-") if last else ""
    folded = word.casefold()
    if folded in _BEFORE_NAME or folded in _NEVER_CLOSE:
        return False
    if folded in _BEFORE_NUMBER:
        return _BEFORE_DIGIT.match(text, found.end()) is None  # no. 4, but: They said no.
    is_initial = len(word) == 1 and (small or word.isupper())  # J. K. Rowling
    if is_initial or folded in _MAY_CLOSE or _is_dotted(word):
        return _begins_with(text, found.end(), starters)
    return True


def _is_dotted(word: str) -> bool:
    return len(word) > 2 and word[1::2] == "." * (len(word) // 2) and len(word) <= 9  # noqa: PLR2004 - A.B


def _begins_with(text: str, end: int, starters: frozenset[str]) -> bool:
    following = _WORD.match(text, end, end + 40)
    return following is not None and following[1].casefold() in starters


def _add(spans: list[Span], text: str, start: int, end: int) -> None:
    """Adds [start, end) trimmed, in pieces where it is too long."""
    start, end = _trim(text, start, end)
    while end - start > MAX_SENTENCE:
        cut = max(text.rfind(" ", start + MAX_SENTENCE // 2, start + MAX_SENTENCE), start + MAX_SENTENCE // 2)
        piece = _trim(text, start, cut)
        spans.append(Span(*piece))
        start, end = _trim(text, cut, end)
    if start < end:
        spans.append(Span(start, end))


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
