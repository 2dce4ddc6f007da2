"""Runs the pipeline over the gold stories and scores what it finds."""

from collections.abc import Iterable

from services.enrich.pipeline import Pipeline, Story, load_pipeline
from tests.gold.gold import GoldStory
from tests.gold.scoring.counts import Tally
from tests.gold.scoring.story import score


def evaluate(stories: Iterable[GoldStory], pipeline: Pipeline | None = None) -> dict[str, Tally]:
    """Returns the tally of each story, by name; the pipeline is the one that workers run unless given.

    Raises:
        AssertionError: a step of the pipeline failed on a story.
    """
    used = pipeline or load_pipeline()
    tallies: dict[str, Tally] = {}
    for story in stories:
        enrichment = used.enrich(Story(story.title, story.body, "en"))
        failed = [step for step in enrichment["enrichment"]["steps"] if step["status"] == "failed"]
        assert not failed, f"{story.slug}: {failed}"
        tallies[story.slug] = score(story, enrichment)
    return tallies
