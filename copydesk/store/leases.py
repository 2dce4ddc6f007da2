"""The walk of one revision through enrich: lease, read, finish, fail; each one conditional UPDATE."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from orjson import dumps
from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from copydesk.model import MESSAGE_IDS, EventType, Lane, new_id
from copydesk.records import timestamp
from copydesk.store import statements
from copydesk.store.events import EVENTS_CHANNEL, IDS, announce


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


@dataclass(frozen=True, slots=True)
class Done:
    """A leased revision with its enrichment, and how many milliseconds that took."""

    held: Lease
    enrichment: dict[str, Any]
    duration_ms: float


def lease(
    connection: Connection, revision_ids: Sequence[UUID], *, seconds: float, max_attempts: int, worker: str
) -> list[Lease]:
    """Takes revisions that are due or whose lease has run out, and counts the attempt of each.

    Several together only at their first try: what may be poison comes alone, and takes no other one with it.
    A lease that PostgreSQL itself outlived only by restarting is not counted against the story.

    Returns:
        The leases, in the order of the ids; none where somebody else holds it, it is done, or its tries are
        spent.
    """
    tokens = {each: new_id() for each in revision_ids}
    values = {
        "ids": list(tokens),
        "tokens": list(tokens.values()),
        "seconds": seconds,
        "most": max_attempts,
        "tried": max_attempts if len(tokens) == 1 else 0,
        "worker": worker,
    }
    rows = {row.id: row for row in statements.rows(connection, _LEASE, values)}
    return [_lease(rows[each]) for each in tokens if each in rows]


def _lease(row: Any) -> Lease:  # noqa: ANN401 - a row of _LEASE
    names = ("token", "story_id", "source", "uri", "version", "generation", "attempt", "document")
    return Lease(revision_id=row.id, lane=Lane(row.lane), **{name: getattr(row, name) for name in names})


# Losing a lease with the last moments before a crash of PostgreSQL means working twice, which is boring: no
# commit waits for the disk. `lost`: whoever had it before did not say how it ended, and can't any more.
_LEASE = text("""
    WITH leased AS (
        UPDATE revisions r SET
            state = 'enriching', lease_token = w.token, leased_at = clock_timestamp(),
            lease_until = clock_timestamp() + make_interval(secs => :seconds),
            attempts = r.attempts + CASE
                WHEN r.state = 'enriching' AND r.leased_at < pg_postmaster_start_time() THEN 0 ELSE 1 END
        FROM unnest(:ids, :tokens) AS w(id, token)
        WHERE r.id = w.id AND r.attempts <= :tried
          AND (r.attempts < :most OR r.state = 'enriching' AND r.leased_at < pg_postmaster_start_time())
          AND (r.state = 'accepted' AND r.due_at <= statement_timestamp()
               OR r.state = 'enriching' AND r.lease_until < statement_timestamp())
        RETURNING r.id, r.story_id, r.version, r.generation, r.attempts, r.lane, r.document, w.token
    ), lost AS (
        UPDATE steps s SET outcome = 'lost' FROM leased l WHERE s.revision_id = l.id AND s.outcome = 'started'
    ), noted AS (
        INSERT INTO steps (id, revision_id, name, generation, attempt, worker, outcome)
        SELECT token, id, 'enrich', generation, attempts, :worker, 'started' FROM leased
    )
    SELECT l.*, l.attempts AS attempt, s.source, s.uri, set_config('synchronous_commit', 'off', true)
    FROM leased l JOIN stories s ON s.id = l.story_id
""").bindparams(bindparam("ids", type_=IDS), bindparam("tokens", type_=IDS))


def finish(connection: Connection, done: Sequence[Done]) -> list[bool | None]:
    """Stores enrichments and, for each newest version, its event: one transaction, once.

    Returns:
        For each whether the version was published; `None` where its lease was lost and nothing was stored.
    """
    values = {
        "done": dumps(
            [
                {
                    "id": each.held.revision_id,
                    "token": each.held.token,
                    "story_id": each.held.story_id,
                    "generation": each.held.generation,
                    "duration": each.duration_ms,
                }
                for each in done
            ]
        ).decode(),
        "enrichments": [each.enrichment for each in done],
    }
    finished = {row.id: row.published for row in statements.rows(connection, _FINISH, values)}
    news = [each.held for each in done if finished.get(each.held.revision_id)]
    if news:
        _publish(connection, news)
    return [finished.get(each.held.revision_id) for each in done]


# The stories' rows are locked first, in the order in which ingest locks them, so that no two wait for each
# other: a newer version that comes in meanwhile waits, or is seen.
_FINISH = text("""
    WITH done AS (
        SELECT * FROM ROWS FROM (
            json_to_recordset(CAST(:done AS json)) AS (
                id uuid, token uuid, story_id uuid, generation integer, duration double precision),
            jsonb_array_elements(:enrichments)
        ) AS d(id, token, story_id, generation, duration, enrichment)
    ), story AS (
        SELECT id, newest_version FROM stories WHERE id IN (SELECT story_id FROM done)
        ORDER BY source, uri FOR NO KEY UPDATE
    ), finished AS (
        UPDATE revisions r SET
            state = 'enriched', lease_token = NULL, lease_until = NULL, settled_at = clock_timestamp(),
            published = (r.version = story.newest_version), stage = NULL, reason = NULL, detail = NULL
        FROM done d, story
        WHERE r.id = d.id AND r.story_id = story.id AND r.state = 'enriching' AND r.lease_token = d.token
        RETURNING r.id, r.published
    ), noted AS (
        UPDATE steps s SET outcome = 'ok', duration_ms = d.duration, detail = NULL
        FROM done d JOIN finished f ON f.id = d.id WHERE s.id = d.token
    ), stored AS (
        INSERT INTO enrichments (revision_id, generation, enrichment)
        SELECT d.id, d.generation, d.enrichment FROM done d JOIN finished f ON f.id = d.id
        ON CONFLICT DO NOTHING
    )
    SELECT id, published FROM finished
""").bindparams(bindparam("enrichments", type_=JSONB))


def _publish(connection: Connection, news: Sequence[Lease]) -> None:
    """Announces newest versions; of no story are there two."""
    given = [
        {
            "id": new_id(),
            "story_id": held.story_id,
            "revision_id": held.revision_id,
            "generation": held.generation,
            "source": held.source,
        }
        for held in news
    ]
    statements.rows(connection, _PUBLISH, {"news": dumps(given).decode(), "channel": EVENTS_CHANNEL})


# A statement after that which locked the stories, so that it sees what others published before. The events of
# earlier versions may have been removed because of their age.
_PUBLISH = text("""
    WITH made AS (
        INSERT INTO events (id, type, story_id, revision_id, generation, source)
        SELECT n.id, CASE WHEN EXISTS (
                   SELECT FROM events e
                   WHERE e.story_id = n.story_id AND e.type IN ('story.published', 'story.updated')
               ) OR EXISTS (
                   SELECT FROM revisions r
                   WHERE r.story_id = n.story_id AND r.published AND r.id <> n.revision_id
               ) THEN 'story.updated' ELSE 'story.published' END,
               n.story_id, n.revision_id, n.generation, n.source
        FROM json_to_recordset(CAST(:news AS json)) AS n(
                 id uuid, story_id uuid, revision_id uuid, generation integer, source text)
        ON CONFLICT DO NOTHING RETURNING id
    )
    SELECT pg_notify(:channel, '') FROM made
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
    note = {"token": held.token, "duration": duration_ms, "detail": f"{stage}: {reason}: {detail}"}
    connection.execute(_FAILED, note)
    if state == "quarantined":
        announce_quarantine(connection, held.revision_id)
    return bool(state == "quarantined")


_FAILED = text(
    "UPDATE steps SET outcome = 'failed', duration_ms = :duration, detail = :detail WHERE id = :token"
)
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
        connection.execute(_LOST, {"id": row.id})
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
_LOST = text("UPDATE steps SET outcome = 'lost' WHERE revision_id = :id AND outcome = 'started'")


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
    event = {name: row[name] for name in ("story_id", "generation", "source")}
    announce(connection, [{**event, "type": EventType.QUARANTINED, "revision_id": revision_id, "data": data}])


_QUARANTINED = text("""
    SELECT r.story_id, r.version, r.generation, r.stage, r.reason, r.detail, r.attempts, r.settled_at,
           s.uri, s.source
    FROM revisions r JOIN stories s ON s.id = r.story_id WHERE r.id = :id
""")


def forgotten(
    connection: Connection, lane: Lane, *, older_seconds: float, messages: int, limit: int
) -> list[UUID]:
    """Returns ids of a lane that are due, not leased, and may have no message, oldest first.

    Each is marked as enqueued from now, so that the next turn leaves it alone.

    Args:
        connection: an open transaction.
        lane: whose.
        older_seconds: how long ago they were enqueued last, at least.
        messages: how many messages they were in, at the most; see `waiting`.
        limit: how many ids are returned at the most.
    """
    values = {"lane": lane, "older": older_seconds, "messages": messages, "limit": limit}
    return list(connection.execute(_FORGOTTEN, values).scalars())


_DUE = """
    lane = :lane AND (state = 'accepted' AND due_at <= statement_timestamp()
                      OR state = 'enriching' AND lease_until < statement_timestamp())
"""
_FORGOTTEN = text(f"""
    WITH old AS (
        SELECT id, due_at, enqueued_at FROM revisions
        WHERE {_DUE}
          AND (enqueued_at IS NULL OR enqueued_at < statement_timestamp() - make_interval(secs => :older))
        ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED
    ), numbered AS (
        SELECT id, due_at, dense_rank() OVER (
            ORDER BY due_at, enqueued_at, CASE WHEN enqueued_at IS NULL THEN id END) AS message
        FROM old
    ), marked AS (
        UPDATE revisions SET enqueued_at = clock_timestamp()
        WHERE id IN (SELECT id FROM numbered WHERE message <= :messages)
        RETURNING id, due_at
    )
    SELECT id FROM marked ORDER BY due_at, id
""")  # noqa: S608 - the condition is ours


def waiting(connection: Connection, lane: Lane, limit: int) -> int:
    """Counts the messages that a lane's revisions which are due and not leased should have, up to `limit`.

    What was accepted together was sent as one message, and bears one time; what has no time has none yet.
    """
    values = {"lane": lane, "limit": limit, "rows": limit * MESSAGE_IDS}
    counted: int = connection.execute(_WAITING, values).scalar_one()
    return counted


_WAITING = text(f"""
    SELECT least(:limit, count(DISTINCT enqueued_at) + count(*) FILTER (WHERE enqueued_at IS NULL))
    FROM (SELECT enqueued_at FROM revisions WHERE {_DUE} LIMIT :rows) AS due
""")  # noqa: S608 - the condition is ours
