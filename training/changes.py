"""Where the enrichment and the model alone differ in names, who is right, and what told the enrichment."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from services.enrich.actors.forms import Forms
from services.enrich.actors.mentions import find
from services.enrich.actors.tokens import tokenize
from services.enrich.sentences import split
from training.figures import CLASSES, Name
from training.texts import Text

Span = tuple[int, int]
Change = tuple[str, str]
"""Who told, and what came of it."""

_TELLERS: Final = ("catalogue", "doubts and titles", "repetitions")
_OUTCOMES: Final = ("won", "shed", "lost", "added")
"""Right names that the model lacks, and wrong ones of its own that are gone; right ones of its own that
are gone, and wrong ones that it lacks."""


def known_spans(forms: Forms, body: str) -> list[Span]:
    """Returns where the catalogue knows a name in a body, by itself."""
    return [item[:2] for item in find(forms, (tokenize(body, *sentence) for sentence in split(body)))]


def changes(
    text: Text, whole: Iterable[Name], alone: Iterable[Name], known: Iterable[Span]
) -> Counter[Change]:
    """Returns how many names of one document the enrichment changed.

    Args:
        text: the document, with the names in it.
        whole: what the enrichment found.
        alone: what the model found.
        known: see `known_spans`.
    """
    right = {name for name in text.names if name[2] in CLASSES}
    free = {name[:2] for name in text.names - right}
    ours, theirs = (
        {name for name in names if name[2] in CLASSES and name[:2] not in free} for names in (whole, alone)
    )
    spans = set(known)
    outcomes = {
        "won": ours & right - theirs,
        "shed": theirs - right - ours,
        "lost": theirs & right - ours,
        "added": ours - right - theirs,
    }
    return Counter(
        (_teller(name, ours, theirs, spans), outcome) for outcome, names in outcomes.items() for name in names
    )


def table(found: Mapping[str, Counter[Change]]) -> str:
    """Returns the changes by source and by who told, in Markdown."""
    lines = [f"| source | told by | {' | '.join(_OUTCOMES)} |", "| --- | --- |" + " ---: |" * len(_OUTCOMES)]
    for source, counts in found.items():
        for teller in _TELLERS:
            row = [counts[teller, outcome] for outcome in _OUTCOMES]
            if any(row):
                lines.append(f"| {source} | {teller} | {' | '.join(map(str, row))} |")
    return "\n".join(lines)


def _teller(name: Name, ours: set[Name], theirs: set[Name], known: set[Span]) -> str:
    """Returns who told of a name, or of what stands in its place."""
    now = [name] if name in ours else [other for other in ours if _overlap(name, other)]
    if any(start <= one[0] and end == one[1] for one in now for start, end in known):
        return "catalogue"
    is_news = now and not any(_overlap(one, other) for one in now for other in theirs)
    return "repetitions" if is_news else "doubts and titles"


def _overlap(one: Name, other: Name) -> bool:
    return one[0] < other[1] and other[0] < one[1]
