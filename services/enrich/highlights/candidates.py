"""What may become a highlight: the sentences of a body, and clauses of long ones that stand alone."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from services.enrich.highlights import clauses, openings
from services.enrich.highlights.furniture import is_furniture
from services.enrich.sentences import Span

MAX_SENTENCES: Final = 400
"""How many sentences of a body are looked at, from its beginning."""


class Candidate(NamedTuple):
    """A span of the body in code points; its sentence counts from 0; `cut` names what a clause lacks."""

    start: int
    end: int
    place: int
    cut: str = ""


def find(body: str, sentences: Sequence[Span]) -> list[Candidate]:
    """Returns the candidates in order of the text, clauses after their sentence.

    What is about the page instead of the news is left out, and so are the entries of lists and the rows of
    tables, unless there is nothing else.
    """
    spans = [openings.trim(body, span) for span in sentences[:MAX_SENTENCES]]
    news = [
        span
        for whole, span in zip(sentences, spans, strict=False)
        if not is_furniture(body, span) and not _is_entry(body, whole)
    ] or spans
    found: list[Candidate] = []
    for place, (start, end) in enumerate(news):
        found.append(Candidate(start, end, place))
        found += [Candidate(start, cut, place, rule) for cut, rule in clauses.cuts(body, start, end)]
    return found


def _is_entry(body: str, span: Span) -> bool:
    """Whether a sentence is the entry of a list and tells nothing: `- Labour: 210 seats`."""
    bullet = openings.BULLET.match(body, *span)
    return bullet is not None and not clauses.has_finite_verb(body[bullet.end() : span.end].split())
