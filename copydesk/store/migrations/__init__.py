"""The migrations of the database, from an empty one to today's."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text

from copydesk.errors import CopydeskError, OutageError
from copydesk.store.database import REACHING, driver_url, told_as_outage

HERE = Path(__file__).parent
# Two processes that migrate at once would trip over each other.
LOCK = 7_203_650_001


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    return config


def head() -> str:
    """Returns the newest revision of the schema that this code knows."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    if newest is None:
        raise OutageError("this installation of copydesk has no migrations")
    return newest


def revisions() -> set[str]:
    """Returns every revision of the schema that this code knows."""
    return {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


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
    if there is not None and there not in revisions():
        raise NewerSchemaError(
            f"The database has schema {there}, newer than {head()} of this version: run the newer version."
        )


def _run(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
