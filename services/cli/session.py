"""One transaction on the database that a command was pointed at."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from copydesk.store.database import Database
from services.cli.target import database_url


@contextmanager
def transaction() -> Iterator[Connection]:
    """Gives a connection; commits when the block ends.

    Raises:
        click.UsageError: no database is known.
        OutageError: the database does not answer.
    """
    database = Database(database_url(), pool_size=1, application_name="copydesk command")
    try:
        with database.transaction() as connection:
            yield connection
    finally:
        database.close()
