"""The newest events, as filters look at them: read backwards, a batch at a time."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection, text

from copydesk.model import EventType, Unplaced, first_id


class Recent(NamedTuple):
    """An event of a story, with what tells it to a person."""

    event: Unplaced
    story_id: UUID
    version: int
    at: datetime


def recent(  # noqa: PLR0913 - the bounds of a batch, and what is read
    connection: Connection,
    types: Sequence[EventType],
    *,
    since: datetime,
    before: UUID | None,
    limit: int,
    record: bool,
    words: bool,
) -> list[Recent]:
    """Returns events of stories, the newest first.

    Args:
        connection: an open transaction.
        types: the types wanted.
        since: none that is older.
        before: the id of the last event of the batch before; `None` for the first batch.
        limit: events at the most.
        record: whether what enrichment found is read.
        words: whether bodies are read; titles are.
    """
    values = {
        "types": list(map(str, types)),
        "first": first_id(since),
        "before": before,
        "limit": limit,
        "record": record,
        "words": words,
    }
    return [
        Recent(
            Unplaced(
                row.id,
                EventType(row.type),
                row.source,
                row.language,
                row.enrichment,
                title=row.title,
                body=row.body,
            ),
            row.story_id,
            row.version,
            row.created_at,
        )
        for row in connection.execute(_RECENT, values)
    ]


_RECENT = text("""
    SELECT e.id, e.type, e.source, r.document->>'language' AS language, n.enrichment,
           r.document->>'title' AS title,
           CASE WHEN :words THEN r.document->>'body' ELSE '' END AS body, e.story_id, r.version, e.created_at
    FROM events e JOIN revisions r ON r.id = e.revision_id
         LEFT JOIN enrichments n
             ON :record AND n.revision_id = e.revision_id AND n.generation = e.generation
    WHERE e.id >= :first AND (CAST(:before AS uuid) IS NULL OR e.id < :before)
      AND e.type = ANY(CAST(:types AS text[])) AND r.erased_at IS NULL
    ORDER BY e.id DESC LIMIT :limit
""")


def told_as(connection: Connection, story_id: UUID, version: int, generation: int) -> list[str]:
    """Returns the types of the events that told of a record."""
    values = {"story": story_id, "version": version, "generation": generation}
    return list(connection.execute(_TOLD_AS, values).scalars())


_TOLD_AS = text("""
    SELECT e.type FROM events e JOIN revisions r ON r.id = e.revision_id
    WHERE e.story_id = :story AND r.version = :version AND e.generation = :generation ORDER BY e.id
""")
