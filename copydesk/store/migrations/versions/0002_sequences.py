"""Each subscription numbers what it is owed. What was owed before has no number."""

from alembic import op

revision = "0002"
down_revision = "0001"

STATEMENTS = (
    "ALTER TABLE subscriptions ADD COLUMN last_sequence bigint NOT NULL DEFAULT 0",
    # Without a default: a dispatcher of the version before makes deliveries all the same.
    "ALTER TABLE deliveries ADD COLUMN sequence bigint",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
