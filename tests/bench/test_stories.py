import itertools

import orjson

from bench import stories
from copydesk import contracts


def test_the_input_is_a_valid_story_of_about_400_words() -> None:
    story = stories.document()
    assert contracts.violations("story", story) == []
    assert 380 <= len(story["body"].split()) <= 450


def test_every_body_has_a_uri_of_its_own_and_the_same_size() -> None:
    posted = list(itertools.islice(stories.bodies(stories.document()), 50))
    assert len({orjson.loads(body)["uri"] for body in posted}) == 50
    assert len({len(body) for body in posted}) == 1


def test_a_repeated_story_is_valid_and_just_large_enough() -> None:
    story = stories.repeated(7_000)
    assert contracts.violations("story", story) == []
    assert 7_000 <= len(stories.encoded(story)) < 7_700
