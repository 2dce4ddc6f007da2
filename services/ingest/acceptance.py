"""How bytes become a promise: parsed, validated, committed."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from copydesk import metrics
from copydesk.model import Lane, RevisionState
from copydesk.store import stories
from copydesk.store.database import Database
from copydesk.web import documents
from copydesk.web.problems import ProblemError
from services.ingest.identity import content_sha256, content_uri


@dataclass(frozen=True, slots=True)
class Receipt:
    """A revision that is committed; `created` is false where it was there before."""

    story_id: UUID
    revision_id: UUID
    version: int
    state: RevisionState
    lane: Lane
    created: bool


def accept(database: Database, source: str, data: bytes) -> Receipt:
    """Commits the story that `data` holds; the same story twice is one revision.

    Raises:
        CallerError: the bytes are not a story, or its version is there with other content.
        OutageError: the database is away; the story may be there or not.
    """
    story = documents.validate(data, "story")
    sha256 = content_sha256(story)
    story.setdefault("uri", content_uri(sha256))
    lane = Lane(story["priority"])
    receipt = _store(database, source, story, sha256, lane)
    counter = metrics.STORIES_ACCEPTED if receipt.created else metrics.STORIES_REPEATED
    counter.labels(lane).inc()
    return receipt


def _store(database: Database, source: str, story: dict[str, Any], sha256: bytes, lane: Lane) -> Receipt:
    try:
        with database.transaction() as connection:
            kept = stories.accept(
                connection,
                source=source,
                uri=story["uri"],
                version=story["version"],
                document=story,
                content_sha256=sha256,
                lane=lane,
            )
    except stories.VersionConflictError:
        raise ProblemError(
            "version_conflict",
            f"Version {story['version']} of this uri has other content: post a correction with a higher one.",
        ) from None
    return Receipt(kept.story_id, kept.revision_id, kept.version, kept.state, lane, kept.created)
