"""Many endpoints subscribed to the same events, which are published as fast as they arrive."""

import time
from dataclasses import dataclass
from uuid import UUID

import psycopg

from bench import client, stories, walk
from bench.arrivals import Arrivals, Reconciled
from bench.figures import Tell
from bench.filling import publish
from bench.receiver import Receiver
from bench.tree import Tree

ONLY = ("ingest", "enrich", "dispatcher")  # the first two for one story
PARAGRAPHS = 3  # of the story: its webhook has about 7 KB
AHEAD = 6  # events: the next one is published once all before these have arrived everywhere
PATIENCE_SECONDS = 120.0  # longer than a delivery that timed out needs for its second try
WARM_UP_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Drive:
    """What one drive came to: its deliveries, their milliseconds, and what one cost.

    Args:
        seconds: from the first publishing to the last arrival.
        reconciled: owed, lost, received again.
        milliseconds: from each publishing to each arrival.
        cpu: milliseconds a delivery, by process; that of the receiver included.
    """

    seconds: float
    reconciled: Reconciled
    milliseconds: list[float]
    cpu: dict[str, float]

    @property
    def rate(self) -> float:
        """Deliveries a second."""
        return self.reconciled.owed / self.seconds


class Crowd:
    """Endpoints of one receiver, subscribed in one tree.

    Args:
        tree: grown with `ONLY`.
        receiver: where they are.
        count: how many endpoints.
        hanging: how many more that never answer.
    """

    def __init__(self, tree: Tree, receiver: Receiver, count: int, *, hanging: int = 0) -> None:
        self.tree = tree
        self.receiver = receiver
        self.urls = [receiver.endpoint(number) for number in range(count)]
        self._hanging = [receiver.endpoint(number, hanging=True) for number in range(hanging)]

    def gather(self, tell: Tell) -> None:
        """Publishes one real story, to be copied, to nobody; then subscribes the endpoints."""
        tell("publishing the story that is copied")
        bodies = stories.bodies(stories.beginning(PARAGRAPHS))
        client.post_all(self.tree.stories_url, bodies, token=self.tree.token, seconds=60, most=1)
        with psycopg.connect(self.tree.url, autocommit=True) as connection:
            _await_event(connection)
        for name in ("ingest", "enrich"):
            self.tree.halt(name)
        for url in (*self._hanging, *self.urls):
            walk.subscribe(self.tree, url)

    def warm_up(self, tell: Tell) -> None:
        """Opens connections and loads code."""
        self.drive(WARM_UP_SECONDS, tell)

    def drive(self, seconds: float, tell: Tell, *, most: int | None = None) -> Drive:
        """Publishes for so long, or `most` events, and waits until all has arrived.

        Raises:
            TimeoutError: something did not arrive, or was not settled.
        """
        self.receiver.arrivals()  # what came before is not ours
        before, used = self.receiver.count(), self._cpu_seconds()
        events: list[UUID] = []
        began = time.perf_counter()
        with psycopg.connect(self.tree.url, autocommit=True) as connection:
            while (spent := time.perf_counter() - began) < seconds and len(events) != most:
                tell(f"{spent:.0f} s, {len(events) * len(self.urls):,} published")
                events += publish(connection)
                self._await(before, len(events) - AHEAD)
        self._await(before, len(events))
        spent = time.perf_counter() - began
        walk.await_settled(self.tree, PATIENCE_SECONDS)
        now = self._cpu_seconds()
        reconciled = self._reconcile(events, arrived := self.receiver.arrivals())
        cpu = {name: 1000 * (now[name] - used[name]) / max(reconciled.owed, 1) for name in now}
        return Drive(spent, reconciled, arrived.milliseconds, cpu)

    def _await(self, before: int, events: int) -> None:
        self.receiver.await_count(before + events * len(self.urls), PATIENCE_SECONDS)

    def _reconcile(self, events: list[UUID], arrived: Arrivals) -> Reconciled:
        return arrived.reconcile(map(str, events), [url.rpartition("/")[2] for url in self.urls])

    def _cpu_seconds(self) -> dict[str, float]:
        return {**self.tree.cpu_seconds(), "receiver": self.receiver.cpu_seconds()}


def _await_event(connection: psycopg.Connection, seconds: float = 60.0) -> None:
    """Returns once the story was fanned out to nobody."""
    deadline = time.monotonic() + seconds
    while not connection.execute("SELECT 1 FROM events WHERE position IS NOT NULL").fetchone():
        if time.monotonic() > deadline:
            raise TimeoutError(f"no story was published within {seconds:g} s")
        time.sleep(0.05)
