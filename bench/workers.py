"""Stories a second through enrich, with one worker and with two."""

import time
from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import text

from bench import client, stories, walk
from bench.figures import Figure, Row, Scale, Spread, Tell
from bench.tree import Tree, grown

PATIENCE_SECONDS = 300.0
Step = tuple[str, float, float]  # worker, began, ended; in seconds


def measure(scale: Scale, tell: Tell) -> Figure:
    """Prepares a backlog, starts one worker, then two, and counts while all of them are at work."""
    pipeline = walk.settled_pipeline()
    rates: dict[int, list[float]] = {1: [], 2: []}
    alone: list[float] = []
    with grown(workers=2, only=["ingest"]) as tree:
        for turn in range(scale.rounds):
            for count, found in rates.items():
                tell(f"round {turn + 1} of {scale.rounds}, workers: {count}")
                found.append(_work(tree, count, scale.stories * count))
            alone.append(1000 / walk.pipeline_ms(pipeline, min(scale.stories, 100)))
    one, two = Spread.of(rates[1]), Spread.of(rates[2])
    return Figure(
        "Workers",
        f"A backlog of {scale.stories} stories for each worker waits before the workers start, one story at a"
        " time each; stories are counted while all of them are at work. Beside them, the pure pipeline alone"
        " in one process.",
        (
            Row("1 worker", one, "stories/s"),
            Row("2 workers", two, "stories/s"),
            Row("2 workers ÷ 1", two / one, ""),
            Row("the pure pipeline on one core", Spread.of(alone), "stories/s", "limit"),
        ),
        notes=("PostgreSQL and Redis share the cores with the workers.",),
    )


def _work(tree: Tree, workers: int, stories_wanted: int) -> float:
    """Returns the stories a second that so many workers enriched together."""
    before = _now(tree)
    bodies = stories.bodies(stories.document())
    client.post_all(tree.stories_url, bodies, token=tree.token, seconds=PATIENCE_SECONDS, most=stories_wanted)
    names = [f"enrich-{number + 1}" for number in range(workers)]
    for name in names:
        tree.launch(name)
    _await_none_waiting(tree)
    for name in names:
        tree.halt(name)
    return rate(_steps(tree, before), workers)


def rate(steps: Iterable[Step], workers: int) -> float:
    """Returns the stories a second from when the last worker had begun until the first one ran dry.

    Raises:
        ValueError: fewer workers than that took part.
    """
    turns: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for worker, began, ended in steps:
        turns[worker].append((began, ended))
    if len(turns) < workers:
        raise ValueError(f"{len(turns)} of {workers} workers took part")
    first = max(min(began for began, _ in each) for each in turns.values())
    last = min(max(ended for _, ended in each) for each in turns.values())
    done = sum(first < ended <= last for each in turns.values() for _, ended in each)
    return done / (last - first)


def _now(tree: Tree) -> object:
    with tree.database.transaction() as connection:
        return connection.execute(text("SELECT clock_timestamp()")).scalar_one()


def _await_none_waiting(tree: Tree) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with tree.database.transaction() as connection:
            if not connection.execute(_WAITING).scalar():
                return
        if time.monotonic() > deadline:
            raise TimeoutError(f"the backlog was not worked off within {PATIENCE_SECONDS:g} s")
        time.sleep(0.1)


_WAITING = text("SELECT EXISTS (SELECT 1 FROM revisions WHERE state IN ('accepted', 'enriching'))")


def _steps(tree: Tree, since: object) -> list[Step]:
    with tree.database.transaction() as connection:
        rows = connection.execute(_STEPS, {"since": since})
        return [(worker, float(began), float(began) + float(seconds)) for worker, began, seconds in rows]


_STEPS = text("""
    SELECT worker, extract(epoch FROM started_at), duration_ms / 1000 FROM steps
    WHERE name = 'enrich' AND outcome = 'ok' AND started_at >= :since
""")
