"""How true the record's confidences are: the share of mentions of each confidence that are right."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from services.enrich.actors.confidence import Curve
from training.convert import Peoples
from training.figures import CLASSES, TYPES
from training.texts import Text, texts

Judged = tuple[float, bool]
"""The confidence of a mention's actor, and whether the mention is right."""

BY_HAND: Final = ("crossner_politics", "uner_ewt", "wikigold")
"""The sources that were tagged by hand as prose; none says of a nationality that it is a name."""

_BINS: Final = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0)
_FITTED: Final = (0.0, 0.5, 0.6, 0.7, 0.85, 0.9, 1.0)


def halves(data: Path) -> tuple[list[Text], list[Text]]:
    """Returns the dev documents tagged by hand: every other one to fit on, and the rest to judge by."""
    found = [text for path in sorted(data.glob("*.jsonl")) if path.stem in BY_HAND for text in texts(path)]
    return found[::2], found[1::2]


def judged(text: Text, enrichment: dict[str, Any], peoples: Peoples) -> Iterator[tuple[Judged, str]]:
    """Yields each named mention of an actor in the body, with what resolved the actor.

    Left out is what the sources leave out: names of other things, and words for peoples.
    """
    free = {name[:2] for name in text.names if name[2] not in CLASSES}
    for actor in enrichment["actors"]:
        for mention in actor["mentions"]:
            span = mention["start"], mention["end"]
            named = mention["field"] == "body" and mention.get("kind", "name") == "name"
            if named and span not in free and mention["text"] not in peoples.words:
                yield (actor["confidence"], (*span, TYPES[actor["type"]]) in text.names), actor["resolved_by"]


def table(title: str, found: Iterable[Judged]) -> str:
    """Returns how often mentions of each confidence are right, in Markdown."""
    found = list(found)
    lines = [f"| {title} | mentions | mean confidence | right |", "| --- | ---: | ---: | ---: |"]
    for (low, high), bin_ in _binned(found, _BINS):
        lines.append(f"| {low:g} to {high:g} | {len(bin_)} | {_mean(bin_, 0):.2f} | {_mean(bin_, 1):.2f} |")
    return "\n".join(lines)


def fitted(found: Iterable[Judged]) -> Curve:
    """Returns the curve through the mean confidence and share of each bin; what falls is pooled to rise."""
    pools: list[list[Judged]] = []
    for _, bin_ in _binned(list(found), _FITTED):
        pools.append(bin_)
        while len(pools) > 1 and _mean(pools[-2], 1) >= _mean(pools[-1], 1):
            pools[-2:] = [pools[-2] + pools[-1]]
    inner = [(round(_mean(pool, 0), 2), round(_mean(pool, 1), 2)) for pool in pools]
    return (0.0, 0.0), *inner, (1.0, round((1 + inner[-1][1]) / 2, 2))


def _binned(
    found: Sequence[Judged], edges: Sequence[float]
) -> Iterator[tuple[tuple[float, float], list[Judged]]]:
    for low, high in itertools.pairwise(edges):
        bin_ = [one for one in found if low < one[0] <= high]
        if bin_:
            yield (low, high), bin_


def _mean(found: Sequence[Judged], part: int) -> float:
    return sum(one[part] for one in found) / len(found)
