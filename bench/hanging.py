"""Memory of a dispatcher with many endpoints that take requests and never answer."""

import time
from dataclasses import dataclass, field

import psycopg

from bench.crowd import ONLY, Crowd
from bench.figures import Figure, Row, Scale, Spread, Tell, at_most, percentile
from bench.filling import publish
from bench.receiver import Receiver
from bench.tree import Tree, grown
from copydesk.settings import DispatcherSettings

MOST_MB = 150.0
IN_FLIGHT, SLOW_IN_FLIGHT = (
    int(DispatcherSettings.model_fields[name].default) for name in ("in_flight", "slow_in_flight")
)
SECONDS = 40.0  # every attempt of the first ones has run out by then, and the next ones hang
PAUSE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Watch:
    """What was seen: megabytes of the dispatcher, before and each second.

    Args:
        idle: megabytes before.
        sizes: megabytes, each second.
        hanging: deliveries without an answer, each second.
        milliseconds: from publishing until it arrived at the endpoint that answers.
    """

    idle: float
    sizes: list[float] = field(default_factory=list)
    hanging: list[int] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)


def measure(scale: Scale, tell: Tell) -> Figure:
    """Owes the endpoints more and more."""
    return figure(scale, _watch(scale, tell))


def figure(scale: Scale, seen: Watch) -> Figure:
    """Returns the figure; the goal is for the most that was ever taken."""
    most = Spread.of([max(seen.sizes)])
    rows = [
        Row("before", Spread.of([seen.idle]), "MB"),
        Row("the most", most, "MB"),
        Row("the most without an answer at once", Spread.of([max(seen.hanging)]), "deliveries"),
    ]
    if seen.milliseconds:
        slow = Spread.of([percentile(seen.milliseconds, 95)])
        rows.append(Row("publish → received where it answers, p95", slow, "ms"))
    return Figure(
        f"Memory with {scale.hanging:,} hanging endpoints",
        f"An event a second for {SECONDS:g} s is owed to {scale.hanging:,} endpoints that take the request"
        " and never answer, and to one that does. Proportional memory (PSS) of the dispatcher, looked at each"
        f" second, with the default of {IN_FLIGHT} in flight, and {SLOW_IN_FLIGHT:,} slow ones besides.",
        tuple(rows),
        (at_most("the most of all", most, MOST_MB, "MB"),),
        ("What is owed waits in PostgreSQL: a dispatcher holds no more than what is in flight.",),
    )


def _watch(scale: Scale, tell: Tell) -> Watch:
    with Receiver() as receiver, grown(only=ONLY) as tree:
        crowd = Crowd(tree, receiver, 1, hanging=scale.hanging)
        crowd.gather(tell)
        seen = Watch(_megabytes(tree))
        began = time.perf_counter()
        with psycopg.connect(tree.url, autocommit=True) as connection:
            while (spent := time.perf_counter() - began) < SECONDS:
                publish(connection)
                time.sleep(PAUSE_SECONDS)
                seen.sizes.append(_megabytes(tree))
                seen.hanging.append(_hanging(connection))
                tell(f"{spent:.0f} s of {SECONDS:g}, {seen.hanging[-1]:,} hang")
        seen.milliseconds.extend(receiver.arrivals().milliseconds)
    return seen


def _megabytes(tree: Tree) -> float:
    return tree.memory_bytes()["dispatcher"] / 1e6


def _hanging(connection: psycopg.Connection) -> int:
    ((count,),) = connection.execute("SELECT count(*) FROM deliveries WHERE state = 'sending'").fetchall()
    return int(count)
