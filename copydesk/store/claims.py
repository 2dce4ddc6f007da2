"""Claims: what is due is leased, subscription by subscription."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BindParameter, Connection, DateTime, Double, Integer, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from copydesk import pace
from copydesk.model import new_id
from copydesk.pace import Pace
from copydesk.store import statements, telling
from copydesk.store.editions import overtaken
from copydesk.store.events import DELIVERIES_CHANNEL, IDS


class Claim(NamedTuple):
    """A delivery leased to one dispatcher, with all that its request is made of.

    What is of a story is `None` where the event is of a subscription; such an event has `data`.

    `tries` counts this try within the retry schedule, from 1; `is_extra` is one that a person asked for while
    the schedule waits. `retry_schedule_seconds` is the subscription's own, if it has one. `sequence` counts
    what its subscription is owed, from 1; `None` for what was owed before it was counted. `secrets` are all
    that it is signed with, the newest first. `shape` is how it is told, `None` where nothing is said of it.
    `carried` is what its request carries besides, sealed; `None` for nothing.
    """

    token: UUID
    delivery_id: UUID
    tries: int
    is_extra: bool
    sequence: int | None
    subscription_id: UUID
    url: str
    secrets: list[bytes]
    shape: dict[str, Any] | None
    carried: bytes | None
    retry_schedule_seconds: list[float] | None
    event_id: UUID
    event_type: str
    event_at: datetime
    story_id: UUID | None
    source: str
    uri: str | None
    version: int | None
    data: dict[str, Any] | None
    document: dict[str, Any] | None
    enrichment: dict[str, Any] | None


class Claimed(NamedTuple):
    """What was leased, and the seconds until more may be due; `None` where nothing is owed."""

    deliveries: list[Claim]
    seconds: float | None


def claim(
    connection: Connection,
    *,
    cap: int,
    limit: int,
    lease_seconds: float,
    most: Callable[[UUID], int | None] = lambda _subscription: None,
) -> Claimed:
    """Leases due deliveries, to each subscription in turn; several dispatchers never take the same.

    Who waited longest comes first, and where there is not room for all, each gets a like share of it. In what
    is returned subscriptions take turns, so that one with much is not sent to before the others. What a
    newer version of its story has overtaken is closed instead, and so is what became too old. While one
    version of a story is under way to a subscription, no other is leased.

    Args:
        connection: an open transaction.
        cap: deliveries in flight to one subscription that says nothing else, by all dispatchers together.
        limit: deliveries claimed at the most.
        lease_seconds: how long they are held.
        most: of a subscription, deliveries in flight to it where that is to be less than its own cap.
    """
    locked = statements.rows(connection, _LOCK_SUBSCRIPTIONS, {"limit": limit, "cap": cap})
    if not locked:
        return Claimed([], statements.value(connection, _SECONDS))
    # A statement of its own each: what other dispatchers committed before the lock is seen.
    if lost := [row.id for row in locked if row.lost]:
        statements.rows(connection, _RECLAIM, {"ids": lost})
    allowed = [pace.allow(Pace(*row[_OF_SUBSCRIPTION:])) for row in map(tuple, locked)]
    share = -(-limit // len(locked))
    caps = [
        min(each.in_flight, most(row.id) or each.in_flight) for row, each in zip(locked, allowed, strict=True)
    ]
    bounds = {"ids": [row.id for row in locked], "caps": caps}
    leased = statements.rows(
        connection,
        _LEASE,
        {
            **bounds,
            "shares": [min(each.more, share) for each in allowed],
            "ages": [row.expires_after_seconds for row in locked],
            "limit": limit,
            "token": new_id(),
            "seconds": lease_seconds,
        },
    )
    claimed = _claims(leased)
    taken = Counter(each.subscription_id for each in claimed)
    used = [(each, taken[row.id]) for row, each in zip(locked, allowed, strict=True)]
    left = {
        "pauses": [pace.pause_seconds(*each) for each in used],
        "tokens": [pace.tokens_left(*each) for each in used],
        "moments": [row.now for row in locked],
    }
    return Claimed(claimed, statements.value(connection, _NEXT_DUE, {**bounds, **left}))


def _claims(leased: Sequence[Any]) -> list[Claim]:
    """An event's content is in the first of its rows, and shared by all."""
    contents: dict[UUID, tuple[Any, ...]] = {}
    return [Claim(*row[:-_CONTENT], *contents.setdefault(row.event_id, row[-_CONTENT:])) for row in leased]


# A moment of the row, not of the statement: the bucket may have been looked into since that began.
_LOCK_SUBSCRIPTIONS = text("""
    SELECT id, expires_after_seconds, EXISTS (
               SELECT 1 FROM deliveries
               WHERE subscription_id = s.id AND state = 'sending' AND lease_until < statement_timestamp()
           ) AS lost,
           clock_timestamp() AS now, coalesce(in_flight, :cap), rate_per_second, tokens, tokens_at, failures,
           slowness, slowed_at, held_until
    FROM subscriptions s
    WHERE next_due <= statement_timestamp() AND enabled AND NOT unverified AND deleted_at IS NULL
    ORDER BY next_due LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
""")
_OF_SUBSCRIPTION = 3  # columns, before those of its pace
_RECLAIM = text("""
    UPDATE deliveries SET state = 'due', due_at = clock_timestamp(), lease_token = NULL, lease_until = NULL
    WHERE id IN (
        SELECT id FROM deliveries
        WHERE subscription_id = ANY(:ids) AND state = 'sending' AND lease_until < statement_timestamp()
        FOR UPDATE SKIP LOCKED
    )
""").bindparams(bindparam("ids", type_=IDS))
_LISTS: dict[str, ARRAY[Any]] = {
    "ids": IDS,
    "caps": ARRAY(Integer),
    "shares": ARRAY(Integer),
    "ages": ARRAY(Integer),
    "pauses": ARRAY(Double),
    "tokens": ARRAY(Double),
    "moments": ARRAY(DateTime(timezone=True)),
}


def _lists(*names: str) -> list[BindParameter[Any]]:
    return [bindparam(name, type_=_LISTS[name]) for name in names]


_CONTENT = 3  # columns: the last ones of a claim
# `stories` are those of which a version is under way. What is newer is looked for in index deliveries_story.
_LEASE = text(f"""
    WITH picked AS MATERIALIZED (
        SELECT d.id, d.ended
        FROM unnest(CAST(:ids AS uuid[]), CAST(:caps AS integer[]), CAST(:shares AS integer[]),
                    CAST(:ages AS integer[])) AS s(id, cap, share, age),
             LATERAL (SELECT count(*) AS busy,
                             coalesce(array_agg(story_id) FILTER (WHERE story_id IS NOT NULL),
                                      ARRAY[]::uuid[]) AS stories
                      FROM deliveries WHERE subscription_id = s.id AND state = 'sending') AS f,
             LATERAL (SELECT id, CASE
                          WHEN {overtaken("o")}
                          THEN 'superseded'
                          WHEN created_at + make_interval(secs => s.age) < statement_timestamp()
                          THEN 'expired' END AS ended
                      FROM deliveries o
                      WHERE subscription_id = s.id AND state = 'due' AND due_at <= statement_timestamp()
                        AND (story_id IS NULL OR story_id <> ALL(f.stories))
                      ORDER BY due_at, id LIMIT greatest(least(s.cap - f.busy, s.share), 0)
                      FOR UPDATE SKIP LOCKED) AS d
        LIMIT :limit
    ), leased AS (
        UPDATE deliveries d SET
            state = coalesce(p.ended, 'sending'),
            settled_at = CASE WHEN p.ended IS NOT NULL THEN clock_timestamp() END,
            lease_token = CASE WHEN p.ended IS NULL THEN CAST(:token AS uuid) END,
            lease_until = CASE WHEN p.ended IS NULL
                          THEN clock_timestamp() + make_interval(secs => :seconds) END
        FROM picked p WHERE d.id = p.id
        RETURNING d.*
    ), turns AS (
        SELECT *, row_number() OVER (PARTITION BY subscription_id ORDER BY due_at, id) AS turn FROM leased
        WHERE state = 'sending'
    ), numbered AS (
        SELECT *, row_number() OVER (PARTITION BY event_id ORDER BY turn, due_at, id) = 1 AS first FROM turns
    )
    SELECT d.lease_token, d.id, d.attempts - d.schedule_start + 1, d.resume_at IS NOT NULL, d.sequence,
           b.id, b.url,
           {telling.secrets("b")},
           CASE WHEN (b.projection, b.offsets) <> ('full', 'code_points')
                  OR num_nonnulls(b.fields, b.max_bytes) > 0
           THEN {telling.shape("b")} END,
           b.carried, b.retry_schedule_seconds, e.id AS event_id, e.type, e.created_at, s.id, e.source, s.uri,
           r.version, CASE WHEN d.first THEN e.data END, CASE WHEN d.first THEN r.document END,
           CASE WHEN d.first THEN n.enrichment END
    FROM numbered d JOIN subscriptions b ON b.id = d.subscription_id JOIN events e ON e.id = d.event_id
         LEFT JOIN stories s ON s.id = e.story_id LEFT JOIN revisions r ON r.id = e.revision_id
         LEFT JOIN enrichments n ON n.revision_id = e.revision_id AND n.generation = e.generation
    ORDER BY d.turn, d.due_at, d.id
""").bindparams(*_lists("ids", "caps", "shares", "ages"))  # noqa: S608 - the condition is ours
# At its cap a subscription waits for a delivery to be settled, or for a lease to run out. What is due already
# counts from now: so whoever was served goes to the end of the queue.
_NEXT_DUE = text("""
    WITH renewed AS (
        UPDATE subscriptions s SET
            tokens = p.tokens, tokens_at = p.moment,
            next_due = CASE WHEN f.busy >= p.cap THEN f.lease_until ELSE least(f.lease_until, (
                SELECT greatest(due_at, clock_timestamp() + make_interval(secs => p.pause)) FROM deliveries
                WHERE subscription_id = s.id AND state = 'due'
                  AND (story_id IS NULL OR story_id <> ALL(f.stories))
                ORDER BY due_at, id LIMIT 1)) END
        FROM unnest(:ids, :caps, :pauses, :tokens, :moments) AS p(id, cap, pause, tokens, moment),
             LATERAL (SELECT count(*) AS busy, min(lease_until) AS lease_until,
                             coalesce(array_agg(story_id) FILTER (WHERE story_id IS NOT NULL),
                                      ARRAY[]::uuid[]) AS stories
                      FROM deliveries WHERE subscription_id = p.id AND state = 'sending') AS f
        WHERE s.id = p.id
        RETURNING next_due
    )
    SELECT extract(epoch FROM least(
        (SELECT min(next_due) FROM renewed),
        (SELECT min(next_due) FROM subscriptions
         WHERE next_due IS NOT NULL AND enabled AND NOT unverified AND deleted_at IS NULL AND id <> ALL(:ids))
    ) - clock_timestamp())::double precision
""").bindparams(*_lists("ids", "caps", "pauses", "tokens", "moments"))
_SECONDS = text("""
    SELECT extract(epoch FROM min(next_due) - clock_timestamp())::double precision
    FROM subscriptions WHERE next_due IS NOT NULL AND enabled AND NOT unverified AND deleted_at IS NULL
""")


def call_others(connection: Connection, origin: str) -> None:
    """Tells every dispatcher that something is due.

    Args:
        connection: an open transaction; they hear when it is committed.
        origin: who tells; it need not heed itself.
    """
    connection.execute(_NOTIFY, {"channel": DELIVERIES_CHANNEL, "origin": origin})


_NOTIFY = text("SELECT pg_notify(:channel, :origin)")
