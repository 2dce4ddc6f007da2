"""The health of endpoints: read under a lock, changed by what they answered, and told to those who asked."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import Connection, bindparam, text

from copydesk import health
from copydesk.health import FAILING_SECONDS, Health, News, Reply
from copydesk.model import Attempt, EventType
from copydesk.records import timestamp
from copydesk.store import notices, statements
from copydesk.store.events import IDS
from copydesk.store.notices import Notice


class Checked(NamedTuple):
    """A subscription that is held until the transaction ends, and how its endpoint fared until `now`."""

    id: UUID
    now: datetime
    health: Health


def lock(connection: Connection, subscriptions: Sequence[UUID]) -> list[Checked]:
    """Holds subscriptions, in one order for all who do."""
    rows = statements.rows(connection, _LOCK, {"ids": sorted(subscriptions)})
    return [Checked(row[0], row[1], Health(*row[2:])) for row in map(tuple, rows)]


_LOCK = text("""
    SELECT id, clock_timestamp(), enabled, failing_since, failures, failed_deliveries, warned_percent,
           slowness, slowed_at, held_until, disabled_at, disabled_reason
    FROM subscriptions WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE
""").bindparams(bindparam("ids", type_=IDS))


def heed(
    connection: Connection,
    checked: Sequence[Checked],
    replies: Mapping[UUID, Sequence[Reply]],
    last: Mapping[UUID, Attempt],
) -> list[tuple[UUID, News]]:
    """Slows down, holds, disables or frees each subscription as its endpoint answered; most need nothing.

    Args:
        connection: the transaction in which they were locked.
        checked: what `lock` returned.
        replies: what came of attempts, by subscription; one without any stays as it is.
        last: the newest attempt, by subscription.

    Returns:
        What there was to tell.
    """
    changes, told, notes = [], [], []
    for each in checked:
        if each.id not in replies:  # every lease was lost: nothing is known of its endpoint
            continue
        found = health.after(each.health, replies[each.id], each.now)
        if found == each.health:
            continue
        changes.append({"id": each.id, **asdict(found)})
        if heard := health.news(each.health, found):
            told.append((each.id, heard))
            notes.append(_notice(each, found, heard, last[each.id]))
    if changes:
        connection.execute(_CHANGE, {"given": orjson.dumps(changes).decode()})
    if notes:
        notices.tell(connection, notes)
    return told


_CHANGE = text("""
    UPDATE subscriptions s SET
        enabled = g.enabled, failing_since = g.failing_since, failures = g.failures,
        failed_deliveries = g.failed_deliveries, warned_percent = g.warned_percent, slowness = g.slowness,
        slowed_at = g.slowed_at, held_until = g.held_until, disabled_at = g.disabled_at,
        disabled_reason = g.disabled_reason,
        updated_at = CASE WHEN s.enabled = g.enabled THEN s.updated_at ELSE g.disabled_at END
    FROM json_to_recordset(CAST(:given AS json)) AS g(
             id uuid, enabled boolean, failing_since timestamptz, failures integer, failed_deliveries integer,
             warned_percent integer, slowness integer, slowed_at timestamptz, held_until timestamptz,
             disabled_at timestamptz, disabled_reason text)
    WHERE s.id = g.id
""")


def _notice(before: Checked, found: Health, heard: News, last: Attempt) -> Notice:
    # Of one spell of failures everything is told once; it begins anew with the first failure after a success.
    spell = str(before.health.failing_since or before.now)
    if heard.what == "disabled":
        data = {"reason": found.disabled_reason, "disabled_at": timestamp(before.now)}
        return Notice(EventType.DISABLED, before.id, f"{before.now}", data)
    if heard.what == "recovered":
        data = {"reason": "answered", "recovered_at": timestamp(before.now)}
        return Notice(EventType.RECOVERED, before.id, spell, data)
    since = found.failing_since or before.now
    return Notice(
        EventType.FAILING,
        before.id,
        f"{spell} {heard.percent}",
        {
            "percent": heard.percent,
            "failing_since": timestamp(since),
            "disables_at": timestamp(since + timedelta(seconds=FAILING_SECONDS)),
            "failed": found.failed_deliveries,
            "status": last.status,
            "error_class": last.error_class,
        },
    )
