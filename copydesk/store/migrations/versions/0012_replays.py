"""Replays: what is to be sent again, or was never owed, carried out a little at a time."""

from alembic import op

revision = "0012"
down_revision = "0011"

STATEMENTS = (
    """
    CREATE TABLE replays (
        id uuid PRIMARY KEY,
        source text NOT NULL,
        subscription_id uuid NOT NULL REFERENCES subscriptions,
        chosen text NOT NULL CONSTRAINT replays_chosen_check CHECK (chosen IN ('all', 'failed', 'missing')),
        since timestamptz,
        before timestamptz,
        filter jsonb,
        dry_run boolean NOT NULL,
        state text NOT NULL CONSTRAINT replays_state_check CHECK (state IN ('running', 'done', 'cancelled')),
        first_position bigint NOT NULL,
        position bigint NOT NULL,
        last_position bigint NOT NULL,
        again bigint NOT NULL DEFAULT 0,
        added bigint NOT NULL DEFAULT 0,
        superseded bigint NOT NULL DEFAULT 0,
        expired bigint NOT NULL DEFAULT 0,
        waiting bigint NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT now(),
        due_at timestamptz NOT NULL DEFAULT now(),
        settled_at timestamptz
    )
    """,
    "CREATE INDEX replays_running ON replays (due_at) WHERE state = 'running'",
    "CREATE INDEX replays_subscription_id ON replays (subscription_id)",
)


def upgrade() -> None:
    """Adds the table."""
    for statement in STATEMENTS:
        op.execute(statement)
