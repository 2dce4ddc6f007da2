"""Memory of each process while it has nothing to do."""

import time

from bench import walk
from bench.figures import Figure, Goal, Row, Scale, Spread, Tell, number
from bench.receiver import Receiver
from bench.tree import OWN, grown

MOST_MB = 120.0
BOUND = tuple(name for name in OWN if name != "enrich")  # enrich holds the catalogue, twice
REST_SECONDS = 5.0


def measure(scale: Scale, tell: Tell) -> Figure:
    """Lets stories through, waits until all is quiet, and looks at the processes now and then."""
    found: dict[str, list[float]] = {name: [] for name in OWN}
    with Receiver() as receiver, grown() as tree:
        walk.subscribe(tree, receiver.endpoint())
        tell("warming up")
        walk.go(tree, receiver, scale.stories)
        time.sleep(REST_SECONDS)
        for turn in range(scale.rounds):
            tell(f"look {turn + 1} of {scale.rounds}")
            for name, size in tree.memory_bytes().items():
                found[name].append(size / 1e6)
            time.sleep(1)
    spreads = {name: Spread.of(sizes) for name, sizes in found.items()}
    return Figure(
        "Memory of each process, idle",
        f"Proportional memory (PSS: what processes share is divided among them), children included, from"
        f" {REST_SECONDS:g} s after {scale.stories} stories went through.",
        tuple(Row(name, spread, "MB") for name, spread in spreads.items()),
        tuple(
            Goal(
                f"{name} ≤ {MOST_MB:g} MB",
                f"{number(spreads[name].median)} MB",
                spreads[name].median <= MOST_MB,
            )
            for name in BOUND
        ),
        ("enrich is two processes: Celery's parent and the child that works.",),
    )
