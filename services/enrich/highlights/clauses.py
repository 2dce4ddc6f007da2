"""Where a long sentence may end early so that what is left still stands alone, and says who says it."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from services.enrich.wordlist import words

LONG: Final = 18
"""Words from which on a sentence may be cut."""
_FEWEST: Final = 8
"""Words that a clause has at least."""
_SMALLEST_CUT: Final = 4
_MAX_CUTS: Final = 4
_MAX_TRIES: Final = 16
_REACH: Final = 4
"""Words that must follow the opening clause of "When it rained, the roads were closed"."""

_RELATIVE: Final = "who|which|whose|where"
_ADVERB: Final = "after|because|while|although|when|before|amid|despite|following"
_GAP: Final = r"\s{1,3}"
_DEGREE: Final = "(?:particularly|especially|shortly|soon|just|even)"
_CUT: Final = re.compile(
    r"(?=[,;\s])(?:"  # most characters begin none of these: they are looked at once
    rf",{_GAP}(?P<relative>{_RELATIVE})\b"
    rf"|(?:,{_GAP}(?:as|though|since|so)|,?{_GAP}(?:{_DEGREE}{_GAP})?(?:{_ADVERB}))(?P<adverbial>)\b"
    rf"|(?:,{_GAP}(?P<and>and)|,?{_GAP}but)(?P<coordinate>)\b"
    rf"|,{_GAP}(?:including|with|[a-z]{{2,15}}ing)(?P<participle>)\b"
    rf"|{_GAP}(?:--?|[\u2013\u2014])(?P<dash>){_GAP}"
    rf"|;(?P<semicolon>){_GAP})"
)
_DASH: Final = re.compile(r"\s(?:--?|[\u2013\u2014])\s|--")
_WORD: Final = re.compile(r"[\w'\u2019-]+")
_SAYING: Final = re.compile(
    r"\b(?:sa(?:ys?|id|ying)|t(?:ells?|old)|wr(?:ites?|ote)|th(?:inks?|ought)|according to|den(?:y|ies|ied)"
    r"|(?:add|claim|warn|report|insist|tweet|explain|suggest|confirm)(?:s|ed|ing)"
    r"|(?:announc|alleg|stat|argu|believ)(?:es?|ed|ing)|admit(?:s|ted|ting))\b"
)
_NOT_ONLY: Final = re.compile(r"\bnot (?:only|just|merely|simply)\b", re.IGNORECASE)  # what but answers
_CLOSING_QUOTE: Final = re.compile(r"'(?=[\s,.!?]|$)")
_FINITE: Final = words("""
is are was were has have had will would can could may might must should do does did isn't aren't wasn't
weren't hasn't haven't hadn't won't wouldn't can't couldn't didn't doesn't don't it's he's she's they're
said says told tells took takes made makes went goes came comes got gets found finds gave gives left
held holds won wins lost met began begins became becomes fell falls rose rises led leads paid pays
sent built bought brought caught cut put set hit kept knew grew drew flew broke spoke chose wrote wore
saw sees shot stood struck swore taught thought threw understood woke ran sat sang sold spent stole beat
felt fought wants seems appears believes expects includes
""")
_SUBORDINATE: Final = words("""
when while if as after because although though since before with despite in at on by for during unless
until once whether having following
""")
_DANGLING: Final = words("""
and or but nor so yet that which who whom whose when while where if as than because after before since
although though until unless the a an of to in on at for by with from into about over under between is are
was were be been being has have had will would can could may might must should just only even especially
particularly not come comes came described such shortly days weeks months years hours minutes soon long
moments day week month year say said says
""")
_LINKS: Final = words("that which who")
_SUBJECTS: Final = words("he she it they we i you the a an this that these those there his her their its our")


def cuts(body: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    """Yields at most four ends before `end`, each with the kind of what is cut off; none in what is short."""
    if len(body[start:end].split()) < LONG:
        return
    stand = (
        (found.start(), _kind(found))
        for found in islice(_CUT.finditer(body, start, end), _MAX_TRIES)
        if _stands(body[start : found.start()], body[found.start() : end], found)
    )
    yield from islice(stand, _MAX_CUTS)


def _kind(found: re.Match[str]) -> str:
    return next(name for name, text in found.groupdict().items() if text is not None and name != "and")


def _stands(head: str, tail: str, found: re.Match[str]) -> bool:
    """Whether `head` is a sentence without `tail`, and the tail does not say who says so."""
    first, rest = _WORD.findall(head), _WORD.findall(tail)
    return (
        len(first) >= _FEWEST
        and len(rest) >= _SMALLEST_CUT
        and has_finite_verb(first[1:])
        and first[-1].lower() not in _DANGLING
        and first[-2].lower() not in _LINKS  # rules that govern, who knows: what, comes now
        and not _SAYING.search(tail)
        and not (tail.lstrip(", ").startswith("but") and _NOT_ONLY.search(head))
        and _reaches_its_subject(head, first[0])
        and _runs_to_the_end(head, tail, rest, found)
        and is_balanced(head)
    )


def _reaches_its_subject(head: str, word: str) -> bool:
    """Whether "When it rained, …" goes on long enough after its comma."""
    if word.lower() not in _SUBORDINATE:
        return True
    _, comma, main = head.rpartition(",")
    return bool(comma) and len(main.split()) > _REACH


def _runs_to_the_end(head: str, tail: str, rest: list[str], found: re.Match[str]) -> bool:
    """Whether what is cut off ends where the sentence ends, instead of standing in its middle."""
    if tail[0] == "," and found["coordinate"] is None:
        return "," not in tail[1:]
    if found["dash"] is not None:
        return not _DASH.search(head) and not _DASH.search(tail, 3)
    if found["and"] is not None:  # a list goes on, a second clause has a subject and a verb of its own
        return rest[1].lower() in _SUBJECTS and has_finite_verb(rest)
    return rest[1].lower() != "that"


def has_finite_verb(words: Iterable[str]) -> bool:
    """Whether one of the words is surely, or likely, a verb with a tense."""
    return any(map(_is_finite, words))


def _is_finite(word: str) -> bool:
    low = word.lower().replace("\u2019", "'")
    return low in _FINITE or (len(low) > len("need") and low.endswith("ed") and "-" not in low)


def is_balanced(text: str) -> bool:
    """Whether quotation marks and parentheses are closed where they were opened."""
    return (
        text.count('"') % 2 == 0
        and text.count("\u201c") == text.count("\u201d")
        and text.count("(") == text.count(")")
        and text.count("\u2018") <= text.count("\u2019")
        and text.count(" '") + text.startswith("'") <= len(_CLOSING_QUOTE.findall(text))
    )
