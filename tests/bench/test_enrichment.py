from bench import enrichment
from bench.figures import Spread, at_most


def test_a_step_takes_as_many_milliseconds_a_story_as_its_words_take() -> None:
    spent = enrichment.a_story(Spread.of([400_000.0, 100_000.0, 50_000.0]), 400)
    assert spent.values == (1.0, 4.0, 8.0)
    assert at_most("highlights of a story", spent, enrichment.MOST_HIGHLIGHTS_MS, "ms").reached


def test_highlights_that_take_longer_than_five_milliseconds_miss_the_goal() -> None:
    slow = enrichment.a_story(Spread.of([79_000.0]), 400)
    assert not at_most("highlights of a story", slow, enrichment.MOST_HIGHLIGHTS_MS, "ms").reached
