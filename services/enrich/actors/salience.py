"""How much a story is about an actor, from 0 to 1."""

import math
from typing import Final

_TITLE: Final = 0.35
_LEAD: Final = 0.25
_FREQUENCY: Final = 0.4


def salience(*, in_title: bool, first: int | None, length: int, count: int, most: int) -> float:
    """Returns the weight of being in the title, standing early in the body, and coming often.

    Args:
        in_title: whether the title names the actor.
        first: where the body first does, in code points; None for nowhere.
        length: of the body, in code points.
        count: how many mentions the actor has.
        most: how many mentions the actor with the most has; at least 1.
    """
    lead = 0.0 if first is None else 1 - first / max(1, length)
    often = math.log1p(count) / math.log1p(max(most, count))
    return round(_TITLE * in_title + _LEAD * lead**2 + _FREQUENCY * often, 3)
