"""From the post to the webhook, while nothing else happens."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import orjson
import uvloop

from bench import chain, stories, walk
from bench.children import HelperProcess
from bench.client import Connection
from bench.endpoint import Arrivals, listening
from bench.figures import Figure, Goal, Row, Scale, Spread, Tell, number, percentile
from bench.tree import Tree, grown
from services.embedded.ports import HOST, free_port

MOST_OVER_MS = 25.0
ARRIVAL_SECONDS = 60.0
_COLD = (
    "After a rest all begins cold. A virtual machine may have to ask its host where each page of memory lies,"
    " at up to some 50 µs a page; both ways pay for that, and the bare chain shows how much it was."
)


@dataclass(frozen=True, slots=True)
class Trip:
    """One story: milliseconds until it was promised, until it arrived, and of its enrichment alone."""

    promised: float
    arrived: float
    enrichment: float


@dataclass(frozen=True, slots=True)
class Round:
    """The stories of one round, and then as many through the bare chain."""

    ours: list[Trip]
    bare: list[Trip]


def measure(scale: Scale, tell: Tell) -> Figure:
    """Posts one story at a time, each after a rest; a round to one and then a round to the other."""
    port = free_port()
    with grown() as tree:
        walk.subscribe(tree, f"http://{HOST}:{port}/hook/0")
        settings = {
            "DATABASE_URL": tree.postgres.create_database("chain"),
            "BROKER_URL": tree.redis.url,
            chain.ENDPOINT: f"http://{HOST}:{port}/hook/1",
        }
        with HelperProcess("bench.chain", settings) as bare:
            rounds = uvloop.run(_rounds(tree, f"{bare.url}/v1/stories", port, scale, tell))
    return figure(rounds, scale)


async def _rounds(tree: Tree, bare_url: str, port: int, scale: Scale, tell: Tell) -> list[Round]:
    arrivals: Arrivals = asyncio.Queue()
    bodies = stories.bodies(stories.document())
    ways = (partial(Connection, tree.stories_url, tree.token), partial(Connection, bare_url))

    async def go(way: Callable[[], Connection], count: int, rest: float) -> list[Trip]:
        trips = []
        async with way() as connection:  # none is kept open from one round to the next
            for _ in range(count):
                await asyncio.sleep(rest)
                trips.append(await _trip(connection, next(bodies), arrivals))
        return trips

    async with listening(port, arrivals):
        for way in ways:
            await go(way, walk.WARM_UP, 0)
        rounds = []
        for turn in range(scale.rounds):
            tell(f"round {turn + 1} of {scale.rounds}")
            rounds.append(Round(*[await go(way, scale.idle_stories, scale.idle_seconds) for way in ways]))
    return rounds


async def _trip(connection: Connection, body: bytes, arrivals: Arrivals) -> Trip:
    began = time.perf_counter()
    await connection.post(body)
    promised = time.perf_counter()
    async with asyncio.timeout(ARRIVAL_SECONDS):
        arrived, told = await arrivals.get()
    return Trip(1000 * (promised - began), 1000 * (arrived - began), enrichment_ms(told))


def enrichment_ms(told: bytes) -> float:
    """Returns the milliseconds that the steps in a webhook took; 0 where there is none."""
    steps = orjson.loads(told).get("data", {}).get("enrichment", {}).get("steps", [])
    return float(sum(step["duration_ms"] for step in steps))


def figure(rounds: list[Round], scale: Scale) -> Figure:
    """Returns the figure of all trips; medians by round, the 99th percentile over all of them."""
    trips = [trip for each in rounds for trip in each.ours]
    ours, bare = [each.ours for each in rounds], [each.bare for each in rounds]
    over, peer = _medians(ours, _over), _medians(bare, lambda trip: trip.arrived)
    goal = Goal(
        f"p50 ≤ enrichment + {MOST_OVER_MS:g} ms",
        f"enrichment + {number(over.median)} ms",
        over.median <= MOST_OVER_MS,
    )
    return Figure(
        "From the post to the webhook, idle",
        f"{len(trips)} stories, one at a time, each {scale.idle_seconds:g} s after the one before has"
        " arrived: milliseconds until the endpoint, which is hardly more than a socket, has read the whole"
        " webhook. The enrichment's own duration is what the steps in the record say. After each round as"
        " many go through a bare chain on the same servers: a FastAPI route that stores the body and sends"
        " its id by Celery, a Celery worker that marks the row and notifies, an aiohttp client that posts"
        " the body.",
        (
            Row("post → webhook, p50", _medians(ours, lambda trip: trip.arrived), "ms"),
            Row("post → webhook, p99 of all", Spread.of([_slowest(trips)]), "ms"),
            Row("post → 202, p50", _medians(ours, lambda trip: trip.promised), "ms"),
            Row("the enrichment's own, p50", _medians(ours, lambda trip: trip.enrichment), "ms", "peer"),
            Row("post → webhook but the enrichment, p50", over, "ms"),
            Row("post → webhook through the bare chain, p50", peer, "ms", "peer"),
            Row("copydesk but the enrichment ÷ bare chain", over / peer, ""),
        ),
        (goal,),
        (_COLD,),
    )


def _over(trip: Trip) -> float:
    return trip.arrived - trip.enrichment


def _slowest(trips: list[Trip]) -> float:
    return percentile([trip.arrived for trip in trips], 99)


def _medians(rounds: list[list[Trip]], value: Callable[[Trip], float]) -> Spread:
    return Spread.of(percentile([value(trip) for trip in trips], 50) for trips in rounds)
