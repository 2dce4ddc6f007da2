"""The walk of one revision through enrich: lease, read, finish, fail; each one conditional UPDATE."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from copydesk.model import EventType, Lane, Outcome, new_id
from copydesk.records import timestamp
from copydesk.store.events import announce


@dataclass(frozen=True, slots=True)
class Lease:
    """The right of one worker to one revision; `token` proves it."""

    token: UUID
    revision_id: UUID
    story_id: UUID
    source: str
    uri: str
    version: int
    generation: int
    attempt: int
    lane: Lane
    document: dict[str, Any]


def lease(
    connection: Connection, revision_id: UUID, *, seconds: float, max_attempts: int, worker: str
) -> Lease | None:
    """Takes a revision that is due or whose lease has run out, and counts the attempt.

    A lease that PostgreSQL itself outlived only by restarting is not counted against the story.

    Returns:
        The lease; `None` where somebody else holds it, it is done, or its tries are spent.
    """
    token = new_id()
    values = {"id": revision_id, "token": token, "seconds": seconds, "most": max_attempts, "worker": worker}
    row = connection.execute(_LEASE, values).first()
    if row is None:
        return None
    connection.execute(_LOST, {"id": revision_id, "token": token})
    story_id, source, uri, version, generation, attempt, lane, document = row
    return Lease(
        token, revision_id, story_id, source, uri, version, generation, attempt, Lane(lane), document
    )


_LEASE = text("""
    WITH leased AS (
        UPDATE revisions SET
            state = 'enriching', lease_token = :token, leased_at = clock_timestamp(),
            lease_until = clock_timestamp() + make_interval(secs => :seconds),
            attempts = attempts + CASE
                WHEN state = 'enriching' AND leased_at < pg_postmaster_start_time() THEN 0 ELSE 1 END
        WHERE id = :id
          AND (attempts < :most OR state = 'enriching' AND leased_at < pg_postmaster_start_time())
          AND (state = 'accepted' AND due_at <= statement_timestamp()
               OR state = 'enriching' AND lease_until < statement_timestamp())
        RETURNING id, story_id, version, generation, attempts, lane, document
    ), noted AS (
        INSERT INTO steps (id, revision_id, name, generation, attempt, worker, outcome)
        SELECT :token, id, 'enrich', generation, attempts, :worker, 'started' FROM leased
    )
    SELECT l.story_id, s.source, s.uri, l.version, l.generation, l.attempts, l.lane, l.document
    FROM leased l JOIN stories s ON s.id = l.story_id
""")
# Whoever had it before did not say how it ended, and can't any more.
_LOST = text("""
    UPDATE steps SET outcome = 'lost'
    WHERE revision_id = :id AND outcome = 'started' AND id IS DISTINCT FROM CAST(:token AS uuid)
""")


def finish(
    connection: Connection, held: Lease, enrichment: dict[str, Any], duration_ms: float
) -> bool | None:
    """Stores the enrichment and, for the newest version, its event: one transaction, once.

    Returns:
        Whether the version was published; `None` where the lease was lost and nothing was stored.
    """
    published = connection.execute(_FINISH, {"id": held.revision_id, "token": held.token}).scalar()
    if published is None:
        return None
    connection.execute(
        _STORE, {"id": held.revision_id, "generation": held.generation, "enrichment": enrichment}
    )
    _note(connection, held, Outcome.OK, duration_ms, None)
    if published:
        news = connection.execute(_NEWS, {"story": held.story_id, "id": held.revision_id})
        _announce(connection, held, news.scalar_one(), None)
    return bool(published)


# The story's row is locked first: a newer version that comes in meanwhile waits, or is seen.
_FINISH = text("""
    WITH story AS (
        SELECT s.id, s.newest_version FROM stories s JOIN revisions r ON r.story_id = s.id
        WHERE r.id = :id FOR NO KEY UPDATE OF s
    )
    UPDATE revisions r SET
        state = 'enriched', lease_token = NULL, lease_until = NULL, settled_at = clock_timestamp(),
        published = (r.version = story.newest_version), stage = NULL, reason = NULL, detail = NULL
    FROM story WHERE r.id = :id AND r.state = 'enriching' AND r.lease_token = :token
    RETURNING r.published
""")
_STORE = text("""
    INSERT INTO enrichments (revision_id, generation, enrichment)
    VALUES (:id, :generation, :enrichment) ON CONFLICT DO NOTHING
""").bindparams(bindparam("enrichment", type_=JSONB))
# The events of earlier versions may have been removed because of their age.
_NEWS = text("""
    SELECT CASE WHEN EXISTS (
        SELECT 1 FROM events WHERE story_id = :story AND type IN ('story.published', 'story.updated')
    ) OR EXISTS (
        SELECT 1 FROM revisions WHERE story_id = :story AND published AND id <> :id
    ) THEN 'story.updated' ELSE 'story.published' END
""")


def fail(  # noqa: PLR0913 - a failure has these parts
    connection: Connection,
    held: Lease,
    *,
    stage: str,
    reason: str,
    detail: str,
    duration_ms: float,
    retry_seconds: float | None,
    max_attempts: int,
) -> bool | None:
    """Gives a revision back for another try, or quarantines it with an event.

    Args:
        connection: an open transaction.
        held: the lease.
        stage: where it failed, as in `schemas/event.schema.json`.
        reason: why, as there.
        detail: one sentence for a person; never story text.
        duration_ms: how long the try took.
        retry_seconds: the pause before the next try; `None` where trying again can't help.
        max_attempts: the tries after which it is quarantined all the same.

    Returns:
        Whether it was quarantined; `None` where the lease was lost and nothing was changed.
    """
    values = {
        "id": held.revision_id,
        "token": held.token,
        "stage": stage,
        "reason": reason,
        "detail": detail,
        "pause": retry_seconds or 0,
        "over": retry_seconds is None or held.attempt >= max_attempts,
    }
    state = connection.execute(_FAIL, values).scalar()
    if state is None:
        return None
    _note(connection, held, Outcome.FAILED, duration_ms, f"{stage}: {reason}: {detail}")
    if state == "quarantined":
        announce_quarantine(connection, held.revision_id)
    return bool(state == "quarantined")


_FAIL = text("""
    UPDATE revisions SET
        state = CASE WHEN :over THEN 'quarantined' ELSE 'accepted' END,
        due_at = clock_timestamp() + make_interval(secs => :pause), enqueued_at = NULL,
        settled_at = CASE WHEN :over THEN clock_timestamp() END,
        lease_token = NULL, lease_until = NULL, stage = :stage, reason = :reason, detail = :detail
    WHERE id = :id AND state = 'enriching' AND lease_token = :token
    RETURNING state
""")


def give_back(connection: Connection, held: Lease) -> bool:
    """Takes back the count of a try that an outage ended, once; returns whether there was one to take back.

    Where the lease still stands the revision is due again at once.
    """
    values = {"id": held.revision_id, "token": held.token}
    if not connection.execute(_RETURNED, values).rowcount:
        return False
    connection.execute(_GIVE_BACK, values)
    return True


_RETURNED = text("UPDATE steps SET outcome = 'returned' WHERE id = :token AND outcome IN ('started', 'lost')")
_GIVE_BACK = text("""
    UPDATE revisions SET
        attempts = greatest(attempts - 1, 0),
        state = CASE WHEN lease_token = :token THEN 'accepted' ELSE state END,
        enqueued_at = CASE WHEN lease_token = :token THEN NULL ELSE enqueued_at END,
        lease_until = CASE WHEN lease_token = :token THEN NULL ELSE lease_until END,
        lease_token = nullif(lease_token, :token)
    WHERE id = :id AND state IN ('accepted', 'enriching')
""")


def quarantine_exhausted(connection: Connection, max_attempts: int, limit: int = 100) -> list[UUID]:
    """Quarantines what used up its tries and whose last worker never came back."""
    rows = connection.execute(_EXHAUSTED, {"most": max_attempts, "limit": limit}).all()
    for row in rows:
        connection.execute(_LOST, {"id": row.id, "token": None})
        announce_quarantine(connection, row.id)
    return [row.id for row in rows]


_EXHAUSTED = text("""
    UPDATE revisions SET
        state = 'quarantined', settled_at = clock_timestamp(), lease_token = NULL, lease_until = NULL,
        stage = 'lease', reason = 'worker_lost',
        detail = 'The worker was killed, or overran its hard time limit, in each of ' || attempts || ' tries.'
    WHERE id IN (
        SELECT id FROM revisions
        WHERE state = 'enriching' AND lease_until < statement_timestamp() AND attempts >= :most
          AND leased_at >= pg_postmaster_start_time()
        ORDER BY lease_until LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    RETURNING id
""")


def _note(
    connection: Connection, held: Lease, outcome: Outcome, duration_ms: float | None, detail: str | None
) -> None:
    values = {"token": held.token, "outcome": outcome, "duration": duration_ms, "detail": detail}
    connection.execute(_NOTE, values)


_NOTE = text(
    "UPDATE steps SET outcome = :outcome, duration_ms = :duration, detail = :detail WHERE id = :token"
)


def announce_quarantine(connection: Connection, revision_id: UUID) -> None:
    """Inserts the event that a revision was quarantined, with why; once a generation."""
    row = connection.execute(_QUARANTINED, {"id": revision_id}).mappings().one()
    data = {
        "id": str(row["story_id"]),
        "version": row["version"],
        "uri": row["uri"],
        "source": row["source"],
        "stage": row["stage"],
        "reason": row["reason"],
        "detail": row["detail"],
        "attempts": row["attempts"],
        "quarantined_at": timestamp(row["settled_at"]),
    }
    announce(
        connection,
        type=EventType.QUARANTINED,
        story_id=row["story_id"],
        revision_id=revision_id,
        generation=row["generation"],
        source=row["source"],
        data=data,
    )


_QUARANTINED = text("""
    SELECT r.story_id, r.version, r.generation, r.stage, r.reason, r.detail, r.attempts, r.settled_at,
           s.uri, s.source
    FROM revisions r JOIN stories s ON s.id = r.story_id WHERE r.id = :id
""")


def _announce(connection: Connection, held: Lease, event_type: str, data: dict[str, Any] | None) -> None:
    announce(
        connection,
        type=event_type,
        story_id=held.story_id,
        revision_id=held.revision_id,
        generation=held.generation,
        source=held.source,
        data=data,
    )


def forgotten(connection: Connection, lane: Lane, *, older_seconds: float, limit: int) -> list[UUID]:
    """Returns ids of a lane that are due, not leased, and may have no message, oldest first.

    Each is marked as enqueued from now, so that the next turn leaves it alone.
    """
    values = {"lane": lane, "older": older_seconds, "limit": limit}
    return list(connection.execute(_FORGOTTEN, values).scalars())


_DUE = """
    lane = :lane AND (state = 'accepted' AND due_at <= statement_timestamp()
                      OR state = 'enriching' AND lease_until < statement_timestamp())
"""
_FORGOTTEN = text(f"""
    WITH marked AS (
        UPDATE revisions SET enqueued_at = clock_timestamp()
        WHERE id IN (
            SELECT id FROM revisions
            WHERE {_DUE}
              AND (enqueued_at IS NULL OR enqueued_at < statement_timestamp() - make_interval(secs => :older))
            ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED
        )
        RETURNING id, due_at
    )
    SELECT id FROM marked ORDER BY due_at, id
""")  # noqa: S608 - the condition is ours


def waiting(connection: Connection, lane: Lane, limit: int) -> int:
    """Counts a lane's revisions that are due and not leased, up to `limit`."""
    counted: int = connection.execute(_WAITING, {"lane": lane, "limit": limit}).scalar_one()
    return counted


_WAITING = text(f"SELECT count(*) FROM (SELECT 1 FROM revisions WHERE {_DUE} LIMIT :limit) AS due")  # noqa: S608
