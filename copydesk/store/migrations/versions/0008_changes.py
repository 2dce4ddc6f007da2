"""Changes of subscriptions are numbered in the order of their commits, so that an index can keep up."""

from alembic import op

revision = "0008"
down_revision = "0007"

STATEMENTS = (
    """
    CREATE TABLE change_counter (
        single boolean PRIMARY KEY DEFAULT true CHECK (single),
        change bigint NOT NULL DEFAULT 0
    )
    """,
    "INSERT INTO change_counter DEFAULT VALUES",
    "ALTER TABLE subscriptions ADD COLUMN change bigint NOT NULL DEFAULT 0",
    """
    WITH numbered AS (SELECT id, row_number() OVER (ORDER BY id) AS number FROM subscriptions)
    UPDATE subscriptions s SET change = number FROM numbered WHERE numbered.id = s.id
    """,
    "UPDATE change_counter SET change = (SELECT count(*) FROM subscriptions)",
    "CREATE INDEX subscriptions_change ON subscriptions (change)",
    # Whoever changes a subscription holds the counter until the commit: the next number comes after it.
    """
    CREATE FUNCTION number_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE change_counter SET change = change + 1 RETURNING change INTO NEW.change;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER subscriptions_number_change
        BEFORE INSERT OR UPDATE OF source, event_types, filter, deleted_at ON subscriptions
        FOR EACH ROW EXECUTE FUNCTION number_change()
    """,
)


def upgrade() -> None:
    """Adds the column, the counter and what keeps them."""
    for statement in STATEMENTS:
        op.execute(statement)
