"""What stands at the head of a report: NAIROBI, Kenya, May 3 (Agency) - and then what happened."""

import re
from typing import Final

from services.enrich.actors.fields import Field, Name

BEGINS: Final = 3
"""Code points before which a place must begin to be the dateline."""
_LONGEST: Final = 40
"""Code points that may stand before the country with which a dateline ends."""
_DASH: Final = r"(?:--?|\u2013|\u2014)\s"
_LINE: Final = re.compile(
    rf"(?:, ?[A-Z][\w.]*(?: [A-Z0-9][\w.]*){{0,3}}){{0,3}} ?(?:\([^()\n]{{0,40}}\) ?)?{_DASH}"
)
"""What follows the place: country, day, agency, and a dash."""
_AFTER_COUNTRY: Final = re.compile(r"\s{0,2}(?:\([^()]{0,40}\)\s{0,2})?[-\u2013\u2014:,]")
_PLACE_AND_DAY: Final = re.compile(
    r"(?:(?:[A-Z\u00c0-\u00de][\w.'\u2019-]{0,30}|de|del|la|da|do|du|of|the|\d{1,4}),?\s){0,10}\("
)
_AGENCY_ENDS: Final = re.compile(rf"\)(?:\s{{0,2}}{_DASH}|(?=[A-Z\"\u201c]))")
_NEWS_MEDIA: Final = "JRN"


def is_dateline(body: str, start: int, end: int) -> bool:
    """Whether a name in capitals begins the dateline of a body: VEVEY, Switzerland, Oct 3 (Agency) -."""
    name = body[start:end]
    return start <= BEGINS and name.isupper() and bool(_LINE.match(body, end))


def ends_dateline(body: str, start: int, end: int) -> bool:
    """Whether a country ends the dateline of a body, after a place in capitals: ADRE, Chad - More than."""
    if start > _LONGEST:
        return False
    line = body[:start]
    return line.endswith(", ") and line.isupper() and bool(_AFTER_COUNTRY.match(body, end))


def is_agency(field: Field, name: Name) -> bool:
    """Whether a name only says who reports, and does nothing in the story: London, May 3 (Reuters) -.

    Of whom the catalogue knows, it is news media alone; of others it is who stands so at the head of a line.
    """
    text = field.text
    if not _AGENCY_ENDS.match(text, name.end):
        return False
    first, _ = field.sentence_at(field.token_at(name.start))
    begin = field.tokens[first].start
    if not _PLACE_AND_DAY.fullmatch(text, begin, name.start):
        return False
    if name.known is not None:
        return name.known.entry is not None and _NEWS_MEDIA in name.known.entry.sectors
    return begin == 0 or text[begin - 1] == "\n"
