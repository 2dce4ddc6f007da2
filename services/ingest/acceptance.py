"""How a valid story becomes a promise: named, judged beside what is there, committed."""

from collections.abc import Sequence
from typing import Any

import psycopg

from copydesk import metrics
from copydesk.model import Lane
from copydesk.store import stories
from copydesk.store.line import Line
from copydesk.store.stories import Accepted, Judged, Post, VersionConflictError
from copydesk.web.problems import ProblemError
from services.ingest.identity import content_sha256, content_uri

Result = Accepted | BaseException


def post_of(source: str, story: dict[str, Any]) -> Post:
    """Returns what is stored of a valid story with its defaults; gives it a uri where it has none."""
    sha256 = content_sha256(story)
    uri = story.setdefault("uri", content_uri(sha256))
    return Post(source, uri, story["version"], Lane(story["priority"]), sha256, story)


async def commit(line: Line, posts: Sequence[Post]) -> list[Result]:
    """Commits stories together, and returns for each what became of it, or why nothing did.

    A fault of the database with one of them is that one's alone: the others are committed without it.

    Args:
        line: where to.
        posts: no two of the same story.

    Raises:
        OutageError: the database is away; each story may be there or not.
    """
    try:
        judged = await line.carry_out(stories.accepting(posts))
    except psycopg.Error as error:
        return [error] if len(posts) == 1 else [each for post in posts for each in await commit(line, [post])]
    return [told(post, each) for post, each in zip(posts, judged, strict=True)]


def told(post: Post, judged: Judged) -> Result:
    """Counts what became of a post; returns it, or the problem that its source is told."""
    if isinstance(judged, VersionConflictError):
        return ProblemError(
            "version_conflict",
            f"Version {post.version} of this uri has other content: post a correction with a higher one.",
        )
    counter = metrics.STORIES_ACCEPTED if judged.created else metrics.STORIES_REPEATED
    metrics.of(counter, judged.lane).inc()
    return judged
