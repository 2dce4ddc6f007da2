"""Quarantine: where a revision waits for a person."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, text

from copydesk.model import Lane
from copydesk.store.stories import step
from copydesk.store.tables import steps


def listing(connection: Connection, limit: int = 100) -> list[dict[str, Any]]:
    """Returns what waits for a person, the newest first."""
    return [dict(row) for row in connection.execute(_LISTING, {"limit": limit}).mappings()]


_LISTING = text("""
    SELECT s.id, s.source, s.uri, r.version, r.stage, r.reason, r.detail, r.attempts, r.settled_at
    FROM revisions r JOIN stories s ON s.id = r.story_id
    WHERE r.state = 'quarantined' ORDER BY r.settled_at DESC LIMIT :limit
""")


def retry(connection: Connection, story_id: UUID, version: int | None = None) -> tuple[UUID, Lane] | None:
    """Lets a quarantined revision be tried anew, as a new generation with all its tries.

    Returns:
        The revision's id and lane, to be enqueued after the commit; `None` where nothing is quarantined.
    """
    row = connection.execute(_RETRY, {"story": story_id, "version": version}).first()
    if row is None:
        return None
    connection.execute(insert(steps).values(step(row.id, "retry", "operator", generation=row.generation)))
    return row.id, Lane(row.lane)


_CHOSEN = """
    id = (SELECT id FROM revisions WHERE story_id = :story AND state = 'quarantined'
            AND (CAST(:version AS integer) IS NULL OR version = :version)
          ORDER BY version DESC LIMIT 1)
    AND state = 'quarantined'
"""
_RETRY = text(f"""
    UPDATE revisions SET state = 'accepted', generation = generation + 1, attempts = 0,
        due_at = clock_timestamp(), enqueued_at = NULL, settled_at = NULL,
        stage = NULL, reason = NULL, detail = NULL
    WHERE {_CHOSEN} RETURNING id, lane, generation
""")  # noqa: S608 - the condition is ours


def discard(connection: Connection, story_id: UUID, version: int | None = None) -> bool:
    """Gives a quarantined revision up; its row and its reason stay. Returns whether there was one."""
    row = connection.execute(_DISCARD, {"story": story_id, "version": version}).first()
    if row is None:
        return False
    connection.execute(insert(steps).values(step(row.id, "discard", "operator", generation=row.generation)))
    return True


_DISCARD = text(f"""
    UPDATE revisions SET state = 'discarded', settled_at = clock_timestamp()
    WHERE {_CHOSEN} RETURNING id, generation
""")  # noqa: S608 - the condition is ours
