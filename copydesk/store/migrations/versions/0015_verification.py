"""A subscription may ask to be sent nothing until its endpoint has shown that it wants to be."""

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Adds the column."""
    op.execute("ALTER TABLE subscriptions ADD COLUMN unverified boolean NOT NULL DEFAULT false")
