"""Erasure: when the content of a version was emptied."""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Adds the column."""
    op.execute("ALTER TABLE revisions ADD COLUMN erased_at timestamptz")
