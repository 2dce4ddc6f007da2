"""Notices: operational events, told of a subscription to the others that asked for them.

Whom exactly is decided at fan-out; an event that nobody could be told of is not made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, bindparam, text

from copydesk.model import EventType, new_id
from copydesk.records import timestamp
from copydesk.store.events import EVENTS_CHANNEL, IDS
from copydesk.store.keys import ADMINS


@dataclass(frozen=True, slots=True)
class Notice:
    """What became of a subscription.

    Args:
        type: one of `copydesk.model.OPERATIONAL`.
        subscription_id: whom it is about.
        cause: what it is told for: of one type, each cause of a subscription is told once.
        data: what is told, in the shape of the contract, without `subscription_id`, `source` and
            `description`, which are added. What is `None` is left out.
    """

    type: EventType
    subscription_id: UUID
    cause: str
    data: Mapping[str, Any]


def tell(connection: Connection, notices: Sequence[Notice]) -> None:
    """Inserts the events of what became of subscriptions; telling the same again changes nothing.

    One statement, which asks a small index where nobody wants to know.

    Args:
        connection: an open transaction: that of the change that is told.
        notices: of any number of subscriptions.
    """
    given = [
        {
            "id": new_id(),
            "type": each.type,
            "subscription_id": each.subscription_id,
            "cause": each.cause,
            "data": each.data,
        }
        for each in notices
    ]
    connection.execute(_TELL, {"given": orjson.dumps(given).decode(), "channel": EVENTS_CHANNEL})


# The list of types is that of the index subscriptions_told, which holds the few who ask for any.
_TELL = text(f"""
    WITH made AS (
        INSERT INTO events (id, type, source, subscription_id, cause, data)
        SELECT g.id, g.type, s.source, s.id, g.cause, jsonb_strip_nulls(g.data || jsonb_build_object(
                   'subscription_id', s.id, 'source', s.source, 'description', s.description))
        FROM json_to_recordset(CAST(:given AS json)) AS g(
                 id uuid, type text, subscription_id uuid, cause text, data jsonb)
             JOIN subscriptions s ON s.id = g.subscription_id
        WHERE EXISTS (
            SELECT FROM subscriptions o
            WHERE o.deleted_at IS NULL AND o.event_types && ARRAY[
                      'subscription.disabled', 'subscription.recovered', 'delivery.failing',
                      'delivery.exhausted']
              AND g.type = ANY(o.event_types) AND o.id <> s.id
              AND (o.source = s.source OR o.source IN ({ADMINS})))
        ON CONFLICT DO NOTHING RETURNING id
    )
    SELECT pg_notify(:channel, '') FROM made
""")  # noqa: S608 - the question is ours


def tell_exhausted(connection: Connection, deliveries: Sequence[UUID]) -> None:
    """Tells of deliveries that are exhausted; each anew when it is so again after a retry.

    Not of one that was to tell an operational event: telling of what could not be told has no end.

    Args:
        connection: an open transaction: that in which they were settled.
        deliveries: their ids.
    """
    rows = connection.execute(_EXHAUSTED, {"ids": deliveries})
    if told := [_exhausted(row._mapping) for row in rows]:  # noqa: SLF001 - it is public
        tell(connection, told)


def _exhausted(row: Mapping[Any, Any]) -> Notice:
    data = {
        "delivery_id": row["id"],
        "event_id": row["event_id"],
        "event_type": row["type"],
        "sequence": row["sequence"],
        "attempts": row["attempts"],
        "status": row["status"],
        "error_class": row["error_class"],
        "exhausted_at": timestamp(row["settled_at"]),
    }
    cause = f"{row['id']} {row['attempts']}"
    return Notice(EventType.EXHAUSTED, row["subscription_id"], cause, data)


_EXHAUSTED = text("""
    SELECT d.id, d.subscription_id, d.event_id, e.type, d.sequence, d.attempts, d.status, d.error_class,
           d.settled_at
    FROM deliveries d JOIN events e ON e.id = d.event_id
    WHERE d.id = ANY(:ids) AND d.state = 'exhausted' AND e.subscription_id IS NULL
    ORDER BY d.settled_at, d.id
""").bindparams(bindparam("ids", type_=IDS))
