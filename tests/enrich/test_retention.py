import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text

from copydesk.settings import EnrichSettings
from copydesk.store.database import Database
from services.enrich import retention, sweep
from services.enrich.retention import Retention
from tests.accepting import accept

BROKER = "redis://127.0.0.1:1/0"


def _settings(url: str, **days: int) -> EnrichSettings:
    return EnrichSettings(database_url=url, broker_url=BROKER, sweep_seconds=0.05, **days)


def _do(database: Database, statement: str, **values: Any) -> Any:
    with database.transaction() as connection:
        found = connection.execute(text(statement), values)
        return found.scalar() if found.returns_rows else None


def _attempt(database: Database, age_days: float) -> None:
    at = datetime.now(UTC) - timedelta(days=age_days)
    _do(database, """
        INSERT INTO attempts (id, started_at, delivery_id, number, duration_ms, dispatcher)
        VALUES (:id, :at, :id, 1, 1, 'd')
    """, id=uuid4(), at=at)  # fmt: skip


@pytest.fixture
def old(database: Database) -> None:
    """Five stories of 40 days ago, each with an event; and attempts of 20 and of 40 days ago."""
    for number in range(5):
        accept(database, "desk", orjson.dumps({"title": "Snow", "body": f"It snowed {number} times."}))
    _do(database, """
        INSERT INTO events (id, type, story_id, revision_id, generation, source, position, created_at)
        SELECT gen_random_uuid(), 'story.published', story_id, id, 1, 'desk', row_number() OVER (),
            now() - interval '40 d' FROM revisions
    """)  # fmt: skip
    _do(database, "UPDATE event_counter SET position = 5")
    _do(database, "UPDATE stories SET created_at = now() - interval '40 d'")
    _do(database, "UPDATE revisions SET state = 'enriched', accepted_at = now() - interval '40 d',"
        " settled_at = now() - interval '40 d'")  # fmt: skip
    for age in (20, 40):
        _attempt(database, age)


@pytest.mark.usefixtures("old")
def test_unless_it_is_asked_nothing_goes(database: Database, database_url: str) -> None:
    assert Retention(_settings(database_url)).turn(database) == {}


@pytest.mark.usefixtures("old")
@pytest.mark.parametrize(
    ("days", "removed"),
    [
        ({"retain_attempts_days": 30}, {"attempts": 1}),
        ({"retain_attempts_days": 10}, {"attempts": 2}),
        ({"retain_events_days": 30}, {"events": 4, "attempts": 1}),
        ({"retain_stories_days": 30}, {"stories": 4, "attempts": 1}),
        ({"retain_events_days": 30, "retain_stories_days": 30}, {"events": 4, "stories": 4, "attempts": 1}),
        ({"retain_events_days": 50, "retain_stories_days": 50}, {}),
    ],
)
def test_each_kind_goes_by_its_own_age_and_attempts_with_what_they_were_made_for(
    database: Database, database_url: str, days: dict[str, int], removed: dict[str, int]
) -> None:
    keeper = Retention(_settings(database_url, **days))
    assert keeper.turn(database) == removed
    assert keeper.turn(database) == {}


@pytest.mark.usefixtures("old")
def test_a_turn_looks_at_a_page_and_the_next_one_goes_on(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "PAGE", 2)
    keeper = Retention(_settings(database_url, retain_stories_days=30))
    turns = [keeper.turn(database).get("stories", 0) for _ in range(5)]
    assert sum(turns) == 4
    assert max(turns) <= 2


@pytest.mark.usefixtures("old")
def test_a_whole_day_of_attempts_is_dropped_and_counted(database: Database, database_url: str) -> None:
    _do(database, "CREATE TABLE attempts_20200101 PARTITION OF attempts"
        " FOR VALUES FROM ('2020-01-01 00:00Z') TO ('2020-01-02 00:00Z')")  # fmt: skip
    name, labels = "copydesk_removed_total", {"kind": "attempt_days"}
    before = REGISTRY.get_sample_value(name, labels) or 0
    keeper = Retention(_settings(database_url, retain_attempts_days=100))
    assert keeper.turn(database) == {"attempt_days": 1}
    assert REGISTRY.get_sample_value(name, labels) == before + 1


@pytest.mark.usefixtures("old")
def test_the_sweep_lets_go_of_what_is_old(
    database: Database, database_url: str, eventually: Callable[..., None]
) -> None:
    stopping = threading.Event()
    settings = _settings(database_url, retain_stories_days=30)
    running = threading.Thread(target=sweep.run, args=(settings, stopping))
    running.start()
    try:
        eventually(lambda: _do(database, "SELECT count(*) FROM stories") == 1)
    finally:
        stopping.set()
        running.join(20)
