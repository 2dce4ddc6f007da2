"""Erasure: the content of a story, or of replies, is emptied on request; what became of it stays."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import Connection, bindparam, insert, text

from copydesk.store import health
from copydesk.store.claims import Claim
from copydesk.store.events import IDS
from copydesk.store.stories import step
from copydesk.store.tables import steps

EMPTY: Final[dict[str, Any]] = {"title": "", "body": ""}
"""The document of what was erased: no story is accepted that has an empty title."""


def erase(connection: Connection, story_id: UUID, source: str | None, by: str) -> bool:
    """Empties every version of a story that there is, and all that tells of it. Twice is as good as once.

    Documents, enrichments, data of events, and what endpoints answered. What a worker has in hand comes to
    nothing, and what is owed is discarded; an attempt under way is not stored. A version that is posted
    later is a new one.

    Args:
        connection: an open transaction.
        story_id: the story.
        source: whose stories may be erased; `None` for everyone's.
        by: who asks.

    Returns:
        Whether there is such a story.
    """
    if connection.execute(_HOLD, {"story": story_id, "source": source}).scalar() is None:
        return False
    # Before anything that whoever settles or fans out waits for while it holds them.
    health.lock(connection, connection.execute(_OWED_TO, {"story": story_id}).scalars().all())
    empty = {"story": story_id, "empty": orjson.dumps(EMPTY).decode()}
    revisions = connection.execute(_REVISIONS, empty).all()
    ids = [row.id for row in revisions]
    connection.execute(_ENRICHMENTS, {"ids": ids})
    connection.execute(_EVENTS, {"ids": ids})
    # Of versions erased before as well: a person may have sent one again, an answer may have come since.
    connection.execute(_DISCARD, {"story": story_id})
    connection.execute(_ATTEMPTS, {"story": story_id})
    if revisions:
        notes = [step(row.id, "erase", by, generation=row.generation) for row in revisions]
        connection.execute(insert(steps), notes)
    return True


# Whoever posts a version, or stores an enrichment, waits for this; whoever inserts an event does not.
_HOLD = text("""
    SELECT id FROM stories WHERE id = :story AND (CAST(:source AS text) IS NULL OR source = :source)
    FOR NO KEY UPDATE
""")
_OWED_TO = text("""
    SELECT DISTINCT d.subscription_id FROM deliveries d JOIN events e ON e.id = d.event_id
    WHERE e.story_id = :story AND d.state IN ('due', 'sending')
""")
_REVISIONS = text("""
    UPDATE revisions SET
        document = CAST(:empty AS jsonb), erased_at = clock_timestamp(),
        state = CASE WHEN state = 'enriched' THEN state ELSE 'discarded' END,
        settled_at = coalesce(settled_at, clock_timestamp()), lease_token = NULL, lease_until = NULL
    WHERE story_id = :story AND erased_at IS NULL
    RETURNING id, generation
""")
_ENRICHMENTS = text("""
    UPDATE enrichments SET enrichment = '{}' WHERE revision_id = ANY(:ids)
""").bindparams(bindparam("ids", type_=IDS))
_EVENTS = text("""
    UPDATE events SET data = '{}' WHERE revision_id = ANY(:ids) AND data IS NOT NULL
""").bindparams(bindparam("ids", type_=IDS))
_ERASED = """
    SELECT d.id FROM deliveries d JOIN events e ON e.id = d.event_id JOIN revisions r ON r.id = e.revision_id
    WHERE e.story_id = :story AND r.erased_at IS NOT NULL
"""
_DISCARD = text(f"""
    UPDATE deliveries SET
        state = 'discarded', settled_at = clock_timestamp(), lease_token = NULL, lease_until = NULL
    WHERE id IN ({_ERASED} AND d.state IN ('due', 'sending') ORDER BY d.id FOR UPDATE OF d)
""")  # noqa: S608 - the condition is ours
# An error may quote the line that it stumbled over.
_EMPTIED = """
    UPDATE attempts SET response = NULL, received = NULL, detail = NULL
    WHERE num_nonnulls(response, received, detail) > 0 AND delivery_id
"""
_ATTEMPTS = text(f"{_EMPTIED} IN ({_ERASED})")


def erase_replies(connection: Connection, delivery_id: UUID, source: str | None) -> bool:
    """Empties what an endpoint answered to a delivery so far: bodies, headers, errors that may quote them.

    That it was attempted, when, and with what status stays. Twice is as good as once; what an attempt that is
    under way gets is stored after it.

    Args:
        connection: an open transaction.
        delivery_id: the delivery.
        source: whose subscriptions' deliveries may be erased; `None` for everyone's.

    Returns:
        Whether there is such a delivery.
    """
    if connection.execute(_DELIVERY, {"id": delivery_id, "source": source}).scalar() is None:
        return False
    connection.execute(_REPLIES, {"id": delivery_id})
    return True


_DELIVERY = text("""
    SELECT d.id FROM deliveries d JOIN subscriptions b ON b.id = d.subscription_id
    WHERE d.id = :id AND (CAST(:source AS text) IS NULL OR b.source = :source)
""")
_REPLIES = text(f"{_EMPTIED} = :id")


def erased_at(connection: Connection, story_id: UUID, version: int | None = None) -> datetime | None:
    """Returns when a version of a story was erased, the newest by default; `None` where it was not."""
    found: datetime | None = connection.execute(_ERASED_AT, {"story": story_id, "version": version}).scalar()
    return found


_ERASED_AT = text("""
    SELECT erased_at FROM revisions
    WHERE story_id = :story AND (CAST(:version AS integer) IS NULL OR version = :version)
    ORDER BY version DESC LIMIT 1
""")


def is_erased(claimed: Claim) -> bool:
    """Whether what was claimed has no content any more: it was owed while it was erased."""
    return claimed.document == EMPTY


def discard(connection: Connection, claimed: Sequence[Claim]) -> None:
    """Closes what was claimed and has no content, before anything is sent."""
    values = {"ids": [each.delivery_id for each in claimed]}
    connection.execute(_CLOSE, values)


# Their subscriptions have room for more at once.
_CLOSE = text("""
    WITH closed AS (
        UPDATE deliveries SET
            state = 'discarded', settled_at = clock_timestamp(), lease_token = NULL, lease_until = NULL
        WHERE id = ANY(:ids) AND state = 'sending' RETURNING subscription_id
    )
    UPDATE subscriptions SET next_due = now() WHERE id IN (SELECT subscription_id FROM closed)
""").bindparams(bindparam("ids", type_=IDS))
