"""Stories and their revisions, as their source sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Integer, LargeBinary, Text, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import UUID as UUID_TYPE

from copydesk.errors import CopydeskError
from copydesk.model import Lane, Outcome, RevisionState, new_id


class VersionConflictError(CopydeskError):
    """The version exists with other content."""


@dataclass(frozen=True, slots=True)
class Post:
    """A valid story as a source posted it: one version of it."""

    source: str
    uri: str
    version: int
    lane: Lane
    content_sha256: bytes
    document: dict[str, Any]

    @property
    def key(self) -> tuple[str, str]:
        """What makes it a version of one story and not of another."""
        return self.source, self.uri


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of a posted story; `created` is false where it had been posted before."""

    story_id: UUID
    revision_id: UUID
    version: int
    lane: Lane
    state: RevisionState
    created: bool


def accept(
    connection: Connection, posts: Sequence[Post], *, worker: str = "ingest"
) -> list[Accepted | VersionConflictError]:
    """Stores revisions, marked as enqueued from now, and returns what became of each; safe to run twice.

    All that it makes bears the same `enqueued_at`: those of a lane go to the workers as one message, and
    the sweep counts messages by that time.

    Args:
        connection: an open transaction.
        posts: no two of the same story; each is judged by itself.
        worker: who accepts them.
    """
    rows = connection.execute(_ACCEPT, {**_columns(posts), "worker": worker}).all()
    return [_became(connection, posts[number - 1], *ids) for number, *ids in rows]


def _columns(posts: Sequence[Post]) -> dict[str, list[Any]]:
    return {
        "story_ids": [new_id() for _ in posts],
        "revision_ids": [new_id() for _ in posts],
        "step_ids": [new_id() for _ in posts],
        "sources": [post.source for post in posts],
        "uris": [post.uri for post in posts],
        "versions": [post.version for post in posts],
        "lanes": [post.lane for post in posts],
        "sha256s": [post.content_sha256 for post in posts],
        "documents": [post.document for post in posts],
    }


# Each story's row stays locked until the transaction ends: two versions of one come one after the other. All
# transactions lock them in the same order, so that no two wait for each other.
_ACCEPT = text("""
    WITH given AS (
        SELECT * FROM ROWS FROM (
            unnest(:story_ids, :revision_ids, :step_ids, :sources, :uris, :versions, :lanes, :sha256s),
            jsonb_array_elements(:documents)
        ) WITH ORDINALITY
            AS g(story_id, revision_id, step_id, source, uri, version, lane, sha256, document, number)
    ), story AS (
        INSERT INTO stories AS s (id, source, uri, newest_version)
        SELECT story_id, source, uri, version FROM given ORDER BY source, uri
        ON CONFLICT (source, uri)
            DO UPDATE SET newest_version = greatest(s.newest_version, excluded.newest_version)
        RETURNING id, source, uri
    ), made AS (
        INSERT INTO revisions (id, story_id, version, lane, content_sha256, document, state, enqueued_at)
        SELECT g.revision_id, s.id, g.version, g.lane, g.sha256, g.document, 'accepted', now()
        FROM given g JOIN story s USING (source, uri)
        ON CONFLICT (story_id, version) DO NOTHING
        RETURNING id
    ), noted AS (
        INSERT INTO steps (id, revision_id, name, generation, worker, outcome)
        SELECT g.step_id, g.revision_id, 'accept', 1, :worker, 'ok'
        FROM made m JOIN given g ON g.revision_id = m.id
    )
    SELECT g.number, s.id, m.id
    FROM given g JOIN story s USING (source, uri) LEFT JOIN made m ON m.id = g.revision_id
    ORDER BY g.number
""").bindparams(
    *(bindparam(name, type_=ARRAY(UUID_TYPE)) for name in ("story_ids", "revision_ids", "step_ids")),
    *(bindparam(name, type_=ARRAY(Text)) for name in ("sources", "uris", "lanes")),
    bindparam("documents", type_=JSONB),
    bindparam("versions", type_=ARRAY(Integer)),
    bindparam("sha256s", type_=ARRAY(LargeBinary)),
)


def _became(
    connection: Connection, post: Post, story_id: UUID, revision_id: UUID | None
) -> Accepted | VersionConflictError:
    if revision_id is not None:
        return Accepted(story_id, revision_id, post.version, post.lane, RevisionState.ACCEPTED, created=True)
    row = connection.execute(_KNOWN, {"story": story_id, "version": post.version}).one()
    if row.content_sha256 != post.content_sha256:
        return VersionConflictError(f"version {post.version} of this story is there with other content")
    return Accepted(story_id, row.id, post.version, post.lane, RevisionState(row.state), created=False)


_KNOWN = text(
    "SELECT id, state, content_sha256 FROM revisions WHERE story_id = :story AND version = :version"
)


def step(revision_id: UUID, name: str, worker: str, *, generation: int = 1) -> dict[str, Any]:
    """Returns a row of `steps` for something that was done at once and went well."""
    return {
        "id": new_id(),
        "revision_id": revision_id,
        "name": name,
        "generation": generation,
        "worker": worker,
        "outcome": Outcome.OK,
    }


def find(
    connection: Connection, story_id: UUID, source: str | None, version: int | None = None
) -> dict[str, Any] | None:
    """Returns a story with the state of one version (the newest by default) and its whole trace.

    Args:
        connection: an open transaction.
        story_id: the story's id.
        source: whose stories may be seen; `None` for everyone's.
        version: the version wanted.
    """
    row = (
        connection.execute(_STORY, {"story": story_id, "source": source, "version": version})
        .mappings()
        .first()
    )
    return {**_summary(row), "trace": trace(connection, story_id)} if row else None


def listing(  # noqa: PLR0913 - each is a filter of the API
    connection: Connection,
    *,
    source: str | None,
    uri: str | None,
    state: RevisionState | None,
    after: UUID | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Returns stories by id after `after`, `limit` at the most, each with its newest version's state."""
    rows = connection.execute(
        _LISTING, {"source": source, "uri": uri, "state": state, "after": after, "limit": limit}
    )
    return [_summary(row) for row in rows.mappings()]


def _summary(row: Any) -> dict[str, Any]:  # noqa: ANN401 - a row of the two queries below
    summary = {name: row[name] for name in _SUMMARY if name not in {"stage", "reason", "detail"}}
    held = row["state"] in {RevisionState.QUARANTINED, RevisionState.DISCARDED} and row["reason"]
    return {
        **summary,
        "reason": {name: row[name] for name in ("stage", "reason", "detail")} if held else None,
    }


_SUMMARY = (
    "id",
    "uri",
    "source",
    "version",
    "newest_version",
    "state",
    "published",
    "lane",
    "attempts",
    "accepted_at",
    "settled_at",
    "stage",
    "reason",
    "detail",
)
_COLUMNS = """
    s.id, s.uri, s.source, s.newest_version, r.version, r.state, r.published, r.lane, r.attempts,
    r.accepted_at, r.settled_at, r.stage, r.reason, r.detail
"""
_STORY = text(f"""
    SELECT {_COLUMNS}
    FROM stories s JOIN revisions r ON r.story_id = s.id
    WHERE s.id = :story
      AND (CAST(:source AS text) IS NULL OR s.source = :source)
      AND (CAST(:version AS integer) IS NULL OR r.version = :version)
    ORDER BY r.version DESC LIMIT 1
""")  # noqa: S608 - the columns are ours
_LISTING = text(f"""
    SELECT {_COLUMNS}
    FROM stories s JOIN revisions r ON r.story_id = s.id AND r.version = s.newest_version
    WHERE (CAST(:source AS text) IS NULL OR s.source = :source)
      AND (CAST(:uri AS text) IS NULL OR s.uri = :uri)
      AND (CAST(:state AS text) IS NULL OR r.state = :state)
      AND (CAST(:after AS uuid) IS NULL OR s.id > :after)
    ORDER BY s.id LIMIT :limit
""")  # noqa: S608 - the columns are ours


def trace(connection: Connection, story_id: UUID) -> list[dict[str, Any]]:
    """Returns every step of every revision of a story, deliveries included, in the order of time."""
    rows = connection.execute(_TRACE, {"story": story_id}).mappings()
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


_TRACE = text("""
    SELECT t.name AS step, r.version, t.generation, t.attempt, t.started_at AS at, t.duration_ms, t.worker,
           t.outcome, t.detail, NULL::uuid AS delivery, NULL::uuid AS subscription, NULL::text AS event,
           NULL::integer AS status, t.id AS id
    FROM steps t JOIN revisions r ON r.id = t.revision_id WHERE r.story_id = :story
    UNION ALL
    SELECT 'publish', r.version, e.generation, NULL, e.created_at, NULL, NULL, 'ok', NULL, NULL, NULL, e.type,
           NULL, e.id
    FROM events e JOIN revisions r ON r.id = e.revision_id WHERE e.story_id = :story
    UNION ALL
    SELECT 'deliver', r.version, e.generation, a.number, a.started_at, a.duration_ms, a.dispatcher,
           coalesce(a.error_class, 'ok'), a.detail, d.id, d.subscription_id, e.type, a.status, a.id
    FROM events e JOIN revisions r ON r.id = e.revision_id JOIN deliveries d ON d.event_id = e.id
         JOIN attempts a ON a.delivery_id = d.id
    WHERE e.story_id = :story
    UNION ALL
    SELECT 'owe', r.version, e.generation, d.attempts, d.due_at, NULL, NULL, d.state, NULL, d.id,
           d.subscription_id, e.type, d.status, d.id
    FROM events e JOIN revisions r ON r.id = e.revision_id JOIN deliveries d ON d.event_id = e.id
    WHERE e.story_id = :story AND d.state <> 'delivered'
    ORDER BY at, id
    LIMIT 1000
""")


@dataclass(frozen=True, slots=True)
class Finished:
    """What a record is made of; see `copydesk.records.build`."""

    story_id: UUID
    source: str
    uri: str
    version: int
    generation: int
    document: dict[str, Any]
    enrichment: dict[str, Any]
    finished_at: datetime


def finished(connection: Connection, story_id: UUID, version: int | None = None) -> Finished | None:
    """Returns a story's newest finished version, or the one asked for, if there is one."""
    row = connection.execute(_FINISHED, {"story": story_id, "version": version}).first()
    return Finished(*row) if row else None


_FINISHED = text("""
    SELECT s.id, s.source, s.uri, r.version, e.generation, r.document, e.enrichment, e.created_at
    FROM stories s JOIN revisions r ON r.story_id = s.id
         JOIN enrichments e ON e.revision_id = r.id
    WHERE s.id = :story AND (CAST(:version AS integer) IS NULL OR r.version = :version)
    ORDER BY r.version DESC, e.generation DESC LIMIT 1
""")
