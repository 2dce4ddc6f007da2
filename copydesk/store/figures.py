"""Figures: what waits, is in hand and fails now, each at a cost that does not grow with what is stored.

Every count stops at a cap and walks a partial index; `now()` rather than `clock_timestamp()`, because an
index serves only what does not change within a statement.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select, text

from copydesk.model import DeliveryState, Lane, first_id
from copydesk.store.tables import revisions

MOST = 10_000
MOST_SUBSCRIPTIONS = 1_000
LATELY_SECONDS = 600.0
# A subscription is judged by its last deliveries that were tried, and by how long one has been due.
LAST_DELIVERIES = 20
NEWEST_DELIVERIES = 200
BEHIND_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class LaneFigures:
    """One lane of enrich; counts up to the cap.

    Args:
        waiting: revisions that are due and nobody's.
        oldest_seconds: for how long the oldest of them has been due; 0 where none waits.
        later: revisions whose next try is not due yet.
        leased: revisions that a worker holds.
        quarantined: revisions that wait for a person.
    """

    waiting: int
    oldest_seconds: float
    later: int
    leased: int
    quarantined: int


@dataclass(frozen=True, slots=True)
class DeliveryFigures:
    """What is owed to subscriptions that are enabled; counts up to the cap.

    Args:
        unplaced: events that wait for their position.
        due: deliveries that could be sent now.
        sending: deliveries that a dispatcher holds.
        oldest_seconds: for how long the oldest unplaced event or due delivery has waited; 0 for none.
    """

    unplaced: int
    due: int
    sending: int
    oldest_seconds: float


def of_lanes(connection: Connection, cap: int = MOST) -> dict[Lane, LaneFigures]:
    """Returns the figures of every lane."""
    held = {row.lane: row.number for row in connection.execute(_QUARANTINED, {"cap": cap})}
    rows = connection.execute(_LANES, {"lanes": [str(lane) for lane in Lane], "cap": cap})
    return {
        Lane(row.lane): LaneFigures(
            min(row.accepted + row.lost, cap),
            max(row.oldest or 0.0, 0.0),
            row.later,
            row.leased,
            held.get(row.lane, 0),
        )
        for row in rows
    }


_LANES = text("""
    SELECT l.lane,
        (SELECT count(*) FROM (SELECT FROM revisions
            WHERE lane = l.lane AND state = 'accepted' AND due_at <= now() LIMIT :cap) AS a) AS accepted,
        (SELECT count(*) FROM (SELECT FROM revisions
            WHERE lane = l.lane AND state = 'enriching' AND lease_until < now() LIMIT :cap) AS b) AS lost,
        (SELECT count(*) FROM (SELECT FROM revisions
            WHERE lane = l.lane AND state = 'accepted' AND due_at > now() LIMIT :cap) AS c) AS later,
        (SELECT count(*) FROM (SELECT FROM revisions
            WHERE lane = l.lane AND state = 'enriching' AND lease_until >= now() LIMIT :cap) AS d) AS leased,
        extract(epoch FROM now() - least(
            (SELECT due_at FROM revisions
                WHERE lane = l.lane AND state = 'accepted' AND due_at <= now() ORDER BY due_at LIMIT 1),
            (SELECT lease_until FROM revisions
                WHERE lane = l.lane AND state = 'enriching' AND lease_until < now()
                ORDER BY lease_until LIMIT 1)))::double precision AS oldest
    FROM unnest(CAST(:lanes AS text[])) AS l(lane)
""")
_QUARANTINED = text("""
    SELECT lane, count(*) AS number
    FROM (SELECT lane FROM revisions WHERE state = 'quarantined' LIMIT :cap) AS q GROUP BY lane
""")


def of_deliveries(connection: Connection, cap: int = MOST) -> DeliveryFigures:
    """Returns the figures of publish; of the subscriptions the thousand that are due the longest."""
    row = connection.execute(_DELIVERIES, {"cap": cap, "subscriptions": MOST_SUBSCRIPTIONS}).one()
    return DeliveryFigures(row.unplaced, row.due, row.sending, max(row.oldest or 0.0, 0.0))


_DELIVERIES = text("""
    WITH chosen AS MATERIALIZED (
        SELECT id FROM subscriptions
        WHERE next_due IS NOT NULL AND enabled AND NOT unverified AND deleted_at IS NULL
        ORDER BY next_due LIMIT :subscriptions
    )
    SELECT
        (SELECT count(*) FROM (SELECT FROM events WHERE position IS NULL LIMIT :cap) AS u) AS unplaced,
        (SELECT count(*) FROM (
            SELECT FROM chosen s, LATERAL (SELECT FROM deliveries
                WHERE subscription_id = s.id AND state = 'due' AND due_at <= now() LIMIT :cap) AS d
            LIMIT :cap) AS e) AS due,
        (SELECT count(*) FROM (SELECT FROM deliveries WHERE state = 'sending' LIMIT :cap) AS f) AS sending,
        extract(epoch FROM now() - least(
            (SELECT created_at FROM events WHERE position IS NULL ORDER BY created_at LIMIT 1),
            (SELECT min(d.due_at) FROM chosen s, LATERAL (SELECT due_at FROM deliveries
                WHERE subscription_id = s.id AND state = 'due' AND due_at <= now()
                ORDER BY due_at LIMIT 1) AS d)))::double precision AS oldest
""")


def stories_of(connection: Connection, revision_ids: Sequence[UUID]) -> list[tuple[UUID, int]]:
    """Returns the story and the version of each revision, for log lines."""
    query = select(revisions.c.story_id, revisions.c.version).where(revisions.c.id.in_(revision_ids))
    return [(row.story_id, row.version) for row in connection.execute(query)]


def workers(connection: Connection, seconds: float = LATELY_SECONDS) -> list[dict[str, Any]]:
    """Returns the workers that took a revision lately: name, tries, of these failed or lost, last seen."""
    values = {"since": _ago(seconds), "cap": MOST}
    return [dict(row) for row in connection.execute(_WORKERS, values).mappings()]


_WORKERS = text("""
    SELECT worker, count(*) AS tries, count(*) FILTER (WHERE outcome IN ('failed', 'lost')) AS failed,
           extract(epoch FROM now() - max(started_at))::double precision AS seen_seconds
    FROM (SELECT name, worker, outcome, started_at FROM steps
          WHERE id >= :since ORDER BY id DESC LIMIT :cap) AS recent
    WHERE name = 'enrich' GROUP BY worker ORDER BY worker
""")


def recent_deliveries(connection: Connection, seconds: float = 3_600) -> dict[DeliveryState, int]:
    """Counts the deliveries of the last `seconds` by their state, the newest `MOST` of them."""
    rows = connection.execute(_RECENT, {"since": _ago(seconds), "cap": MOST})
    found = {row.state: row.number for row in rows}
    return {state: found.get(state, 0) for state in DeliveryState}


_RECENT = text("""
    SELECT state, count(*) AS number
    FROM (SELECT state FROM deliveries WHERE id >= :since ORDER BY id DESC LIMIT :cap) AS recent
    GROUP BY state
""")


def failing(connection: Connection, limit: int = 100) -> list[dict[str, Any]]:
    """Returns the subscriptions that failed lately or are behind, the worst first.

    Each with how many of its last deliveries failed, the newest failure's error class and status, and for
    how many seconds its oldest due delivery has waited.
    """
    values = {
        "subscriptions": MOST_SUBSCRIPTIONS,
        "newest": NEWEST_DELIVERIES,
        "last": LAST_DELIVERIES,
        "behind": BEHIND_SECONDS,
        "limit": limit,
    }
    return [dict(row) for row in connection.execute(_FAILING, values).mappings()]


# Of one that is far behind the newest deliveries were never tried: only so many are looked at.
_FAILING = text("""
    SELECT s.id, s.source, s.url, s.enabled, t.deliveries, t.failed, t.error_class, t.status,
           extract(epoch FROM now() - o.due_at)::double precision AS oldest_seconds
    FROM (SELECT id, source, url, enabled FROM subscriptions
          WHERE deleted_at IS NULL ORDER BY next_due NULLS LAST LIMIT :subscriptions) AS s
    CROSS JOIN LATERAL (
        SELECT count(*) AS deliveries, count(error_class) AS failed,
               (array_agg(error_class ORDER BY id DESC) FILTER (WHERE error_class IS NOT NULL))[1]
                   AS error_class,
               (array_agg(status ORDER BY id DESC) FILTER (WHERE error_class IS NOT NULL))[1] AS status
        FROM (SELECT id, error_class, status
              FROM (SELECT id, error_class, status, attempts FROM deliveries
                    WHERE subscription_id = s.id ORDER BY id DESC LIMIT :newest) AS newest
              WHERE attempts > 0 ORDER BY id DESC LIMIT :last) AS tried) AS t
    LEFT JOIN LATERAL (
        SELECT due_at FROM deliveries WHERE subscription_id = s.id AND state = 'due' AND due_at <= now()
        ORDER BY due_at LIMIT 1) AS o ON true
    WHERE t.failed > 0 OR o.due_at < now() - make_interval(secs => :behind)
    ORDER BY t.failed DESC, o.due_at, s.id LIMIT :limit
""")


def _ago(seconds: float) -> UUID:
    return first_id(datetime.now(UTC) - timedelta(seconds=seconds))
