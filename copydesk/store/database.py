"""One process's connections to PostgreSQL."""

import select
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import orjson
import psycopg
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, InterfaceError, InvalidatePoolError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from copydesk.errors import OutageError, SchemaError
from copydesk.store import schema

CONNECT_SECONDS = 2
# Nothing copydesk asks takes a second: what takes longer is stuck, and what falls silent within a
# transaction is a frozen process, whose locks the others wait for.
SESSION = "-c statement_timeout=15000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=5000"


def driver_url(url: str) -> str:
    """Returns a PostgreSQL URL as SQLAlchemy wants it: with psycopg as its driver."""
    return f"postgresql+psycopg://{url.partition('://')[2]}"


def _dumps(value: object) -> str:
    return orjson.dumps(value).decode()


# A host that is gone says nothing: TCP finds out within seconds rather than minutes.
REACHING = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


def connecting(application_name: str) -> dict[str, Any]:
    """Returns how copydesk connects, as psycopg takes it."""
    return {"application_name": application_name, "options": SESSION, **REACHING}


# As SQLAlchemy says it, and as psycopg does to `copydesk.store.statements`.
_OUTAGES = (
    OperationalError,
    InterfaceError,
    PoolTimeoutError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
)


_UNMIGRATED = (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn)


@contextmanager
def told_as_outage() -> Iterator[None]:
    """Tells what SQLAlchemy or psycopg raises because the database is away, or not migrated, from the rest.

    Raises:
        OutageError: PostgreSQL is away, stopping, out of room or of time.
        SchemaError: it has not the schema that this version needs.
    """
    try:
        yield
    except _OUTAGES as error:
        raise OutageError(f"the database does not answer: {first_line(error)}") from error
    except (DBAPIError, *_UNMIGRATED) as error:
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            raise OutageError(f"the database went away: {first_line(error)}") from error
        if isinstance(error, DBAPIError) and error.statement is None:  # nothing was asked yet
            raise OutageError(f"the database cannot be reached: {first_line(error)}") from error
        if isinstance(_cause(error), _UNMIGRATED):
            said = f"{first_line(error)}: run `copydesk migrate`"
            raise SchemaError(f"the database has not the schema of this version, {said}") from error
        raise


class Database:
    """A pool of connections, and transactions on them.

    Args:
        url: `postgresql://…`, as `Settings.database_url` gives it.
        pool_size: connections kept at the most; a further caller waits `CONNECT_SECONDS`.
        application_name: how this process shows in `pg_stat_activity`.
    """

    def __init__(self, url: str, *, pool_size: int = 10, application_name: str = "copydesk") -> None:
        self._engine = create_engine(
            driver_url(url),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=CONNECT_SECONDS,
            pool_use_lifo=True,  # the one used last has its statements prepared, and did not rest
            hide_parameters=True,
            json_serializer=_dumps,
            json_deserializer=orjson.loads,
            connect_args=connecting(application_name),
        )
        event.listen(self._engine, "checkout", self._check_out)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Gives a connection; commits when the block ends, rolls back when it raises.

        Raises:
            OutageError: PostgreSQL is away, stopping, out of room or of time. What was asked may
                or may not have been committed: ask again, every step can be taken twice.
            SchemaError: it waits to be migrated.
        """
        with told_as_outage(), self._engine.begin() as connection:
            yield connection

    def _check_out(
        self, connection: DBAPIConnection, _record: ConnectionPoolEntry, _proxy: PoolProxiedConnection
    ) -> None:
        """A connection that has ended ends all that are as old."""
        if has_news(cast("psycopg.Connection[Any]", connection)):
            try:
                self._engine.dialect.do_ping(connection)
            except psycopg.Error:
                raise InvalidatePoolError from None

    def check(self) -> None:
        """Asks the smallest question: which schema there is.

        Raises:
            OutageError: there was no answer.
            SchemaError: there are no tables yet, or a migration is missing.
        """
        with self.transaction() as connection:
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        if schema.is_old(found):
            said = f"the database has schema {found}, this version needs {schema.head()}"
            raise SchemaError(f"{said}: run `copydesk migrate`")

    def close(self) -> None:
        """Closes every connection that is not in use."""
        self._engine.dispose()


def has_news(connection: psycopg.Connection[Any] | psycopg.AsyncConnection[Any]) -> bool:
    """Whether there is something to read on a connection that nothing was asked on: mostly, that it is over.

    That is a look at the socket, and costs a hundredth of a question. What has news is to be asked.
    """
    looking = select.poll()
    try:
        looking.register(connection.fileno(), select.POLLIN)
    except psycopg.Error:  # it is known to be over
        return True
    return bool(looking.poll(0))


def first_line(error: Exception) -> str:
    """Returns what an error of the driver says first, or its type."""
    cause = _cause(error)
    return (str(cause).strip().splitlines() or [type(cause).__name__])[0]


def _cause(error: Exception) -> BaseException | None:
    return error.orig if isinstance(error, DBAPIError) else error
