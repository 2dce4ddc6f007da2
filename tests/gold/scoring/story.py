"""Scores one story: what copydesk found in it against what is marked in it."""

from collections.abc import Mapping
from typing import Any

from tests.gold.gold import GoldStory
from tests.gold.scoring.cast import match, score_actors, score_places
from tests.gold.scoring.counts import Tally
from tests.gold.scoring.highlights import score_highlights
from tests.gold.scoring.mentions import note_confidences, score_names, score_nominals
from tests.gold.scoring.opinions import score_opinions


def score(story: GoldStory, enrichment: Mapping[str, Any]) -> Tally:
    """Returns the counts and errors of one story; `enrichment` is what `Pipeline.enrich` returns."""
    tally = Tally()
    actors = enrichment["actors"]
    matched = match(story, actors, story.actors)
    score_names(story, enrichment, tally)
    note_confidences(story, actors, tally)
    score_nominals(story, actors, matched, tally)
    score_actors(story, actors, matched, tally)
    score_places(story, enrichment["places"], tally)
    score_opinions(story, enrichment["opinions"], actors, matched, tally)
    score_highlights(story, enrichment["highlights"], tally)
    return tally
