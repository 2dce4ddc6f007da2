"""What a story costs when many are there already, and how the database finds what is due."""

import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass

from bench import plans, walk
from bench.figures import Figure, Goal, Row, Scale, Spread, Tell, number
from bench.filling import fill
from bench.receiver import Receiver
from bench.tree import Tree, grown

MOST_GROWTH = 0.2
STORY_BYTES = 16_000  # on disk at the most, with everything that it leaves behind and the log of the writes


@dataclass(frozen=True, slots=True)
class Stock:
    """A tree with so many stories stored, and where what it sends arrives."""

    count: int
    tree: Tree
    receiver: Receiver


def measure(scale: Scale, tell: Tell) -> Figure:
    """Keeps a tree for each size and sends stories through one after the other."""
    own: dict[int, list[float]] = {count: [] for count in scale.stored}
    servers: dict[int, list[float]] = {count: [] for count in scale.stored}
    _check_room(sum(scale.stored))
    with ExitStack() as stack:
        stocks = [_stock(stack, count, tell) for count in scale.stored]
        for turn in range(scale.rounds):
            for stock in stocks:
                tell(f"round {turn + 1} of {scale.rounds}, {stock.count:,} stored")
                cost = walk.go(stock.tree, stock.receiver, scale.stories)
                own[stock.count].append(cost.own(0))
                servers[stock.count].append(cost.servers())
        tell("asking for the plans")
        shown = plans.explain(stocks[-1].tree.database)
    return figure(scale, own, servers, shown)


def figure(
    scale: Scale, own: dict[int, list[float]], servers: dict[int, list[float]], shown: tuple[plans.Shown, ...]
) -> Figure:
    """Returns the figure; the goals look at everything together, and at the plans."""
    together = {
        count: Spread.of(a + b for a, b in zip(own[count], servers[count], strict=True)) for count in own
    }
    first, last = scale.stored[0], scale.stored[-1]
    growth = together[last] / together[first]
    scans = sorted({f"{each.plan.title}: {name}" for each in shown for name in each.scans})
    unused = sorted(set(plans.PARTIAL) - {name for each in shown for name in each.indexes})
    return Figure(
        "Cost a story with many stored",
        f"A tree of its own for each size, all stories in it finished and delivered, copied from one that"
        f" was; {scale.stories} stories a round go through each in turn. CPU milliseconds a story, PostgreSQL"
        " and Redis included. Enrich gives what the pipeline found in the story beforehand, after a rest as"
        " long as that took: what the pipeline takes differs by more than all else together.",
        (
            *(Row(f"{count:,} stored", spread, "ms") for count, spread in together.items()),
            *(Row(f"{count:,} stored, copydesk alone", Spread.of(own[count]), "ms") for count in own),
            *(Row(f"{count:,} stored, servers alone", Spread.of(servers[count]), "ms") for count in own),
            Row(f"{last:,} ÷ {first:,} stored", growth, ""),
        ),
        (
            Goal(
                f"{last:,} ÷ {first:,} stored within {MOST_GROWTH:.0%}",
                number(growth.median),
                abs(growth.median - 1) <= MOST_GROWTH,
            ),
            Goal(
                "claim and sweep use the partial indexes, and read no large table from end to end",
                "; ".join((*scans, *(f"{name} is not used" for name in unused)))
                or f"they use {', '.join(plans.PARTIAL)}",
                not scans and not unused,
            ),
        ),
        ("subscriptions has one row here, which is read without an index.",),
        tuple(each.plan for each in shown),
    )


def _stock(stack: ExitStack, count: int, tell: Tell) -> Stock:
    tell(f"growing a tree for {count:,} stories")
    receiver = stack.enter_context(Receiver())
    tree = stack.enter_context(grown(resting=True))
    walk.subscribe(tree, receiver.endpoint())
    walk.go(tree, receiver, 1)
    fill(tree.url, count, tell)
    walk.go(tree, receiver, walk.WARM_UP)
    return Stock(count, tree, receiver)


def _check_room(count: int) -> None:
    """Refuses to fill a disk.

    Raises:
        OSError: there is too little room for so many stories.
    """
    wanted, free = count * STORY_BYTES, shutil.disk_usage(tempfile.gettempdir()).free
    if free < 2 * wanted:
        raise OSError(f"{count:,} stories take up to {wanted >> 30} GiB of disk, twice that must be free")
