"""Scores highlights against the sentences that an editor would accept."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tests.gold.gold import GoldStory
from tests.gold.markup import Highlight
from tests.gold.scoring.counts import Tally

_SHARE: Final = 0.6
"""So much of a chosen highlight must lie within one acceptable sentence."""


def score_highlights(story: GoldStory, chosen: Sequence[Mapping[str, Any]], tally: Tally) -> None:
    """Counts the chosen highlights that are acceptable, and whether the best one is among them."""
    ranks: set[int] = set()
    for span in chosen:
        rank = _rank(span, story.highlights)
        tally.share("highlights acceptable", right=rank is not None)
        if rank is None:
            tally.error("highlight", f"«{span['text'][:90]}»")
        else:
            ranks.add(rank)
    tally.share("best highlight", right=1 in ranks)


def _rank(span: Mapping[str, Any], acceptable: Sequence[Highlight]) -> int | None:
    length = span["end"] - span["start"]
    for sentence in acceptable:
        shared = min(sentence.end, span["end"]) - max(sentence.start, span["start"])
        if shared >= _SHARE * length:
            return sentence.rank
    return None
