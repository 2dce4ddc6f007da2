"""Who wants a record: the index over the filters of many subscriptions, beside a loop over the same."""

import random
import time
from collections.abc import Callable
from typing import Any

from bench import stories
from bench.figures import Figure, Row, Scale, Spread, Tell, at_most
from copydesk.model import EventType, Listener, Unplaced, new_id
from services.enrich.catalogue import load
from services.enrich.pipeline import Story, load_pipeline
from services.publish import filters
from services.publish.matching import Index

SUBSCRIPTIONS = 10_000
GOAL_MILLISECONDS = 5
TYPES = (EventType.PUBLISHED, EventType.UPDATED)
TYPES = (EventType.PUBLISHED, EventType.UPDATED)


def event() -> Unplaced:
    """Returns the event of the story that is measured with, enriched."""
    document = stories.document()
    story = Story(document["title"], document["body"])
    record = load_pipeline().enrich(story)
    return Unplaced(new_id(), EventType.PUBLISHED, "desk", "en", record, story.title, story.body)


def listeners(count: int, seed: int = 1) -> list[Listener]:
    """Returns subscriptions over what the catalogue knows, one in ten to everything; the same each time."""
    dice = random.Random(seed)  # noqa: S311 - filters, no secrets
    entries = load().entries
    actors = sorted({entry.id for entry in entries})
    countries = sorted({entry.country for entry in entries if entry.country})
    return [Listener(new_id(), "desk", _filter(dice, actors, countries)) for _ in range(count)]


def _filter(dice: random.Random, actors: list[str], countries: list[str]) -> dict[str, Any] | None:
    kinds: tuple[Callable[[], dict[str, Any] | None], ...] = (
        lambda: None,
        lambda: {"actors": dice.sample(actors, dice.randint(1, 20))},
        lambda: {"countries": dice.sample(countries, dice.randint(1, 3)), "languages": ["en"]},
        lambda: {"keywords": [_word(dice), f"{_word(dice)} {_word(dice)}"], "none": [{"sources": ["sport"]}]},
        lambda: {"sectors": ["GOV"], "places": [_word(dice)], "min_salience": 0.3},
        lambda: {
            "languages": ["en", "fr"],
            "any": [{"actors": dice.sample(actors, 3)}, {"keywords": [_word(dice)]}],
            "none": [{"countries": dice.sample(countries, 2)}],
        },
    )
    return dice.choices(kinds, (10, 25, 15, 10, 15, 25))[0]()


def _word(dice: random.Random) -> str:
    return f"word{dice.randrange(10_000)}"


def measure(scale: Scale, tell: Tell) -> Figure:
    """Measures the index and the loop in turn, and that both find the same."""
    tell("enriching the story")
    told = event()
    tell(f"making {SUBSCRIPTIONS} subscriptions")
    subscribed = listeners(SUBSCRIPTIONS)
    index = Index()
    began = time.process_time()
    for each in subscribed:
        index.put(each, TYPES)
    built = 1_000 * (time.process_time() - began)
    conditions = [(each.id, filters.condition(each.filter)) for each in subscribed]

    def loop() -> list[Any]:
        facts = filters.facts(told)
        return [each for each, condition in conditions if condition.holds(facts)]

    found = sorted(index.wanting(told))
    if found != sorted(loop()):
        raise RuntimeError("the index finds others than the loop does")
    tell("matching")
    rounds = [(_milliseconds(lambda: index.wanting(told)), _milliseconds(loop)) for _ in range(scale.rounds)]
    ours, peers = (Spread.of(column) for column in zip(*rounds, strict=True))
    return Figure(
        f"Matching a record against {SUBSCRIPTIONS} subscriptions",
        "The event of the story of this page, with its record and its words, is held against filters over"
        " actors and countries of the catalogue, places and words, with `any` and `none`; a tenth of the"
        " subscriptions have none. The loop holds it against each of them, prepared beforehand. CPU time.",
        (
            Row("with the index", ours, "ms"),
            Row("with a loop", peers, "ms", "peer"),
            Row("loop / index", peers / ours, "times"),
            Row("building the index", Spread.of([built]), "ms"),
        ),
        (at_most(f"one record, {SUBSCRIPTIONS} subscriptions", ours, GOAL_MILLISECONDS, "ms"),),
        (f"{len(found)} of the subscriptions want the event.",),
    )


def _milliseconds(work: Callable[[], object], times: int = 10) -> float:
    began = time.process_time()
    for _ in range(times):
        work()
    return 1_000 * (time.process_time() - began) / times
