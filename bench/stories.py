"""The input: one story of about 400 words, under as many uris as are wanted."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

STORY = Path(__file__).with_name("story.json")
POSTED_BYTES = 7_000  # of a request's body where the story itself is too short
_NUMBERS = itertools.count(1)


def document() -> dict[str, Any]:
    """Returns the story."""
    story: dict[str, Any] = json.loads(STORY.read_text("utf-8"))
    return story


def repeated(size: int) -> dict[str, Any]:
    """Returns the story with its paragraphs over and over, until it has at least `size` bytes of JSON."""
    story = document()
    paragraphs = story["body"].split("\n\n")
    body: list[str] = []
    for paragraph in itertools.cycle(paragraphs):
        body.append(paragraph)
        story["body"] = "\n\n".join(body)
        if len(encoded(story)) >= size:
            return story
    raise AssertionError("a cycle never ends")


def beginning(paragraphs: int) -> dict[str, Any]:
    """Returns the story with its first paragraphs only."""
    story = document()
    return {**story, "body": "\n\n".join(story["body"].split("\n\n")[:paragraphs])}


def encoded(story: dict[str, Any]) -> bytes:
    """Returns a story as the body of a request."""
    return json.dumps(story, ensure_ascii=False, separators=(",", ":")).encode()


def bodies(story: dict[str, Any]) -> Iterator[bytes]:
    """Gives the story as bytes without end, each time under a uri that was never there before."""
    mark = "urn:copydesk:bench:000000000000"
    before, after = encoded({**story, "uri": mark}).split(mark.encode())
    for count in _NUMBERS:
        yield b"%surn:copydesk:bench:%012d%s" % (before, count, after)
