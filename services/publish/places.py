"""Places for attempts: few for the quick ones, more for those that an endpoint keeps waiting.

Pure. An attempt that has gone on for `SLOW_SECONDS` gives its place up to the next one and goes on in a slow
place, so that endpoints which hang do not keep those waiting that answer. Both kinds are bounded.
"""

from collections.abc import Hashable, Iterator
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

SLOW_SECONDS = 1.0
REMEMBERED_SECONDS = 600.0  # for how long an endpoint counts as slow that is not called again

Key = TypeVar("Key", bound=Hashable)


class Held(NamedTuple):
    """A place that is taken: for which subscription, and since when, in seconds of the caller's clock."""

    subscription_id: UUID
    since: float


class Places(Generic[Key]):
    """The attempts that are being made. Iterating gives their keys.

    Args:
        quick: how many places there are for attempts that have just begun.
        slow: how many more for those that take long.
    """

    def __init__(self, quick: int, slow: int) -> None:
        self._most, self._most_slow = quick, slow
        self._quick: dict[Key, Held] = {}  # in the order in which they began
        self._slow: dict[Key, Held] = {}
        self._since: dict[UUID, float] = {}  # slow subscription → when it was last, the newest at the end

    def __len__(self) -> int:
        return len(self._quick) + len(self._slow)

    def __iter__(self) -> Iterator[Key]:
        yield from self._quick
        yield from self._slow

    @property
    def slow(self) -> int:
        """How many slow places are taken."""
        return len(self._slow)

    @property
    def is_crowded(self) -> bool:
        """Whether every slow place is taken: what takes long then keeps the place that it has."""
        return self.slow >= self._most_slow

    @property
    def free(self) -> int:
        """How many attempts may begin. Any thread may ask."""
        return self._most - len(self._quick)

    def share(self, subscription_id: UUID) -> int | None:
        """Returns how many attempts a slow subscription may have at once, at least 1; `None` if it is quick.

        Half of the slow places are shared out; the other half is for those who begin to be slow.
        """
        if subscription_id not in self._since:
            return None
        return max(self._most_slow // 2 // max(len(self._since), 1), 1)

    def room(self, now: float) -> int:
        """Moves what has become slow, as far as there is place, and returns how many attempts may begin."""
        while (at := self.free_at()) is not None and at <= now:
            key, held = next(iter(self._quick.items()))
            del self._quick[key]
            self._slow[key] = held
            self._remember(held.subscription_id, now)
        while self._since and next(iter(self._since.values())) + REMEMBERED_SECONDS <= now:
            del self._since[next(iter(self._since))]
        return self.free

    def free_at(self) -> float | None:
        """Returns when the next place is given up by one that is slow; `None` where none will be."""
        if self.is_crowded or not self._quick:
            return None
        return next(iter(self._quick.values())).since + SLOW_SECONDS

    def take(self, key: Key, subscription_id: UUID, now: float) -> None:
        """Takes a place: a slow one for a subscription whose last attempt was slow, if there is one."""
        kind = self._slow if subscription_id in self._since and not self.is_crowded else self._quick
        kind[key] = Held(subscription_id, now)

    def leave(self, key: Key, now: float) -> None:
        """Gives a place back, and remembers whether its attempt was slow."""
        held = self._quick.pop(key, None) or self._slow.pop(key)
        if held.since + SLOW_SECONDS <= now:
            self._remember(held.subscription_id, now)
        else:
            self._since.pop(held.subscription_id, None)

    def _remember(self, subscription_id: UUID, now: float) -> None:
        self._since.pop(subscription_id, None)
        self._since[subscription_id] = now
