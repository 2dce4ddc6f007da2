"""How bytes become a promise: parsed, validated, committed."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.exc import DBAPIError

from copydesk import metrics
from copydesk.model import Lane
from copydesk.store import stories
from copydesk.store.database import Database
from copydesk.store.stories import Accepted, Post, VersionConflictError
from copydesk.web import documents
from copydesk.web.problems import ProblemError
from services.ingest.identity import content_sha256, content_uri

Result = Accepted | Exception


def accept(database: Database, source: str, data: bytes) -> Accepted:
    """Commits the story that `data` holds; the same story twice is one revision.

    Raises:
        CallerError: the bytes are not a story, or its version is there with other content.
        OutageError: the database is away; the story may be there or not.
    """
    (result,) = commit(database, [post_of(source, documents.validate(data, "story"))])
    if isinstance(result, Exception):
        raise result
    return result


def post_of(source: str, story: dict[str, Any]) -> Post:
    """Returns what is stored of a valid story with its defaults; gives it a uri where it has none."""
    sha256 = content_sha256(story)
    uri = story.setdefault("uri", content_uri(sha256))
    return Post(source, uri, story["version"], Lane(story["priority"]), sha256, story)


def commit(database: Database, posts: Sequence[Post]) -> list[Result]:
    """Commits stories in one transaction, and returns for each what became of it, or why nothing did.

    A fault of the database with one of them is that one's alone: the others are committed without it.

    Args:
        database: where to.
        posts: no two of the same story.

    Raises:
        OutageError: the database is away; each story may be there or not.
    """
    try:
        with database.transaction() as connection:
            results = stories.accept(connection, posts)
    except DBAPIError as error:
        return [error] if len(posts) == 1 else [each for post in posts for each in commit(database, [post])]
    return [_told(post, result) for post, result in zip(posts, results, strict=True)]


def _told(post: Post, result: Accepted | VersionConflictError) -> Result:
    if isinstance(result, VersionConflictError):
        return ProblemError(
            "version_conflict",
            f"Version {post.version} of this uri has other content: post a correction with a higher one.",
        )
    counter = metrics.STORIES_ACCEPTED if result.created else metrics.STORIES_REPEATED
    counter.labels(result.lane).inc()
    return result
