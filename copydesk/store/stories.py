"""Stories and their revisions, as their source sees them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

import orjson
from sqlalchemy import Connection, text

from copydesk.errors import CopydeskError
from copydesk.model import MESSAGE_IDS, Lane, Outcome, RevisionState, new_id
from copydesk.store.line import Plan, Question, as_json, as_jsonb


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
    """What became of a posted story; `created` is false where it had been posted before.

    What was created in one go and has the same number of a `message` goes to the workers together.
    """

    story_id: UUID
    revision_id: UUID
    version: int
    lane: Lane
    state: RevisionState
    created: bool
    message: int = 0


Judged: TypeAlias = Accepted | VersionConflictError


def accepting(posts: Sequence[Post], *, worker: str = "ingest") -> Plan[list[Judged]]:
    """Stores revisions, marked as enqueued, and returns what became of each; safe to carry out twice.

    The ids of a lane go to the workers in messages of `MESSAGE_IDS`. All that share a message bear one
    `enqueued_at`, and no other one of these does: by that time the sweep counts messages.

    Args:
        posts: no two of the same story; each is judged by itself, all are committed at once.
        worker: who accepts them.
    """
    ids = [(new_id(), new_id()) for _ in posts]
    messages = _messages(posts)
    given = [
        {
            "story_id": story_id,
            "revision_id": revision_id,
            "source": post.source,
            "uri": post.uri,
            "version": post.version,
            "lane": post.lane,
            "sha256": post.content_sha256.hex(),
            "message": message,
        }
        for post, (story_id, revision_id), message in zip(posts, ids, messages, strict=True)
    ]
    documents = b",".join(orjson.dumps(post.document) for post in posts)
    rows = yield Question(_ACCEPT, (as_json(orjson.dumps(given)), as_jsonb(b"[%b]" % documents), worker))
    judged: list[Judged] = []
    for post, (story_id, revision_id), message, (other_id, made) in zip(
        posts, ids, messages, rows, strict=True
    ):
        known = other_id or story_id
        if made:
            became = known, revision_id, post.version, post.lane, RevisionState.ACCEPTED
            judged.append(Accepted(*became, created=True, message=message))
        else:
            judged.append((yield from _repeated(post, known, worker)))
    return judged


def _messages(posts: Sequence[Post]) -> list[int]:
    """Returns the number of each post's message: those of a lane share one, up to `MESSAGE_IDS`."""
    seen: Counter[Lane] = Counter()
    numbers: dict[tuple[Lane, int], int] = {}
    found = []
    for post in posts:
        place = post.lane, seen[post.lane] // MESSAGE_IDS
        seen[post.lane] += 1
        found.append(numbers.setdefault(place, len(numbers)))
    return found


# Each story's row stays locked until the statement ends: two versions of one come one after the other. All
# lock them in the same order, so that no two wait for each other. The step bears its revision's own id.
_ACCEPT: Final = """
    WITH given AS (
        SELECT * FROM ROWS FROM (
            json_to_recordset(%s) AS (
                story_id uuid, revision_id uuid, source text, uri text, version integer, lane text,
                sha256 text, message integer),
            jsonb_array_elements(%s)
        ) WITH ORDINALITY
            AS g(story_id, revision_id, source, uri, version, lane, sha256, message, document, number)
    ), story AS (
        INSERT INTO stories AS s (id, source, uri, newest_version)
        SELECT story_id, source, uri, version FROM given ORDER BY source, uri
        ON CONFLICT (source, uri)
            DO UPDATE SET newest_version = greatest(s.newest_version, excluded.newest_version)
        RETURNING id, source, uri
    ), made AS (
        INSERT INTO revisions (id, story_id, version, lane, content_sha256, document, state, enqueued_at)
        SELECT g.revision_id, s.id, g.version, g.lane, decode(g.sha256, 'hex'), g.document, 'accepted',
               now() + g.message * interval '1 microsecond'
        FROM given g JOIN story s USING (source, uri)
        ON CONFLICT (story_id, version) DO NOTHING
        RETURNING id
    ), noted AS (
        INSERT INTO steps (id, revision_id, name, generation, worker, outcome)
        SELECT id, id, 'accept', 1, %s::text, 'ok' FROM made
    )
    SELECT nullif(s.id, g.story_id), m.id IS NOT NULL
    FROM given g JOIN story s USING (source, uri) LEFT JOIN made m ON m.id = g.revision_id
    ORDER BY g.number
"""


def _repeated(post: Post, story_id: UUID, worker: str) -> Plan[Judged]:
    """Returns what there is under the version that a post has."""
    rows = yield Question(_KNOWN, (story_id, post.version))
    if not rows:  # it became too old, and was removed in between
        (judged,) = yield from accepting([post], worker=worker)
        return judged
    ((revision_id, state, sha256),) = rows
    if bytes(sha256) != post.content_sha256:
        return VersionConflictError(f"version {post.version} of this story is there with other content")
    return Accepted(story_id, revision_id, post.version, post.lane, RevisionState(state), created=False)


_KNOWN: Final = "SELECT id, state, content_sha256 FROM revisions WHERE story_id = %s AND version = %s"


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
    return {**_summary(row), "trace": _trace(connection, story_id, source)} if row else None


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


def _trace(connection: Connection, story_id: UUID, source: str | None) -> list[dict[str, Any]]:
    """Returns every step of every revision of a story, deliveries included, in the order of time.

    The detail of an attempt tells of the receiver's host: only whose subscription it is sees it.
    """
    rows = connection.execute(_TRACE, {"story": story_id, "source": source}).mappings()
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
           coalesce(a.error_class, 'ok'),
           CASE WHEN CAST(:source AS text) IS NULL OR b.source = :source THEN a.detail END,
           d.id, d.subscription_id, e.type, a.status, a.id
    FROM events e JOIN revisions r ON r.id = e.revision_id JOIN deliveries d ON d.event_id = e.id
         JOIN attempts a ON a.delivery_id = d.id JOIN subscriptions b ON b.id = d.subscription_id
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
    """Returns a story's newest finished version, or the one asked for; none that was erased."""
    row = connection.execute(_FINISHED, {"story": story_id, "version": version}).first()
    return Finished(*row) if row else None


_FINISHED = text("""
    SELECT s.id, s.source, s.uri, r.version, e.generation, r.document, e.enrichment, e.created_at
    FROM stories s JOIN revisions r ON r.story_id = s.id
         JOIN enrichments e ON e.revision_id = r.id
    WHERE s.id = :story AND (CAST(:version AS integer) IS NULL OR r.version = :version)
      AND r.erased_at IS NULL
    ORDER BY r.version DESC, e.generation DESC LIMIT 1
""")
