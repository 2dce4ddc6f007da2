"""Statistics are added up from an index alone."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Makes the index anew, with what is added up."""
    op.execute("DROP INDEX attempts_subscription_id")
    op.execute("""
        CREATE INDEX attempts_subscription_id ON attempts (subscription_id, started_at, id)
        INCLUDE (duration_ms, error_class)
    """)
