"""Deliveries a second to many endpoints, beside a loop that only posts."""

import asyncio
import time

import aiohttp
import psycopg
import uvloop

from bench import client, stories, walk
from bench.figures import Figure, Row, Scale, Spread, Tell, at_least
from bench.filling import fill
from bench.receiver import Receiver
from bench.tree import Tree, grown
from copydesk.settings import DispatcherSettings

LEAST_RATIO = 0.3
PARAGRAPHS = 4  # of the story: its webhook has about 7 KB
PATIENCE_SECONDS = 300.0
IN_FLIGHT: int = DispatcherSettings.model_fields["in_flight"].default

# Owed to everyone, but nobody is told before `next_due` is set.
_OWE = """
    INSERT INTO deliveries (id, event_id, subscription_id, state)
    SELECT uuidv7(), e.id, s.id, 'due'
    FROM (SELECT id FROM events e WHERE NOT EXISTS (SELECT 1 FROM deliveries WHERE event_id = e.id)
          ORDER BY position LIMIT %s) AS e, subscriptions s
"""
_RELEASE = "UPDATE subscriptions SET next_due = now()"


def measure(scale: Scale, tell: Tell) -> Figure:
    """Lets one dispatcher send what is owed, then posts the same bytes to the same endpoints without it."""
    ours, peer = [], []
    with Receiver() as receiver, grown() as tree:
        urls = [receiver.endpoint(number) for number in range(scale.endpoints)]
        _prepare(tree, scale, urls, tell)
        count = scale.deliveries * scale.endpoints
        _send(tree, receiver, 1, scale.endpoints)  # connections are open afterwards
        body = receiver.last()
        for turn in range(scale.rounds):
            tell(f"round {turn + 1} of {scale.rounds}")
            ours.append(_send(tree, receiver, scale.deliveries, count))
            peer.append(uvloop.run(_post_all(urls, body, scale.deliveries)))
    rates, bare = Spread.of(ours), Spread.of(peer)
    return Figure(
        "Deliveries a second",
        f"{count} webhooks of {len(body):,} bytes a round are due to {scale.endpoints} endpoints, all in"
        " one receiving process (aiohttp.web). One dispatcher claims, builds, signs, sends and settles them,"
        f" with {IN_FLIGHT} in flight; its peer is a loop of aiohttp's client that posts the same bytes to"
        " the same endpoints, as many at once.",
        (
            Row("dispatcher", rates, "deliveries/s"),
            Row("bare aiohttp client", bare, "posts/s", "peer"),
            Row("dispatcher ÷ bare client", rates / bare, ""),
        ),
        (at_least("dispatcher ÷ bare aiohttp client", rates / bare, LEAST_RATIO),),
        ("The receiver shares the cores with both; PostgreSQL (fsync on) with the dispatcher only.",),
    )


def _prepare(tree: Tree, scale: Scale, urls: list[str], tell: Tell) -> None:
    """Publishes one real story, copies it as often as events are wanted, and subscribes the endpoints."""
    bodies = stories.bodies(stories.beginning(PARAGRAPHS))
    client.post_all(tree.stories_url, bodies, token=tree.token, seconds=60, most=1)
    with psycopg.connect(tree.url, autocommit=True) as connection:
        _await_event(connection)
    for name in ("ingest", "enrich", "publish"):
        tree.halt(name)
    fill(tree.url, scale.deliveries * scale.rounds, tell, delivered=False)
    for url in urls:
        walk.subscribe(tree, url)


def _await_event(connection: psycopg.Connection, seconds: float = 60.0) -> None:
    """Returns once the story was fanned out to nobody."""
    deadline = time.monotonic() + seconds
    while not connection.execute("SELECT 1 FROM events WHERE position IS NOT NULL").fetchone():
        if time.monotonic() > deadline:
            raise TimeoutError(f"no story was published within {seconds:g} s")
        time.sleep(0.05)


def _send(tree: Tree, receiver: Receiver, events: int, count: int) -> float:
    """Makes deliveries due and returns how many a second arrived, from the release to the last one."""
    wanted = receiver.count() + count
    with psycopg.connect(tree.url) as connection:
        connection.execute(_OWE, [events])
        connection.commit()
        connection.execute("ANALYZE deliveries")
        connection.execute(_RELEASE)
        connection.execute("NOTIFY copydesk_deliveries")
        began = time.perf_counter()
    receiver.await_count(wanted, PATIENCE_SECONDS)
    taken = time.perf_counter() - began
    walk.await_settled(tree)
    return count / taken


async def _post_all(urls: list[str], body: bytes, times: int) -> float:
    """Posts to every URL so often, and returns how many posts a second were answered."""
    targets = iter([url for _ in range(times) for url in urls])
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def work() -> None:
            for url in targets:
                async with session.post(url, data=body) as reply:
                    reply.raise_for_status()
                    await reply.read()

        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(IN_FLIGHT):
                group.create_task(work())
        return times * len(urls) / (time.perf_counter() - began)
