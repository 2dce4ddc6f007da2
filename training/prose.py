"""Joins words as prose writes them."""

import re
from typing import Final

_CLINGS: Final = re.compile(r"[.,;:!?)\]}%\u2019\u201d]|'|''|\.\.\.|n['\u2019]t|['\u2019](?:s|re|ve|ll|d|m)")
_HOLDS: Final = frozenset({"(", "[", "{", "$", "\u00a3", "\u20ac", "\u201c", "\u2018", "``"})

Cut = tuple[int, int]


def join(words: list[str]) -> tuple[str, list[Cut]]:
    """Returns the text and each word's [start, end) in it."""
    parts: list[str] = []
    cuts: list[Cut] = []
    at = 0
    held, quoting = True, False
    for word in words:
        closing = word == '"' and quoting
        if not (held or closing or _CLINGS.fullmatch(word)):
            parts.append(" ")
            at += 1
        cuts.append((at, at + len(word)))
        parts.append(word)
        at += len(word)
        held = word in _HOLDS or (word == '"' and not quoting)
        quoting ^= word == '"'
    return "".join(parts), cuts
