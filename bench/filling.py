"""Many stories: copies of one that went through the whole walk, made by PostgreSQL itself."""

from uuid import UUID

import psycopg

from bench.figures import Tell
from copydesk.store.events import EVENTS_CHANNEL

CHUNK = 20_000  # stories, or deliveries, a transaction

# Every table that a story leaves rows in; the rows of the story that is copied are looked up once. A story
# that is not `finished` is one that was enriched this moment: its event waits for its place.
_COPY = """
    WITH original AS MATERIALIZED (
        SELECT s.source, r.*, n.enrichment, e.type AS event_type
        FROM events e JOIN stories s ON s.id = e.story_id JOIN revisions r ON r.id = e.revision_id
             JOIN enrichments n ON n.revision_id = r.id
        ORDER BY e.position LIMIT 1
    ), place AS (
        UPDATE event_counter SET position = position + CASE WHEN %(finished)s THEN %(count)s ELSE 0 END
        RETURNING position - %(count)s AS before
    ), made AS MATERIALIZED (
        SELECT number, uuidv7() AS story, uuidv7() AS revision, uuidv7() AS event
        FROM generate_series(1, %(count)s) AS number
    ), story AS (
        INSERT INTO stories (id, source, uri, newest_version)
        SELECT story, source, 'urn:copydesk:stored:' || story, 1 FROM made, original
    ), revision AS (
        INSERT INTO revisions (id, story_id, version, lane, content_sha256, document, state, attempts,
                               enqueued_at, leased_at, settled_at, published)
        SELECT revision, story, 1, lane, sha256(uuid_send(story)), document, 'enriched', 1,
               now(), now(), now(), true
        FROM made, original
    ), step AS (
        INSERT INTO steps (id, revision_id, name, generation, attempt, duration_ms, worker, outcome)
        SELECT uuidv7(), revision, name, 1, 1, 10, 'bench', 'ok'
        FROM made, unnest(ARRAY['accept', 'enrich']) AS name
    ), enrichment AS (
        INSERT INTO enrichments (revision_id, generation, enrichment)
        SELECT revision, 1, enrichment FROM made, original
    ), event AS (
        INSERT INTO events (id, type, story_id, revision_id, generation, source, position)
        SELECT event, event_type, story, revision, 1, source, CASE WHEN %(finished)s THEN before + number END
        FROM made, original, place
    ), delivery AS (
        INSERT INTO deliveries (id, event_id, subscription_id, state, attempts, settled_at, status)
        SELECT uuidv7(), event, subscriptions.id, 'delivered', 1, now(), 204
        FROM made, subscriptions WHERE %(finished)s
        RETURNING id
    ), attempt AS (
        INSERT INTO attempts (id, started_at, delivery_id, number, duration_ms, status, response, dispatcher)
        SELECT uuidv7(), now(), id, 1, 10, 204, '', 'bench' FROM delivery
    )
    SELECT event FROM made
"""


def fill(url: str, count: int, tell: Tell) -> None:
    """Stores `count` more stories like the first one, finished; then analyses, so that plans are true.

    Each was delivered to every subscription.

    Args:
        url: the database, where nothing else happens meanwhile, and one story has been published.
        count: how many.
        tell: hears of the progress.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        # The copies refer to each other; looking that up for every row takes as long as writing it.
        connection.execute("SET session_replication_role = replica")
        chunk = max(1, CHUNK // _subscriptions(connection))
        for done in range(0, count, chunk):
            tell(f"storing {count:,} stories: {done:,}")
            connection.execute(_COPY, {"count": min(chunk, count - done), "finished": True})
        tell(f"storing {count:,} stories: analysing")
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def publish(connection: psycopg.Connection, count: int = 1) -> list[UUID]:
    """Stores stories like the first one as if they were enriched this moment, and wakes a dispatcher.

    Returns:
        The ids of their events.
    """
    with connection.transaction():
        rows = connection.execute(_COPY, {"count": count, "finished": False}).fetchall()
        connection.execute(f"NOTIFY {EVENTS_CHANNEL}")
    return [event for (event,) in rows]


def _subscriptions(connection: psycopg.Connection) -> int:
    ((count,),) = connection.execute("SELECT greatest(count(*), 1) FROM subscriptions").fetchall()
    return int(count)
