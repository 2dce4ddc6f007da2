"""Reading by position: how far the events were removed, so that no reader steps over a loss unawares."""

from alembic import op

revision = "0007"
down_revision = "0006"

STATEMENTS = (
    "ALTER TABLE event_counter ADD COLUMN removed_position bigint NOT NULL DEFAULT 0",
    # What was removed so far is known by the gaps that it left.
    """
    UPDATE event_counter SET removed_position = coalesce((
        SELECT max(position) - 1
        FROM (SELECT position, lag(position, 1, 0::bigint) OVER (ORDER BY position) AS before
              FROM events WHERE position IS NOT NULL) AS placed
        WHERE position > before + 1), 0)
    """,
)


def upgrade() -> None:
    """Adds the column, and fills it."""
    for statement in STATEMENTS:
        op.execute(statement)
