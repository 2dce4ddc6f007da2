"""The backlog: what waits for a subscription, and when that is closed without having been sent.

A page at a time, in a transaction each: however much there is, no statement takes long.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

PAGE = 2_000
# Every page is in the order of index deliveries_due, or deliveries_sending. It is made an array: of a set the
# planner may think that it is most of the table, and read that.


def moment(connection: Connection) -> datetime:
    """Returns what time it is for the database: what is owed later is none of a backlog."""
    now: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return now


def discard(connection: Connection, subscription_id: UUID, until: datetime) -> int:
    """Discards a page of what waits for a subscription since `until` or longer; returns how many that was."""
    values = {"id": subscription_id, "until": until, "limit": PAGE}
    discarded: int = connection.execute(_DISCARD, values).rowcount
    return discarded


_DISCARD = text("""
    UPDATE deliveries SET state = 'discarded', settled_at = clock_timestamp()
    WHERE id = ANY(ARRAY(
        SELECT id FROM deliveries
        WHERE subscription_id = :id AND state = 'due' AND created_at <= :until
        ORDER BY due_at, id LIMIT :limit FOR UPDATE SKIP LOCKED))
""")


def discard_deleted(connection: Connection) -> int:
    """Discards a page of what deleted subscriptions were still owed; returns how many that was.

    That is what whoever deleted them left, and what was under way and is lost: nobody claims it again.
    """
    discarded: int = connection.execute(_DISCARD_DELETED, {"limit": PAGE}).rowcount
    return discarded


_DISCARD_DELETED = text("""
    UPDATE deliveries SET
        state = 'discarded', settled_at = clock_timestamp(), lease_token = NULL, lease_until = NULL
    WHERE id = ANY(ARRAY(
        SELECT d.id
        FROM subscriptions s, LATERAL (
            SELECT id FROM (
                SELECT id FROM deliveries WHERE subscription_id = s.id AND state = 'due'
                ORDER BY due_at, id LIMIT :limit FOR UPDATE SKIP LOCKED) AS left_over
            UNION ALL
            SELECT id FROM (
                SELECT id FROM deliveries
                WHERE subscription_id = s.id AND state = 'sending' AND lease_until < now()
                ORDER BY lease_until LIMIT :limit FOR UPDATE SKIP LOCKED) AS lost) AS d
        WHERE s.deleted_at IS NOT NULL
        LIMIT :limit))
""")


def expire(connection: Connection, days: int) -> int:
    """Closes a page of what waits and became too old; returns how many that was.

    That is what has waited longer than its subscription lets a delivery become old, and what has waited for
    `days` for one that has been disabled so long. What was tried again meanwhile has waited since; claims and
    settlements close it where it is too old. However much is due, only what is closed is read.
    """
    expired: int = connection.execute(_EXPIRE, {"days": days, "limit": PAGE}).rowcount
    return expired


_EXPIRE = text("""
    UPDATE deliveries SET state = 'expired', settled_at = clock_timestamp()
    WHERE id = ANY(ARRAY(
        SELECT d.id
        FROM (SELECT id, greatest(
                  CASE WHEN disabled_at < now() - make_interval(days => :days)
                  THEN now() - make_interval(days => :days) END,
                  now() - make_interval(secs => expires_after_seconds)) AS oldest
              FROM subscriptions
              WHERE deleted_at IS NULL AND (
                  expires_after_seconds IS NOT NULL OR disabled_at < now() - make_interval(days => :days))
             ) AS s,
             LATERAL (SELECT id FROM deliveries
                      WHERE subscription_id = s.id AND state = 'due' AND due_at < s.oldest
                      ORDER BY due_at, id LIMIT :limit FOR UPDATE SKIP LOCKED) AS d
        LIMIT :limit))
""")
