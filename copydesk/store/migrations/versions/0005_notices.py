"""Notices: events that tell of a subscription in place of a revision."""

from alembic import op

revision = "0005"
down_revision = "0004"

STATEMENTS = (
    """
    ALTER TABLE events
        ALTER COLUMN story_id DROP NOT NULL,
        ALTER COLUMN revision_id DROP NOT NULL,
        ALTER COLUMN generation DROP NOT NULL,
        ADD COLUMN subscription_id uuid REFERENCES subscriptions,
        ADD COLUMN cause text,
        ADD CONSTRAINT events_about_check CHECK (
            CASE WHEN subscription_id IS NULL
            THEN num_nulls(story_id, revision_id, generation) = 0 AND cause IS NULL
            ELSE num_nonnulls(story_id, revision_id, generation) = 0 AND num_nulls(cause, data) = 0 END),
        ADD CONSTRAINT events_subscription_id_type_cause_key UNIQUE (subscription_id, type, cause)
    """,
    """
    CREATE INDEX subscriptions_told ON subscriptions (id)
    WHERE deleted_at IS NULL AND event_types && ARRAY['subscription.disabled', 'subscription.recovered',
                                                      'delivery.failing', 'delivery.exhausted']
    """,
)


def upgrade() -> None:
    """Loosens and adds columns."""
    for statement in STATEMENTS:
        op.execute(statement)
