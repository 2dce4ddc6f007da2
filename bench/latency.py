"""From the post to the webhook, while nothing else happens."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import orjson
import uvloop
from aiohttp import web

from bench import stories, walk
from bench.client import Connection
from bench.figures import Figure, Goal, Row, Scale, Spread, Tell, number, percentile
from bench.receiver import application
from bench.tree import Tree, grown
from services.embedded.ports import HOST, free_port

MOST_OVER_MS = 25.0
ARRIVAL_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Trip:
    """One story: milliseconds until it was promised, until it arrived, and of its enrichment alone."""

    promised: float
    arrived: float
    enrichment: float


def measure(scale: Scale, tell: Tell) -> Figure:
    """Posts one story at a time, and the next one only after a rest."""
    with grown() as tree:
        rounds = uvloop.run(_rounds(tree, scale, tell))
    return figure(rounds, scale)


async def _rounds(tree: Tree, scale: Scale, tell: Tell) -> list[list[Trip]]:
    port = free_port()
    arrivals: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
    walk.subscribe(tree, f"http://{HOST}:{port}/hook/0")
    bodies = stories.bodies(stories.document())
    async with _listening(port, arrivals), Connection(tree.stories_url, tree.token) as connection:
        for _ in range(walk.WARM_UP):
            await _trip(connection, next(bodies), arrivals)
        rounds = []
        for turn in range(scale.rounds):
            tell(f"round {turn + 1} of {scale.rounds}")
            trips = []
            for _ in range(scale.idle_stories):
                await asyncio.sleep(scale.idle_seconds)
                trips.append(await _trip(connection, next(bodies), arrivals))
            rounds.append(trips)
    return rounds


async def _trip(connection: Connection, body: bytes, arrivals: asyncio.Queue[tuple[float, bytes]]) -> Trip:
    began = time.perf_counter()
    await connection.post(body)
    promised = time.perf_counter()
    async with asyncio.timeout(ARRIVAL_SECONDS):
        arrived, told = await arrivals.get()
    steps = orjson.loads(told)["data"]["enrichment"]["steps"]
    return Trip(
        1000 * (promised - began), 1000 * (arrived - began), sum(step["duration_ms"] for step in steps)
    )


@asynccontextmanager
async def _listening(port: int, arrivals: asyncio.Queue[tuple[float, bytes]]) -> AsyncIterator[None]:
    runner = web.AppRunner(application(lambda _, body: arrivals.put_nowait((time.perf_counter(), body))))
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port).start()
        yield
    finally:
        await runner.cleanup()


def figure(rounds: list[list[Trip]], scale: Scale) -> Figure:
    """Returns the figure of all trips; medians by round, the 99th percentile over all of them."""
    trips = [trip for each in rounds for trip in each]
    arrived, over = _medians(rounds, lambda trip: trip.arrived), _medians(rounds, _over)
    slowest = percentile([trip.arrived for trip in trips], 99)
    goal = Goal(
        f"p50 ≤ enrichment + {MOST_OVER_MS:g} ms",
        f"enrichment + {number(over.median)} ms",
        over.median <= MOST_OVER_MS,
    )
    return Figure(
        "From the post to the webhook, idle",
        f"{len(trips)} stories, one at a time, each {scale.idle_seconds:g} s after the one before has"
        " arrived: milliseconds until the endpoint has read the whole webhook. The enrichment's own duration"
        " is what the steps in the record say.",
        (
            Row("post → webhook, p50", arrived, "ms"),
            Row("post → webhook, p99 of all", Spread.of([slowest]), "ms"),
            Row("post → 202, p50", _medians(rounds, lambda trip: trip.promised), "ms"),
            Row("the enrichment's own, p50", _medians(rounds, lambda trip: trip.enrichment), "ms", "peer"),
            Row("post → webhook but the enrichment, p50", over, "ms"),
        ),
        (goal,),
    )


def _over(trip: Trip) -> float:
    return trip.arrived - trip.enrichment


def _medians(rounds: list[list[Trip]], value: Callable[[Trip], float]) -> Spread:
    return Spread.of(percentile([value(trip) for trip in trips], 50) for trips in rounds)
