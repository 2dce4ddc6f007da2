"""What a delivery costs when many are stored already."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from bench.arrivals import Reconciled
from bench.crowd import ONLY, Crowd, Drive
from bench.deliveries import lost
from bench.figures import Figure, Goal, Row, Scale, Spread, Tell, number
from bench.filling import fill
from bench.receiver import Receiver
from bench.tree import grown

MOST_GROWTH = 0.2
PATIENCE_SECONDS = 600.0


def measure(scale: Scale, tell: Tell) -> Figure:
    """Keeps a tree for each number of rows, and lets each deliver in turn."""
    found: dict[int, list[Drive]] = {rows: [] for rows in scale.delivered}
    with ExitStack() as stack:
        crowds = {rows: _crowd(stack, rows, scale, tell) for rows in scale.delivered}
        for turn in range(scale.rounds):
            for rows, crowd in crowds.items():
                tell(f"round {turn + 1} of {scale.rounds}, {rows:,} stored")
                found[rows].append(crowd.drive(PATIENCE_SECONDS, _silent, most=scale.events))
    return figure(scale, found)


def figure(scale: Scale, found: Mapping[int, Sequence[Drive]]) -> Figure:
    """Returns the figure; the goal looks at the CPU of dispatcher and PostgreSQL together."""
    first, last = scale.delivered[0], scale.delivered[-1]
    together = {rows: Spread.of(_cost(each) for each in drives) for rows, drives in found.items()}
    growth = together[last] / together[first]
    return Figure(
        "Cost a delivery with many stored",
        f"A tree of its own for each number of deliveries, each with its attempt, to {scale.endpoints}"
        f" endpoints, all of them delivered; {scale.events * scale.endpoints:,} more a round go out of each"
        " in turn. CPU is that of the dispatcher and PostgreSQL; the time is that of a whole round, divided.",
        (
            *(Row(f"{rows:,} stored, CPU", spread, "ms") for rows, spread in together.items()),
            *(
                Row(f"{rows:,} stored, {shown}", Spread.of(each.cpu[name] for each in drives), "ms")
                for name, shown in (("dispatcher", "dispatcher alone"), ("postgresql", "PostgreSQL alone"))
                for rows, drives in found.items()
            ),
            *(
                Row(f"{rows:,} stored, time", Spread.of(1000 / each.rate for each in drives), "ms")
                for rows, drives in found.items()
            ),
            Row(f"{last:,} ÷ {first:,} stored, CPU", growth, ""),
        ),
        (
            Goal(
                f"CPU at {last:,} ÷ {first:,} stored ≤ {1 + MOST_GROWTH:g}",
                number(growth.median),
                growth.median <= 1 + MOST_GROWTH,
            ),
            lost(sum((each.reconciled for drives in found.values() for each in drives), Reconciled(0))),
        ),
    )


def _cost(drive: Drive) -> float:
    return drive.cpu["dispatcher"] + drive.cpu["postgresql"]


def _crowd(stack: ExitStack, rows: int, scale: Scale, tell: Tell) -> Crowd:
    tell(f"growing a tree for {rows:,} deliveries")
    receiver = stack.enter_context(Receiver())
    crowd = Crowd(stack.enter_context(grown(only=ONLY)), receiver, scale.endpoints)
    crowd.gather(tell)
    fill(crowd.tree.url, rows // scale.endpoints, tell)
    crowd.warm_up(tell)
    return crowd


def _silent(_step: str) -> None:
    """The round is told of by who drives."""
