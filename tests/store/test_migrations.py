import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from copydesk.store import migrations, schema
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
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == schema.head()
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


def test_the_files_are_named_for_the_migrations_in_their_order() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations.HERE))
    newest_first = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert schema.known() == tuple(reversed(newest_first))


def test_a_schema_is_too_old_where_this_code_knows_a_later_one() -> None:
    *older, newest = schema.known()
    assert [schema.is_old(each) for each in (None, *older)] == [True] * (1 + len(older))
    assert not schema.is_old(newest)
    assert not schema.is_old("9999"), "old processes work on the schema of a newer version"
