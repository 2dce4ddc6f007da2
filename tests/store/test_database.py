import time

import psycopg
import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from copydesk.errors import OutageError, SchemaError
from copydesk.store import migrations, schema, statements
from copydesk.store.database import Database, has_news
from services.embedded.postgres import Postgres


def _one(database: Database) -> object:
    with database.transaction() as connection:
        return connection.execute(text("SELECT 1")).scalar()


def test_a_transaction_is_kept_when_its_block_ends_and_undone_when_it_raises(database: Database) -> None:
    def insert() -> None:
        with database.transaction() as connection:
            connection.execute(text("INSERT INTO event_counter VALUES (true, 1) ON CONFLICT DO NOTHING"))
            connection.execute(text("UPDATE event_counter SET position = 7"))
            raise KeyError

    with pytest.raises(KeyError):
        insert()
    with database.transaction() as connection:
        assert connection.execute(text("SELECT position FROM event_counter")).scalar() == 0


def test_nobody_there_is_an_outage_within_seconds() -> None:
    database = Database("postgresql://127.0.0.1:1/nothing")
    began = time.monotonic()
    with pytest.raises(OutageError, match="the database does not answer"):
        database.check()
    assert time.monotonic() - began < 5
    database.close()


def test_an_option_that_there_is_not_is_an_outage(database_url: str) -> None:
    database = Database(f"{database_url}&colour=blue")
    with pytest.raises(OutageError, match='cannot be reached: invalid connection option "colour"'):
        database.check()
    database.close()


def test_a_restart_is_an_outage_and_then_over(postgres_server: Postgres) -> None:
    database = Database(postgres_server.url())
    assert _one(database) == 1
    postgres_server.stop()
    with pytest.raises(OutageError):
        database.check()
    postgres_server.start()
    assert _one(database) == 1
    database.close()


def test_a_restart_while_nothing_is_asked_is_no_outage(postgres_server: Postgres) -> None:
    database = Database(postgres_server.url())
    with database.transaction(), database.transaction():
        pass  # it has two connections now
    postgres_server.stop()
    postgres_server.start()
    with database.transaction() as one, database.transaction() as other:
        assert one.scalar(text("SELECT 1")) == other.scalar(text("SELECT 1")) == 1
    database.close()


def test_a_connection_that_was_closed_here_has_news(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        assert not has_news(connection)
    assert has_news(connection)


def test_a_connection_that_is_cut_within_a_transaction_is_an_outage(database: Database) -> None:
    with pytest.raises(OutageError), database.transaction() as connection:
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert _one(database) == 1


def test_no_free_connection_is_an_outage(database_url: str) -> None:
    small = Database(database_url, pool_size=1)
    with small.transaction(), pytest.raises(OutageError):
        small.check()
    small.close()


def test_a_wrong_statement_is_no_outage(database: Database) -> None:
    with pytest.raises(IntegrityError), database.transaction() as connection:
        connection.execute(text("INSERT INTO event_counter VALUES (true, 1)"))


def test_a_database_without_tables_is_no_database_that_is_there(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    with pytest.raises(SchemaError):
        database.check()
    migrations.upgrade(empty_database_url)
    database.check()
    database.close()


def _migrated_to(database: Database, found: str) -> None:
    with database.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :found"), {"found": found})


def test_a_database_that_lacks_a_migration_waits_for_it(database: Database) -> None:
    before, head = schema.known()[-2:]
    _migrated_to(database, before)
    said = f"the database has schema {before}, this version needs {head}: run `copydesk migrate`"
    with pytest.raises(SchemaError, match=said):
        database.check()


def test_the_schema_of_a_newer_version_is_one_to_work_on(database: Database) -> None:
    _migrated_to(database, "9999")
    database.check()


@pytest.mark.parametrize("statement", ["SELECT * FROM nothing", "SELECT nothing FROM stories"])
@pytest.mark.parametrize("asked", ["by SQLAlchemy", "past it"])
def test_a_schema_that_is_too_old_is_told_with_its_remedy(
    database: Database, statement: str, asked: str
) -> None:
    ask = statements.rows if asked == "past it" else Connection.execute
    remedy = r"does not exist: run `copydesk migrate`$"
    with pytest.raises(SchemaError, match=remedy), database.transaction() as connection:
        ask(connection, text(statement), {})
    assert _one(database) == 1
