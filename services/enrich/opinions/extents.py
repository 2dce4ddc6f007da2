"""How far a statement goes: to the next one, or to the end of its sentence."""

from typing import Final

from services.enrich.opinions.lexicon import SPLITTING
from services.enrich.opinions.reading import Reading
from services.enrich.opinions.subjects import before
from services.enrich.wordlist import words

_DEEDS: Final = words("offered asked refused declined ordered invited thanked")
"""What a speaker does beside saying; of somebody else in what is said it is seldom told right after "and"."""
_ENDS: Final = frozenset(".!?\u2026;:,-\u2013\u2014")


def end(reading: Reading, first: int, last: int) -> int:
    """Returns the last token of a statement that begins at `first`: before the next one, without stops."""
    here = first
    while here < last:
        quote = reading.quoted[here]
        if quote >= 0:
            here = max(here, reading.edges[quote][1]) + 1
            continue
        if here > first + 1 and (reading.mark(here) == ";" or _turns(reading, here)):
            return trim(reading, first, here - 1)
        if here > first + 1 and reading.verb(here) is not None:
            border = _border(reading, here, first)
            if border is not None:
                return trim(reading, first, border)
        here += 1
    return trim(reading, first, here - 1)


def _turns(reading: Reading, at: int) -> bool:
    """Whether "and" at a token leads on to what the speaker did, and no longer said: "and offered to"."""
    following = at + 1 + (reading.folded(at + 1) == "then")
    return reading.folded(at) in {"and", "but"} and reading.folded(following) in _DEEDS


def aside_end(reading: Reading, first: int, last: int) -> int:
    """Returns the last token before the first comma outside quotations: where an aside with "who" ends."""
    for at in range(first, last + 1):
        if reading.mark(at) == "," and reading.quoted[at] < 0:
            return at - 1
    return last


def _border(reading: Reading, at: int, first: int) -> int | None:
    """Returns the last token before a verb of saying that begins another statement, if it does."""
    if reading.folded(at).endswith("ing"):
        return at - 1 if reading.mark(at - 1) == "," else None
    if reading.folded(at - 1) in {"and", "but"}:
        verb = reading.verb(at)
        coordinate = verb is not None and ("quotes" in verb.uses or verb.stance is not None)
        return at - 2 if coordinate and at - 2 > first else None
    speaker = before(reading, at)
    if speaker is None or speaker.first - 2 <= first:
        return None
    led = reading.folded(speaker.first - 1)
    if led in {"the", "a", "an"}:
        led = reading.folded(speaker.first - 2)
    if led in SPLITTING:
        return speaker.first - 2
    if reading.mark(speaker.first - 1) == ";":
        return speaker.first - 2
    comma = speaker.first - 1 - (reading.folded(speaker.first - 1) in {"the", "a", "an"})
    trails = reading.mark(comma) == "," and reading.mark(at + 1) in {".", ""}
    return comma - 1 if trails else None  # "X claimed A, Y said."


def trim(reading: Reading, first: int, last: int) -> int:
    """Returns `last` without the stops and conjunctions at the end."""
    while last > first and (
        (reading.mark(last) in _ENDS and reading.quoted[last] < 0) or reading.folded(last) in {"and", "but"}
    ):
        last -= 1
    return last
