"""Statements that are asked past SQLAlchemy: the same answers, and the same errors."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import Connection, DateTime, Double, Integer, Text, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from copydesk.errors import OutageError
from copydesk.model import new_id
from copydesk.store import statements
from copydesk.store.database import Database
from copydesk.store.events import IDS

_EACH = text("SELECT id, :more AS more, '100%' AS share FROM unnest(:ids) AS given(id)").bindparams(
    bindparam("ids", type_=IDS)
)


def test_rows_are_what_sqlalchemy_gives(database: Database) -> None:
    values = {"ids": [new_id(), new_id()], "more": 7}
    with database.transaction() as connection:
        found = statements.rows(connection, _EACH, values)
        assert found == [tuple(row) for row in connection.execute(_EACH, values)]
    assert [row.id for row in found] == values["ids"]
    assert (found[0].more, found[0].share) == (7, "100%")


def test_an_empty_list_of_ids_keeps_its_type(database: Database) -> None:
    with database.transaction() as connection:
        assert statements.rows(connection, _EACH, {"ids": [], "more": 1}) == []


def test_a_list_arrives_as_it_is_whatever_is_in_it(database: Database) -> None:
    values: dict[str, list[Any]] = {
        "ids": [new_id(), None],
        "numbers": [-(2**31), None, 2**31 - 1],
        "reals": [0.1, 1e-300, -1.5e300, float("inf"), None],
        "moments": [datetime(2026, 3, 1, 8, 30, 0, 123456, tzinfo=UTC), None],
        "names": ['a "b", {c}', "NULL", "", None],
    }
    types = {
        "ids": IDS,
        "numbers": ARRAY(Integer),
        "reals": ARRAY(Double),
        "moments": ARRAY(DateTime(timezone=True)),
        "names": ARRAY(Text),
    }
    asked = text("SELECT " + ", ".join(f":{name} AS {name}" for name in values))
    statement = asked.bindparams(*(bindparam(name, type_=kind) for name, kind in types.items()))
    with database.transaction() as connection:
        (row,) = statements.rows(connection, statement, values)
    assert row._asdict() == values


def test_of_two_columns_with_one_name_the_first_is_asked_for_by_it(database: Database) -> None:
    with database.transaction() as connection:
        (row,) = statements.rows(connection, text("SELECT 1 AS id, 2 AS id, 3"), {})
    assert (tuple(row), row.id) == ((1, 2, 3), 1)


def test_json_is_read_as_elsewhere(database: Database) -> None:
    with database.transaction() as connection:
        assert statements.value(connection, text("""SELECT '{"a": [1]}'::jsonb""")) == {"a": [1]}


def test_a_statement_that_returns_nothing_has_no_rows_and_no_value(database: Database) -> None:
    made = text("CREATE TEMPORARY TABLE made (id int)")
    with database.transaction() as connection:
        assert statements.rows(connection, made, {}) == []
        assert statements.value(connection, text("SELECT id FROM made")) is None


def test_it_is_part_of_the_transaction(database: Database) -> None:
    insert = text(
        "INSERT INTO api_keys (id, source, scopes, prefix, token_sha256) VALUES (:id, '', '{}', '', '')"
    )

    def store(connection: Connection) -> None:
        statements.rows(connection, insert, {"id": UUID(int=1)})
        raise KeyError

    with pytest.raises(KeyError), database.transaction() as connection:
        store(connection)
    with database.transaction() as connection:
        assert statements.value(connection, text("SELECT count(*) FROM api_keys")) == 0


def test_a_value_is_made_what_its_type_says(database: Database) -> None:
    given = text("SELECT :document").bindparams(bindparam("document", type_=JSONB))
    with database.transaction() as connection:
        assert statements.value(connection, given, {"document": {"a": [1]}}) == {"a": [1]}


def _asked_after_the_connection_died(database: Database) -> None:
    with database.transaction() as connection:
        mine = statements.value(connection, text("SELECT pg_backend_pid()"))
        with database.transaction() as other:
            statements.value(other, text("SELECT pg_terminate_backend(:pid)"), {"pid": mine})
        statements.value(connection, text("SELECT 1"))


def _asked_for_too_long(database: Database) -> None:
    with database.transaction() as connection:
        statements.rows(connection, text("SET LOCAL statement_timeout = 20"), {})
        statements.rows(connection, text("SELECT pg_sleep(5)"), {})


@pytest.mark.parametrize("ask", [_asked_after_the_connection_died, _asked_for_too_long])
def test_an_outage_is_one_and_the_next_transaction_works(
    database: Database, ask: Callable[[Database], None]
) -> None:
    with pytest.raises(OutageError):
        ask(database)
    with database.transaction() as connection:
        assert statements.value(connection, text("SELECT 1")) == 1


def test_what_is_our_own_fault_is_no_outage(database: Database) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero), database.transaction() as connection:
        statements.value(connection, text("SELECT 1 / 0"))
