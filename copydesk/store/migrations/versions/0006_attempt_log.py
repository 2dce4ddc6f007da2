"""The attempt log: whose each attempt was, what went over the wire, and how long each part of it took."""

from alembic import op

revision = "0006"
down_revision = "0005"

STATEMENTS = (
    # What was attempted before has none of these.
    """
    ALTER TABLE attempts
        ADD COLUMN subscription_id uuid,
        ADD COLUMN sent json,
        ADD COLUMN received json,
        ADD COLUMN dns_ms real,
        ADD COLUMN connect_ms real,
        ADD COLUMN tls_ms real,
        ADD COLUMN first_byte_ms real
    """,
    "CREATE INDEX attempts_subscription_id ON attempts (subscription_id, started_at, id)",
    # Of what failed alone: what arrived, which is most, costs no more than one index.
    """
    CREATE INDEX attempts_error_class ON attempts (subscription_id, error_class, started_at, id)
    WHERE error_class IS NOT NULL
    """,
    """
    CREATE INDEX attempts_status ON attempts (subscription_id, status, started_at, id)
    WHERE error_class IS NOT NULL
    """,
)


def upgrade() -> None:
    """Adds columns and indexes, which every day's table gets."""
    for statement in STATEMENTS:
        op.execute(statement)
