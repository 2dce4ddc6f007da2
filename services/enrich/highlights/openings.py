"""What stands before a sentence and is no part of what it says: a bullet, a dateline, a connective."""

import re
from typing import Final

from services.enrich.sentences import Span

_DASH: Final = r"(?:--?|[\u2013\u2014])"
_PLACE: Final = r"[A-Z][\w.'\u2019-]{1,24}(?:,? [A-Z][\w.'\u2019-]{0,24}){0,4}(?:,? \d{1,2})?"
_AGENCY: Final = (
    r"(?:CNN\w{0,10}|Reuters|AP|AFP|UPI|dpa|DPA|PA|ANSA|EFE|TASS|Xinhua|Interfax|Bloomberg|BBC|IPS)"
)
_BEGINS: Final = r"(?=[\w\"'\u201c\u2018])"
BULLET: Final = re.compile(r"(?:--?|[*\u2022\u2013\u2014])\s{1,3}")
_OPENINGS: Final = (
    BULLET,
    # (CNN)A storm; (The Hollywood Reporter)The skies
    re.compile(rf"\([A-Z][\w .&/'\u2019]{{1,30}}\) ?(?:{_DASH} ?)?(?=[A-Z\"'\u201c\u2018])"),
    # LONDON, March 3 (Reuters) - A storm; Paris (CNN)A storm
    re.compile(rf"{_PLACE},? ?\({_AGENCY}\) ?(?:{_DASH} ?)?{_BEGINS}"),
    # NAIROBI - Kenya and Norway
    re.compile(
        r"[A-Z]{3,20}(?:[ -][A-Z]{2,20}){0,3}(?:, [\w. ]{2,25})? {0,2}"
        rf"{_DASH} {{0,2}}(?=[A-Z\"'\u201c\u2018])"
    ),
    # However, Kenya said: what follows is a name, so that nothing begins with a small letter.
    re.compile(
        r"(?:And|But|So|Yet|Still|However|Meanwhile|Moreover|Furthermore|Also|Instead|Nevertheless|Nonetheless),?\s{1,3}"
        r"(?=(?:[A-Z][\w'\u2019.-]{1,30}\s{1,3}){2})"
    ),
)


def trim(body: str, span: Span) -> Span:
    """Returns the span without what stands before its sentence; never empty if the span is not."""
    start, end = span
    for opening in _OPENINGS:
        found = opening.match(body, start, end)
        if found and found.end() < end:
            start = found.end()
    return Span(start, end)
