import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, text

from copydesk.errors import OutageError
from copydesk.settings import DispatcherSettings
from copydesk.store.database import Database
from services.publish.transactions import Transactions
from tests.publish.conftest import BROKER


def _make(url: str, change: Callable[[Connection], Any]) -> Any:
    transactions = Transactions(DispatcherSettings(database_url=url, broker_url=BROKER))
    try:
        return asyncio.run(transactions.make(change))
    finally:
        transactions.close()


def _count(connection: Connection) -> int:
    return connection.execute(text("UPDATE event_counter SET position = 7")).rowcount


def _position(database: Database) -> Any:
    with database.transaction() as connection:
        return connection.execute(text("SELECT position FROM event_counter")).scalar()


def test_a_change_is_committed_and_its_answer_returned(database: Database, database_url: str) -> None:
    assert _make(database_url, _count) == 1
    assert _position(database) == 7


def test_a_change_that_raises_is_rolled_back(database: Database, database_url: str) -> None:
    def fail(connection: Connection) -> None:
        _count(connection)
        raise RuntimeError("a fault")

    with pytest.raises(RuntimeError, match="a fault"):
        _make(database_url, fail)
    assert _position(database) == 0


def test_the_event_loop_does_not_wait_in_its_own_thread(database_url: str) -> None:
    assert _make(database_url, lambda _: threading.current_thread()) is not threading.current_thread()


def test_an_absent_database_is_an_outage() -> None:
    with pytest.raises(OutageError):
        _make("postgresql://127.0.0.1:9/absent", _count)
