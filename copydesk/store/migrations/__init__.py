"""The migrations of the database, from an empty one to today's."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, text

from copydesk.errors import CopydeskError
from copydesk.store import schema
from copydesk.store.database import REACHING, driver_url, told_as_outage

HERE = Path(__file__).parent
# Two processes that migrate at once would trip over each other.
LOCK = 7_203_650_001


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    return config


def upgrade(url: str) -> None:
    """Brings the database to today's schema; a second call changes nothing.

    Args:
        url: `postgresql://…`.

    Raises:
        NewerSchemaError: the database was migrated by a newer version.
        OutageError: it does not answer.
    """
    engine = create_engine(driver_url(url), connect_args=REACHING)
    try:
        with told_as_outage(), engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            _refuse_newer(connection)
            _run(connection)
    finally:
        engine.dispose()


class NewerSchemaError(CopydeskError):
    """The database has a schema that this version does not know."""


def _refuse_newer(connection: Connection) -> None:
    there = MigrationContext.configure(connection).get_current_revision()
    if there is not None and there not in schema.known():
        newer = f"The database has schema {there}, newer than {schema.head()} of this version"
        raise NewerSchemaError(f"{newer}: run the newer version.")


def _run(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
