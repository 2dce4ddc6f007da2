"""That a subscription asked for verification is remembered: a new endpoint of its has to show itself, too."""

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Adds the column. Of those that are verified by now nobody knows whether they had asked."""
    op.execute("ALTER TABLE subscriptions ADD COLUMN verify boolean NOT NULL DEFAULT false")
    op.execute("UPDATE subscriptions SET verify = true WHERE unverified")
