"""What failed is listed by itself."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Adds an index, which every day's table gets."""
    op.execute("""
        CREATE INDEX attempts_failed ON attempts (subscription_id, started_at, id)
        WHERE error_class IS NOT NULL
    """)
