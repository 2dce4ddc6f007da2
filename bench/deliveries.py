"""Deliveries a second to many endpoints, sustained, beside a loop that only posts."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle

import aiohttp
import uvloop

from bench.arrivals import Reconciled
from bench.crowd import AHEAD, ONLY, Crowd, Drive
from bench.figures import Figure, Goal, Row, Scale, Spread, Tell, at_least, at_most, percentile
from bench.receiver import Receiver
from bench.tree import grown
from copydesk.settings import DispatcherSettings

LEAST_RATE, AIMED_RATE = 1_000.0, 2_000.0
LEAST_RATIO, AIMED_RATIO = 0.3, 0.5
MOST_MS = 500.0
IN_FLIGHT: int = DispatcherSettings.model_fields["in_flight"].default
COUNTED = {"dispatcher": "the dispatcher", "postgresql": "PostgreSQL", "receiver": "the receiver"}


@dataclass(frozen=True, slots=True)
class Posts:
    """What the bare client did: posts a second, and CPU milliseconds of each."""

    rate: float
    cpu: float


def measure(scale: Scale, tell: Tell) -> Figure:
    """Publishes as fast as one dispatcher delivers; in turn with it the same bytes are posted without it."""
    ours, peer = [], []
    with Receiver() as receiver, grown(only=ONLY) as tree:
        crowd = Crowd(tree, receiver, scale.endpoints)
        crowd.gather(tell)
        crowd.warm_up(tell)
        for turn in range(scale.rounds):
            where = f"round {turn + 1} of {scale.rounds}"
            ours.append(
                crowd.drive(scale.sustained / scale.rounds, lambda step, at=where: tell(f"{at}: {step}"))
            )
            tell(f"{where}: the bare client")
            peer.append(uvloop.run(_post_all(crowd.urls, receiver.last(), scale.seconds)))
        size = len(receiver.last())
    return figure(scale, ours, peer, size)


def figure(scale: Scale, ours: Sequence[Drive], peer: Sequence[Posts], size: int) -> Figure:
    """Returns the figure; what is owed and lost is that of all rounds together."""
    rates, bare = Spread.of(each.rate for each in ours), Spread.of(each.rate for each in peer)
    all_rounds = sum((each.reconciled for each in ours), Reconciled(0))
    slow = percentile([each for drive in ours for each in drive.milliseconds], 95)
    return Figure(
        "Deliveries a second",
        f"For {sum(each.seconds for each in ours):.0f} s in {len(ours)} rounds, events are published to"
        f" {scale.endpoints} endpoints, all in one receiving process (aiohttp.web): the next one once all but"
        f" the last {AHEAD} have arrived everywhere. One dispatcher fans out, claims, builds, signs, sends"
        f" and settles {size:,} bytes each, with {IN_FLIGHT} in flight. Each webhook-id is looked for at each"
        " endpoint. Between the rounds its peer, a loop of aiohttp's client, posts the same bytes to the same"
        f" endpoints, as many at once, for {scale.seconds:g} s.",
        (
            Row("dispatcher", rates, "deliveries/s"),
            Row("bare aiohttp client", bare, "posts/s", "peer"),
            Row("dispatcher ÷ bare client", rates / bare, ""),
            *(Row(f"publish → received, p{rank}", _ranked(ours, rank), "ms") for rank in (50, 95, 99)),
            *(
                Row(
                    f"CPU of {shown} a delivery",
                    _spread(ours, lambda drive, name=name: drive.cpu[name]),
                    "ms",
                )
                for name, shown in COUNTED.items()
            ),
            Row("CPU of the bare client a post", Spread.of(each.cpu for each in peer), "ms", "peer"),
        ),
        (
            at_least("deliveries/s", rates, LEAST_RATE),
            at_least("deliveries/s, aim", rates, AIMED_RATE),
            at_most("publish → received, p95 of all", Spread.of([slow]), MOST_MS, "ms"),
            lost(all_rounds),
            at_least("dispatcher ÷ bare aiohttp client", rates / bare, LEAST_RATIO),
            at_least("dispatcher ÷ bare aiohttp client, aim", rates / bare, AIMED_RATIO),
        ),
        (
            f"Of {all_rounds}.",
            "The receiver shares the cores with both; PostgreSQL (fsync on) with the dispatcher only.",
        ),
    )


def lost(found: Reconciled) -> Goal:
    """Returns the goal that all arrived, and nothing else did."""
    strays = found.lost + found.unknown
    return Goal("every id arrives everywhere, 0 lost", f"{found.lost:,} of {found.owed:,} lost", not strays)


def _spread(ours: Sequence[Drive], value: Callable[[Drive], float]) -> Spread:
    return Spread.of(value(each) for each in ours)


def _ranked(ours: Sequence[Drive], rank: float) -> Spread:
    return _spread(ours, lambda drive: percentile(drive.milliseconds, rank))


async def _post_all(urls: list[str], body: bytes, seconds: float) -> Posts:
    """Posts to each URL in turn for so long."""
    targets = cycle(urls)
    done = 0
    headers = {"webhook-id": "bare", "Content-Type": "application/json"}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), headers=headers) as session:

        async def work() -> None:
            nonlocal done
            while time.perf_counter() - began < seconds:
                async with session.post(next(targets), data=body) as reply:
                    reply.raise_for_status()
                    await reply.read()
                done += 1

        used, began = time.process_time(), time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(IN_FLIGHT):
                group.create_task(work())
        spent = time.perf_counter() - began
        return Posts(done / spent, 1000 * (time.process_time() - used) / done)
