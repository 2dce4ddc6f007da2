"""From the post to the webhook: the bare chain runs, and the figure says what it should."""

import asyncio

import orjson

from bench import chain, latency, stories
from bench.children import HelperProcess
from bench.client import Connection
from bench.endpoint import Arrivals, listening
from bench.figures import Scale
from bench.latency import Round, Trip
from services.embedded.ports import HOST, free_port

SCALE = Scale(rounds=2, idle_stories=1)


def test_a_story_goes_through_the_bare_chain(empty_database_url: str, broker_url: str) -> None:
    port = free_port()
    endpoint = f"http://{HOST}:{port}/hook/0"
    settings = {"DATABASE_URL": empty_database_url, "BROKER_URL": broker_url, chain.ENDPOINT: endpoint}
    body = next(stories.bodies(stories.document()))

    async def go(url: str) -> tuple[float, bytes]:
        arrivals: Arrivals = asyncio.Queue()
        async with listening(port, arrivals), Connection(url) as connection:
            await connection.post(body)
            async with asyncio.timeout(latency.ARRIVAL_SECONDS):
                return await arrivals.get()

    with HelperProcess("bench.chain", settings) as bare:
        _, told = asyncio.run(go(f"{bare.url}/v1/stories"))
    assert told == body
    assert latency.enrichment_ms(told) == 0


def test_the_enrichments_own_time_is_taken_off() -> None:
    steps = [{"name": "language", "duration_ms": 1.5}, {"name": "actors", "duration_ms": 40}]
    assert latency.enrichment_ms(orjson.dumps({"data": {"enrichment": {"steps": steps}}})) == 41.5
    rounds = [Round([Trip(5, arrived, 40)], [Trip(2, 10, 0)]) for arrived in (60, 64)]
    figure = latency.figure(rounds, SCALE)
    values = {row.label: row.spread.median for row in figure.rows}
    assert values["post → webhook but the enrichment, p50"] == 22
    assert values["copydesk but the enrichment ÷ bare chain"] == 2.2
    assert [goal.reached for goal in figure.goals] == [True]


def test_slower_than_the_goal_is_said() -> None:
    figure = latency.figure([Round([Trip(5, 70, 40)], [Trip(2, 10, 0)])], SCALE)
    assert [(goal.reached, goal.found) for goal in figure.goals] == [(False, "enrichment + 30.0 ms")]
