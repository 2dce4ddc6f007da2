"""The migrations of the database, from an empty one to today's."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text

from copydesk.errors import OutageError
from copydesk.store.database import driver_url

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


def upgrade(url: str) -> None:
    """Brings the database to today's schema; a second call changes nothing.

    Args:
        url: `postgresql://…`.
    """
    engine = create_engine(driver_url(url))
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            _run(connection)
    finally:
        engine.dispose()


def _run(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
