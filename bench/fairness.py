"""What one endpoint that hangs, or one that is owed very much, costs the others."""

import time
from collections.abc import Mapping, Sequence
from uuid import UUID

import psycopg

from bench import walk
from bench.crowd import ONLY, PATIENCE_SECONDS, Crowd
from bench.figures import Figure, Goal, Row, Scale, Spread, Tell, number, percentile
from bench.filling import fill, publish
from bench.receiver import Receiver
from bench.tree import Tree, grown
from copydesk.model import EventType
from copydesk.settings import DispatcherSettings
from copydesk.store import subscriptions

OTHERS = 20  # endpoints, of which the time is taken
EVENTS_PER_SECOND = 10.0
MOST_RATIO, MOST_MS = 1.5, 20.0
HANGING = 1_000  # due deliveries to the one that hangs
SEND_SECONDS: float = DispatcherSettings.model_fields["send_timeout_seconds"].default
ALONE = "the others alone"
BESIDE = {"hanging": "beside one that hangs", "busy": "beside one with much due"}


def measure(scale: Scale, tell: Tell) -> Figure:
    """Publishes at an even pace: to the others alone, beside one that hangs, beside one with much due."""
    found: dict[str, list[float]] = {name: [] for name in (ALONE, *BESIDE.values())}
    with Receiver() as receiver, Receiver() as apart, grown(only=ONLY) as tree:
        world = World(tree, receiver, apart)
        world.fill(scale.due, tell)
        world.publish(scale.evenly)  # connections are open and code is loaded afterwards
        for turn in range(scale.rounds):
            tell(f"round {turn + 1} of {scale.rounds}: {ALONE}")
            found[ALONE].append(world.publish(scale.evenly))
            for name, shown in BESIDE.items():
                tell(f"round {turn + 1} of {scale.rounds}: {shown}")
                world.enable(name)
                found[shown].append(world.publish(scale.evenly))
                world.disable(name)
    return figure(scale, found)


def figure(scale: Scale, found: Mapping[str, Sequence[float]]) -> Figure:
    """Returns the figure: the 99th percentile of each round, in ms, held against that of the others alone."""
    allowed = [MOST_RATIO * each + MOST_MS for each in found[ALONE]]
    return Figure(
        "Fairness",
        f"{EVENTS_PER_SECOND:g} events a second for {scale.evenly:g} s to {OTHERS} endpoints: alone; beside"
        f" an endpoint with {HANGING:,} deliveries due that takes requests and never answers, for"
        f" {SEND_SECONDS:g} s each; beside one that answers and has {scale.due:,} due. One dispatcher with"
        " default settings. Of each round the 99th percentile from publishing to arrival at the others.",
        tuple(Row(f"publish → received, p99, {name}", Spread.of(each), "ms") for name, each in found.items()),
        tuple(_goal(name, found[name], allowed) for name in BESIDE.values()),
    )


def _goal(name: str, values: Sequence[float], allowed: Sequence[float]) -> Goal:
    share = Spread.of(value / most for value, most in zip(values, allowed, strict=True)).median
    wanted = f"p99 {name} ≤ {MOST_RATIO:g} times alone + {MOST_MS:g} ms"
    return Goal(wanted, f"{number(100 * share)} % of that", share <= 1)


class World:
    """One dispatcher, the others, the one that hangs, and the one that is busy.

    Args:
        tree: grown with `ONLY`.
        receiver: where the others are.
        apart: where the other two are: what arrives there is in nobody's time.
    """

    def __init__(self, tree: Tree, receiver: Receiver, apart: Receiver) -> None:
        self._tree = tree
        self._receiver = receiver
        self._urls = {"hanging": apart.endpoint(hanging=True), "busy": apart.endpoint()}
        self._ids: dict[str, UUID] = {}

    def fill(self, due: int, tell: Tell) -> None:
        """Stores so many stories, owes them to the one that is busy, and subscribes the others."""
        Crowd(self._tree, self._receiver, 0).gather(tell)
        fill(self._tree.url, due, tell)
        for name, count in (("hanging", min(HANGING, due)), ("busy", due)):
            tell(f"owing {count:,} deliveries")
            wanted = {"url": self._urls[name], "event_types": [EventType.UPDATED], "enabled": False}
            with self._tree.database.transaction() as connection:
                made = subscriptions.create(connection, "bench", walk.SECRET, wanted)["id"]
            self._ids[name] = made
            with psycopg.connect(self._tree.url, autocommit=True) as owing:
                owing.execute(_OWE, {"id": made, "count": count})
                owing.execute("VACUUM ANALYZE deliveries")
        for at in range(OTHERS):
            walk.subscribe(self._tree, self._receiver.endpoint(at))

    def publish(self, seconds: float) -> float:
        """Publishes at an even pace; returns the 99th percentile of the milliseconds to the others."""
        self._receiver.arrivals()
        before, events, began = self._receiver.count(), 0, time.perf_counter()
        with psycopg.connect(self._tree.url, autocommit=True) as connection:
            while (at := events / EVENTS_PER_SECOND) < seconds:
                time.sleep(max(began + at - time.perf_counter(), 0))
                publish(connection)
                events += 1
        self._receiver.await_count(before + events * OTHERS, PATIENCE_SECONDS)
        return percentile(self._receiver.arrivals().milliseconds, 99)

    def enable(self, name: str) -> None:
        """Lets one of the two be sent to, and returns when that has begun."""
        self._change(name, enabled=True)
        self._await(name, begun=True)

    def disable(self, name: str) -> None:
        """Ends that, and returns when nothing is under way to it."""
        self._change(name, enabled=False)
        self._await(name, begun=False)

    def _change(self, name: str, *, enabled: bool) -> None:
        with self._tree.database.transaction() as connection:
            subscriptions.change(connection, self._ids[name], None, {"enabled": enabled})

    def _await(self, name: str, *, begun: bool) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        with psycopg.connect(self._tree.url, autocommit=True) as connection:
            while connection.execute(_SENDING, {"id": self._ids[name]}).fetchone() != (begun,):
                if time.monotonic() > deadline:
                    raise TimeoutError(f"the one that is {name} did not change within {PATIENCE_SECONDS:g} s")
                time.sleep(0.01)


# As fan-out would have made them: each of the first version of another story.
_OWE = """
    INSERT INTO deliveries (id, event_id, subscription_id, state, story_id, edition)
    SELECT uuidv7(), id, %(id)s, 'due', story_id, 1::bigint << 32 | 1
    FROM events ORDER BY position LIMIT %(count)s
"""
_SENDING = "SELECT EXISTS (SELECT FROM deliveries WHERE subscription_id = %(id)s AND state = 'sending')"
