"""Highlights: the sentences of the body that an editor would pull out, verbatim. Nothing is written anew."""

import math
from collections.abc import Sequence
from typing import Any

from services.enrich.highlights import choice, entries, weights
from services.enrich.sentences import Span

__all__ = ["choose"]


def choose(body: str, title: str, sentences: Sequence[Span], count: int) -> list[dict[str, Any]]:
    """Returns at most `count` highlights in the shape of the record, best first.

    Each is a sentence, or a clause of a long one that stands alone; together they have at most
    `choice.MAX_WORDS` words, unless the best alone has more. `score` is 1 for the best and says of the others
    how likely an editor would take them in its place. Linear in the length of the body; never raises.

    Args:
        body: the text, untouched.
        title: the headline; sentences that share its words are preferred.
        sentences: of the body.
        count: how many are wanted.
    """
    found = entries.read(body, title, sentences)
    learned = weights.load()
    picked = choice.pick(found, learned, count)
    worth = {at: choice.score(found[at], [], learned) for at in picked}
    ranked = sorted(picked, key=lambda at: (-worth[at], at))
    best = max(worth.values(), default=0.0)
    return [
        {
            "text": body[found[at].start : found[at].end],
            "start": found[at].start,
            "end": found[at].end,
            "rank": rank,
            "score": round(math.exp(worth[at] - best), 3),
        }
        for rank, at in enumerate(ranked, 1)
    ]
