"""What stands in a body and is about the page: calls to click, credits, captions, copyrights."""

import re
from typing import Final

from services.enrich.sentences import Span

_BEGINS: Final = re.compile(
    r"(?:scroll down|sign up|subscribe|click (?:here|on|through|to)|read (?:more|this)"
    r"|watch (?:the|this|more)|share (?:this|your)|follow (?:us|\w{1,30} on)|like us|e-?mail (?:us|your|to)"
    r"|all rights reserved|see (?:also|more|the original)|for more (?:on|about)|more (?:on|from))\b"
    r"|(?:read|watch|related(?: \w{1,20})?|(?:photo|picture|image|video)s?|pictured?|updated|published):"
    r"|follow @|editor'?s'? note|\u00a9|\(c\)|copyright\W{0,9}\d|(?:by|transcript|roll call)\W{0,5}$",
    re.IGNORECASE,
)
_HOLDS: Final = (
    "contributed to this report",
    "contributed to this story",
    "contributed to this article",
    "not currently accepting comments",
    "view comments",
)
_ROW: Final = re.compile(r"\||[^|\t]{0,200}(?:\|[^|]{0,200}\||\t[^\t]{0,200}\t)")
_LETTER: Final = re.compile(r"[^\W\d_]")


def is_furniture(body: str, span: Span) -> bool:
    """Whether a sentence is about the page instead of the news, a row of a table, or without any letter."""
    folded = body[span.start : span.end].casefold()
    return (
        _ROW.match(body, *span) is not None
        or _BEGINS.match(body, *span) is not None
        or any(words in folded for words in _HOLDS)
        or _LETTER.search(body, *span) is None
    )
