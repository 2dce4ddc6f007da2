"""A subscription may have headers and a name with a password sent along: sealed, in one column."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Adds the column."""
    op.execute("ALTER TABLE subscriptions ADD COLUMN carried bytea")
