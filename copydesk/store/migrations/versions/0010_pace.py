"""How a subscription wants to be sent to, how its endpoint fares, what orders the versions of a story."""

from alembic import op

revision = "0010"
down_revision = "0009"

STATEMENTS = (
    """
    ALTER TABLE subscriptions
        ADD COLUMN retry_schedule_seconds double precision[],
        ADD COLUMN expires_after_seconds integer,
        ADD COLUMN rate_per_second double precision,
        ADD COLUMN in_flight integer,
        ADD COLUMN tokens double precision NOT NULL DEFAULT 1,
        ADD COLUMN tokens_at timestamptz NOT NULL DEFAULT now(),
        ADD COLUMN failing_since timestamptz,
        ADD COLUMN failures integer NOT NULL DEFAULT 0,
        ADD COLUMN failed_deliveries integer NOT NULL DEFAULT 0,
        ADD COLUMN warned_percent integer NOT NULL DEFAULT 0,
        ADD COLUMN slowness integer NOT NULL DEFAULT 0,
        ADD COLUMN slowed_at timestamptz,
        ADD COLUMN held_until timestamptz,
        ADD COLUMN disabled_at timestamptz,
        ADD COLUMN disabled_reason text,
        ADD CONSTRAINT subscriptions_disabled_reason_check
            CHECK (disabled_reason IN ('requested', 'gone', 'failing'))
    """,
    "UPDATE subscriptions SET disabled_at = updated_at, disabled_reason = 'requested' WHERE NOT enabled",
    """
    ALTER TABLE deliveries
        ADD COLUMN resume_at timestamptz,
        ADD COLUMN story_id uuid,
        ADD COLUMN edition bigint
    """,
    # What is still owed keeps its order; what was settled before may be sent again out of it.
    """
    UPDATE deliveries d SET story_id = e.story_id, edition = r.version::bigint << 32 | e.generation
    FROM events e JOIN revisions r ON r.id = e.revision_id
    WHERE d.state IN ('due', 'sending') AND e.id = d.event_id
      AND e.type IN ('story.published', 'story.updated', 'story.retracted')
    """,
    # Without version 1 as it was first enriched: most stories have no other, and nothing is older.
    """
    CREATE INDEX deliveries_story ON deliveries (subscription_id, story_id, edition)
    WHERE edition > 4294967297
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
