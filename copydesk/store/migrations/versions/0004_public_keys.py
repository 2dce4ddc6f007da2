"""Public keys: a subscription may be signed for with ed25519."""

from alembic import op

revision = "0004"
down_revision = "0003"

STATEMENTS = (
    """
    ALTER TABLE subscriptions
        ADD COLUMN signature_scheme text NOT NULL DEFAULT 'v1'
            CONSTRAINT subscriptions_signature_scheme_check CHECK (signature_scheme IN ('v1', 'v1a')),
        ADD COLUMN public_key text
    """,
    "ALTER TABLE former_secrets ADD COLUMN public_key text",
)


def upgrade() -> None:
    """Adds the columns."""
    for statement in STATEMENTS:
        op.execute(statement)
