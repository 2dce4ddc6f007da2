import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from copydesk.store import migrations
from copydesk.store.database import driver_url
from copydesk.store.tables import metadata


def _ours(_object: object, name: str | None, kind: str, _reflected: bool, _to: object) -> bool:
    return kind != "table" or not str(name).startswith(("attempts_", "alembic_"))


def test_migrations_make_the_tables_that_the_code_knows(empty_database_url: str) -> None:
    migrations.upgrade(empty_database_url)
    engine = create_engine(driver_url(empty_database_url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": _ours, "compare_type": True})
        differences = compare_metadata(context, metadata)
    engine.dispose()
    assert differences == []


def test_migrating_twice_changes_nothing(empty_database_url: str) -> None:
    migrations.upgrade(empty_database_url)
    migrations.upgrade(empty_database_url)
    engine = create_engine(driver_url(empty_database_url))
    with engine.connect() as connection:
        assert (
            connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == migrations.head()
        )
        assert connection.execute(text("SELECT count(*) FROM event_counter")).scalar() == 1
    engine.dispose()


def test_a_newer_schema_is_refused_with_a_sentence(empty_database_url: str) -> None:
    migrations.upgrade(empty_database_url)
    engine = create_engine(driver_url(empty_database_url))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(migrations.NewerSchemaError, match="run the newer version"):
        migrations.upgrade(empty_database_url)
