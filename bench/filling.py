"""Many stored stories: copies of one that went through the whole walk, made by PostgreSQL itself."""

import psycopg

from bench.figures import Tell

CHUNK = 20_000  # stories a transaction

# Every table that a story leaves rows in; the rows of the story that is copied are looked up once.
_COPY = """
    WITH original AS MATERIALIZED (
        SELECT s.source, r.*, n.enrichment, e.type AS event_type
        FROM events e JOIN stories s ON s.id = e.story_id JOIN revisions r ON r.id = e.revision_id
             JOIN enrichments n ON n.revision_id = r.id
        ORDER BY e.created_at LIMIT 1
    ), place AS (
        UPDATE event_counter SET position = position + %(count)s RETURNING position - %(count)s AS before
    ), made AS MATERIALIZED (
        SELECT number, uuidv7() AS story, uuidv7() AS revision, uuidv7() AS event, uuidv7() AS delivery
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
        SELECT event, event_type, story, revision, 1, source, before + number FROM made, original, place
    ), delivery AS (
        INSERT INTO deliveries (id, event_id, subscription_id, state, attempts, settled_at, status)
        SELECT delivery, event, subscription, 'delivered', 1, now(), 204
        FROM made, (SELECT id AS subscription FROM subscriptions ORDER BY id LIMIT 1) AS subscribed
        WHERE %(delivered)s
    )
    INSERT INTO attempts (id, started_at, delivery_id, number, duration_ms, status, response, dispatcher)
    SELECT uuidv7(), now(), delivery, 1, 10, 204, '', 'bench' FROM made WHERE %(delivered)s
"""


def fill(url: str, count: int, tell: Tell, *, delivered: bool = True) -> None:
    """Stores `count` more stories like the first one, finished; then analyses, so that plans are true.

    Args:
        url: the database, where nothing else happens meanwhile, and one story has been published.
        count: how many.
        tell: hears of the progress.
        delivered: whether each was delivered to the first subscription; else nothing is owed of it.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        # The copies refer to each other; looking that up for every row takes as long as writing it.
        connection.execute("SET session_replication_role = replica")
        for done in range(0, count, CHUNK):
            tell(f"storing {count:,} stories: {done:,}")
            connection.execute(_COPY, {"count": min(CHUNK, count - done), "delivered": delivered})
        tell(f"storing {count:,} stories: analysing")
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
