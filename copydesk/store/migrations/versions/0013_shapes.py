"""Subscriptions say in which shape they want records: what of them, in which offsets, up to which size."""

from alembic import op

revision = "0013"
down_revision = "0012"

STATEMENTS = (
    """
    ALTER TABLE subscriptions
        ADD COLUMN projection text NOT NULL DEFAULT 'full'
            CONSTRAINT subscriptions_projection_check CHECK (projection IN ('full', 'thin')),
        ADD COLUMN fields text[],
        ADD COLUMN offsets text NOT NULL DEFAULT 'code_points'
            CONSTRAINT subscriptions_offsets_check CHECK (offsets IN ('code_points', 'utf16')),
        ADD COLUMN max_bytes integer
    """,
)


def upgrade() -> None:
    """Adds the columns."""
    for statement in STATEMENTS:
        op.execute(statement)
