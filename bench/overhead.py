"""CPU a story: everything but the pure pipeline."""

from bench import walk
from bench.figures import Figure, Row, Scale, Spread, Tell, at_most
from bench.receiver import Receiver
from bench.tree import OWN, SERVERS, grown

MOST_MS = 5.0


def measure(scale: Scale, tell: Tell) -> Figure:
    """Sends stories through the whole tree at full speed, the pipeline alone in between."""
    pipeline = walk.settled_pipeline()
    costs: list[walk.Cost] = []
    alone: list[float] = []
    with Receiver() as receiver, grown() as tree:
        walk.subscribe(tree, receiver.endpoint())
        walk.go(tree, receiver, walk.WARM_UP)
        for turn in range(scale.rounds):
            tell(f"round {turn + 1} of {scale.rounds}")
            costs.append(walk.go(tree, receiver, scale.stories))
            alone.append(walk.pipeline_ms(pipeline, min(scale.stories, 100)))
    own = Spread.of(cost.own(pure) for cost, pure in zip(costs, alone, strict=True))
    return Figure(
        "CPU milliseconds a story",
        f"{scale.stories} stories a round go through the whole walk at full speed, from the post to one"
        " subscriber's endpoint. The CPU time of every process, children included, is divided by the stories."
        " The pure pipeline is measured alone on the same story between the rounds, and taken off enrich.",
        (
            *(_row(name, costs, alone) for name in OWN),
            Row("copydesk together", own, "ms"),
            *(_row(name, costs, alone) for name in SERVERS),
            Row("servers together", Spread.of(cost.servers() for cost in costs), "ms"),
            Row("the pure pipeline", Spread.of(alone), "ms", "peer"),
        ),
        (at_most("CPU of copydesk's processes but the pure pipeline, a story", own, MOST_MS, "ms"),),
        (
            "PostgreSQL and Redis are counted apart: the goal is for copydesk's own processes.",
            "What enrich loses by sharing its core's caches counts here as enrich's, not as the pipeline's.",
        ),
    )


def _row(name: str, costs: list[walk.Cost], alone: list[float]) -> Row:
    spent = [cost.milliseconds[name] for cost in costs]
    if name == "enrich":
        rest = Spread.of(each - pure for each, pure in zip(spent, alone, strict=True))
        return Row("enrich but the pure pipeline", rest, "ms")
    return Row({"postgresql": "PostgreSQL", "redis": "Redis"}.get(name, name), Spread.of(spent), "ms")
