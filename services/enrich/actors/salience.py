"""How much a story is about an actor, from 0 to 1."""

import math
from typing import Final

_TITLE: Final = 0.3
_LEAD: Final = 0.25
_FREQUENCY: Final = 0.35
_ACTING: Final = 0.1


def salience(*, in_title: bool, depth: float | None, count: int, most: int, acts: bool) -> float:
    """Returns the weight of being in the title, standing early in the body, coming often, and acting.

    Args:
        in_title: whether the title names the actor.
        depth: where the body first names the actor, 0 at its beginning and 1 at its end; None for nowhere.
        count: how many mentions the actor has.
        most: how many mentions the actor with the most has; at least 1.
        acts: whether the actor is the subject of a verb that only somebody does.
    """
    lead = 0.0 if depth is None else 1 - depth
    often = math.log1p(count) / math.log1p(max(most, count))
    return round(_TITLE * in_title + _LEAD * lead**2 + _FREQUENCY * often + _ACTING * acts, 3)
