from sqlalchemy import text

from bench import plans, walk
from copydesk.store.database import Database


def test_whether_all_is_settled_is_asked_without_reading_what_is_stored(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(text("SET LOCAL enable_seqscan = off"))  # as where the table is large
        found = plans.shown("settled", plans.plan(connection, walk.UNSETTLED, {}))
    assert found.indexes == ("deliveries_due", "deliveries_sending")
    assert not found.scans
