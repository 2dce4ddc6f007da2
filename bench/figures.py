"""What a measurement gives: values with their spread, limits beside them, and whether a goal is reached."""

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

Tell = Callable[[str], None]  # takes what is being done, for the person who waits


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured.

    Args:
        rounds: of which the median is taken.
        seconds: that one round of ingest lasts.
        stories: in one round through enrich, or through the whole walk.
        idle_stories: in one round of the latency.
        idle_seconds: between two stories of the latency.
        sustained: seconds of deliveries, all rounds together.
        events: in one round of the cost a delivery.
        endpoints: that deliveries go to.
        hanging: endpoints that never answer.
        evenly: seconds of one round of fairness.
        due: deliveries to the endpoint that is owed very much.
        stored: how many stories are there already, in ascending order.
        delivered: how many deliveries are, the same way.
        attempts: how many are in the attempt log.
    """

    rounds: int = 5
    seconds: float = 6.0
    stories: int = 200
    idle_stories: int = 24
    idle_seconds: float = 1.1
    sustained: float = 300.0
    events: int = 50
    endpoints: int = 100
    hanging: int = 1_000
    evenly: float = 10.0
    due: int = 100_000
    stored: tuple[int, ...] = (1_000, 100_000, 1_000_000)
    delivered: tuple[int, ...] = (10_000, 100_000, 1_000_000)
    attempts: int = 10_000_000


FULL = Scale()
QUICK = Scale(
    seconds=2.0,
    stories=60,
    idle_stories=8,
    sustained=30.0,
    events=15,
    evenly=4.0,
    due=20_000,
    stored=(1_000, 100_000),
    delivered=(10_000, 100_000),
    attempts=300_000,
)


@dataclass(frozen=True, slots=True)
class Spread:
    """The values of all rounds."""

    values: tuple[float, ...]

    @classmethod
    def of(cls, values: Iterable[float]) -> "Spread":
        """Returns the spread of at least one value."""
        return cls(tuple(values))

    @property
    def median(self) -> float:
        """The one in the middle."""
        return statistics.median(self.values)

    @property
    def low(self) -> float:
        """The smallest."""
        return min(self.values)

    @property
    def high(self) -> float:
        """The largest."""
        return max(self.values)

    def __truediv__(self, other: "Spread") -> "Spread":
        """Divides round by round: what was measured side by side is compared."""
        return Spread(tuple(a / b for a, b in zip(self.values, other.values, strict=True)))


def percentile(values: Sequence[float], percent: float) -> float:
    """Returns the smallest value that at least `percent` of all values do not exceed (nearest rank)."""
    ranked = sorted(values)
    rank = max(1, -int(-len(ranked) * percent // 100))
    return ranked[rank - 1]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a figure's table."""

    label: str
    spread: Spread
    unit: str
    role: str = "ours"  # or `peer`, `limit`


@dataclass(frozen=True, slots=True)
class Goal:
    """What was to be reached, and whether it was."""

    wanted: str
    found: str
    reached: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """How PostgreSQL goes about one statement."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured property of copydesk.

    Args:
        title: a noun phrase.
        how: what was done, in sentences.
        rows: the values.
        goals: none where there is nothing to reach.
        notes: what a reader should know before quoting a value.
        plans: statements and how they are run.
    """

    title: str
    how: str
    rows: tuple[Row, ...]
    goals: tuple[Goal, ...] = ()
    notes: tuple[str, ...] = ()
    plans: tuple[Plan, ...] = ()


def at_least(what: str, spread: Spread, limit: float) -> Goal:
    """Returns the goal that the median of `spread` is `limit` or more."""
    return Goal(f"{what} ≥ {limit:g}", number(spread.median), spread.median >= limit)


def at_most(what: str, spread: Spread, limit: float, unit: str) -> Goal:
    """Returns the goal that the median of `spread` is `limit` or less."""
    found = f"{number(spread.median)} {unit}"
    return Goal(f"{what} ≤ {limit:g} {unit}", found, spread.median <= limit)


def number(value: float) -> str:
    """Returns a value with as many digits as it is good for."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2  # noqa: PLR2004 - three digits
    return f"{value:,.{digits}f}"
