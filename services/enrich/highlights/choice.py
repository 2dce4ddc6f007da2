"""The choice: one highlight after the other, each weighed beside those that were taken before it."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

from services.enrich.highlights.entries import Entry
from services.enrich.highlights.features import Features

MAX_WORDS: Final = 75
"""How many words all highlights together have at the most; the best alone may have more."""
_SAME: Final = 0.7
"""The share of the words of one, content words only, from which on two highlights say the same."""
LATER: Final = ("words", "place", "lead_in_all", "weight_in_all", "clause")
"""Features that weigh otherwise for the second highlight, and again for the third and all after it."""
_SECOND: Final = {f"second_{name}": name for name in LATER}
_THIRD: Final = {f"third_{name}": name for name in LATER}

Weights = Mapping[str, float]


def pick(entries: Sequence[Entry], weights: Weights, count: int, taken: Sequence[int] = ()) -> list[int]:
    """Returns the indexes of at most `count` entries, in the order in which they were taken.

    Args:
        entries: to choose from.
        weights: by name of feature.
        count: how many are wanted.
        taken: what is already chosen; it comes first.
    """
    alone = [weigh(entry.features, weights) for entry in entries]
    picked = list(taken)
    while len(picked) < count:
        chosen = [entries[at] for at in picked]
        left = open_to(entries, chosen)
        if not left:
            break
        worth = {at: alone[at] + weigh(beside(entries[at], chosen), weights) for at in left}
        picked.append(max(left, key=worth.__getitem__))
    return picked


def open_to(entries: Sequence[Entry], chosen: Sequence[Entry]) -> list[int]:
    """Returns the indexes of the entries that fit beside those chosen and say something new."""
    room = MAX_WORDS - sum(each.size for each in chosen)
    fitting = [at for at, entry in enumerate(entries) if entry.size <= room]
    if not chosen:
        return fitting or list(range(len(entries)))
    return [at for at in fitting if not any(same(entries[at], each) for each in chosen)]


def same(one: Entry, other: Entry) -> bool:
    """Whether two entries are of one sentence, or one says little that the other does not."""
    fewest = min(len(one.bag), len(other.bag))
    return one.place == other.place or (fewest > 0 and len(one.bag & other.bag) >= _SAME * fewest)


def score(entry: Entry, chosen: Sequence[Entry], weights: Weights) -> float:
    """Returns how good an entry is beside those chosen; to be compared within one story only."""
    return weigh(entry.features, weights) + weigh(beside(entry, chosen), weights)


def weigh(features: Features, weights: Weights) -> float:
    """Returns the sum of features by their weights; what has no weight counts nothing."""
    weight = weights.get
    return sum([value * weight(name, 0.0) for name, value in features.items() if value])


def beside(entry: Entry, chosen: Sequence[Entry]) -> Features:
    """Returns the features that depend on those chosen: what is new in an entry, and where it stands."""
    if not chosen:
        return {}
    later, fresh = (_SECOND, "second_fresh") if len(chosen) == 1 else (_THIRD, "third_fresh")
    new = entry.bag.difference(*[each.bag for each in chosen])
    places = [each.place for each in chosen]
    words = max([len(entry.bag & each.bag) for each in chosen])
    pairs = max([len(entry.pairs & each.pairs) for each in chosen])
    found = {name: entry.features.get(alone, 0.0) for name, alone in later.items()}
    found["covered"] = words / max(len(entry.bag), 1)
    found[fresh] = math.fsum([entry.echo[word] for word in new]) / 20
    found["repeated"] = pairs / max(len(entry.pairs), 1)
    found["follows"] = float(entry.place - 1 in places)
    found["precedes"] = float(entry.place < min(places))
    found["words_so_far"] = entry.features["words"] * sum(each.size for each in chosen) / 50
    return found
