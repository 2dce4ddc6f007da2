"""Stories through the whole walk: posted at full speed, awaited at an endpoint, and what they cost."""

import time
from dataclasses import dataclass

from sqlalchemy import text

from bench import client, stories
from bench.receiver import Receiver
from bench.tree import OWN, SERVERS, Tree
from copydesk.model import EventType
from copydesk.process import settle_in
from copydesk.store import subscriptions
from services.enrich.pipeline import Pipeline, Story, load_pipeline

WARM_UP = 20  # stories: connections are open and code is loaded afterwards
SECRET = b"measured with a made-up secret!!"
_PATIENCE = 60.0  # seconds, and more for every story
_STORY_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU milliseconds that a story took, by process; the pure pipeline included."""

    milliseconds: dict[str, float]

    def own(self, pipeline_ms: float) -> float:
        """Returns what the processes of copydesk took without the pure pipeline."""
        return sum(self.milliseconds[name] for name in OWN) - pipeline_ms

    def servers(self) -> float:
        """Returns what PostgreSQL and Redis took."""
        return sum(self.milliseconds[name] for name in SERVERS)


def subscribe(tree: Tree, url: str) -> None:
    """Subscribes an endpoint to everything that is published."""
    wanted = {"url": url, "event_types": [EventType.PUBLISHED, EventType.UPDATED]}
    with tree.database.transaction() as connection:
        subscriptions.create(connection, "bench", SECRET, wanted)


def go(tree: Tree, receiver: Receiver, count: int) -> Cost:
    """Posts `count` stories at full speed, awaits their deliveries, and returns what one cost.

    Raises:
        TimeoutError: they did not come.
    """
    patience = _PATIENCE + count * _STORY_SECONDS
    before, used = receiver.count(), tree.cpu_seconds()
    bodies = stories.bodies(stories.document())
    client.post_all(tree.stories_url, bodies, token=tree.token, seconds=patience, most=count)
    receiver.await_count(before + count, patience)
    await_settled(tree)
    spent = tree.cpu_seconds()
    return Cost({name: 1000 * (spent[name] - used[name]) / count for name in spent})


def settled_pipeline() -> Pipeline:
    """Returns the pipeline as a worker has it: used once, so that all is loaded, and settled in."""
    made = load_pipeline()
    made.enrich(Story.from_document(stories.document()))
    settle_in()
    return made


def pipeline_ms(pipeline: Pipeline, count: int) -> float:
    """Returns the CPU milliseconds of one enrichment of the story, computed `count` times in this process."""
    story = Story.from_document(stories.document())
    pipeline.enrich(story)
    began = time.process_time()
    for _ in range(count):
        pipeline.enrich(story)
    return 1000 * (time.process_time() - began) / count


def await_settled(tree: Tree, seconds: float = 10.0) -> None:
    """The dispatcher notes a delivery a moment after it was received."""
    deadline = time.monotonic() + seconds
    while True:
        with tree.database.transaction() as connection:
            if not connection.execute(text(UNSETTLED)).scalar():
                return
        if time.monotonic() > deadline:
            raise TimeoutError(f"deliveries were not settled within {seconds:g} s")
        time.sleep(0.05)


# Each by its partial index. `state IN (…)` reads the whole table, and what that costs would be copydesk's.
UNSETTLED = """
    SELECT EXISTS (SELECT 1 FROM deliveries WHERE state = 'due')
        OR EXISTS (SELECT 1 FROM deliveries WHERE state = 'sending')
"""
