"""Statements that are asked so often that asking through SQLAlchemy would cost more than the question.

They are written like any other, as `text` with its parameters, and compiled once. They run on the cursor of
psycopg, in the transaction that is open.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, cast

import orjson
import psycopg
from psycopg import Cursor
from sqlalchemy import Connection, DateTime, Integer, TextClause, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.types import TypeEngine

_DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call] # its own


def rows(connection: Connection, statement: TextClause, values: Mapping[str, Any]) -> list[Any]:
    """Runs a statement and returns its rows, as named tuples; none where it returns nothing.

    Of columns that have one name only the first can be asked for by it.

    Args:
        connection: an open transaction.
        statement: as SQLAlchemy would be asked.
        values: of every parameter.

    Raises:
        psycopg.Error: what the database said; `Database.transaction` tells an outage from the others.
    """
    query, made = _compiled(statement)
    driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
    with driver.cursor(row_factory=_named) as cursor:
        cursor.execute(query, {**values, **{name: make(values[name]) for name, make in made.items()}})
        result = cursor.pgresult
        return cursor.fetchall() if result is not None and result.nfields else []


def value(connection: Connection, statement: TextClause, values: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 - what the database holds
    """Runs a statement and returns the first column of its first row; `None` where there is no row."""
    found = rows(connection, statement, values or {})
    return found[0][0] if found else None


class _Compiled(NamedTuple):
    """SQL as psycopg takes it, the types of parameters in it; and by name what is made of their values."""

    query: bytes
    made: Mapping[str, Callable[[Any], Any]]


@lru_cache(256)
def _compiled(statement: TextClause) -> _Compiled:
    compiled = statement.compile(dialect=_DIALECT)
    made = cast("Mapping[str, Callable[[Any], Any]]", compiled._bind_processors)  # noqa: SLF001 - nothing public
    lists = {name: _array for name, bound in compiled.binds.items() if _is_plain_array(bound.type)}
    return _Compiled(str(compiled).encode(), {**made, **lists})


def _is_plain_array(kind: TypeEngine[Any]) -> bool:
    """Whether it is an array of what is written alike in JSON: text is not, nor is an infinite number."""
    return isinstance(kind, ARRAY) and isinstance(kind.item_type, Uuid | Integer | DateTime)


def _array(values: Sequence[Any]) -> str:
    """Returns a list as PostgreSQL writes an array; psycopg takes some ten times as long for it."""
    return f"{{{orjson.dumps(values).decode()[1:-1]}}}"


def _named(cursor: Cursor[Any]) -> Callable[[Sequence[Any]], Any]:
    """The row factory of psycopg."""
    result = cursor.pgresult
    names = () if result is None else tuple((result.fname(n) or b"").decode() for n in range(result.nfields))
    return _row(names)


@lru_cache(256)
def _row(names: tuple[str, ...]) -> Callable[[Sequence[Any]], Any]:
    kind: Any = namedtuple("Row", list(names), rename=True)  # type: ignore[misc] # noqa: PYI024 - known only now
    return cast("Callable[[Sequence[Any]], Any]", kind._make)
