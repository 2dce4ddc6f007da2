import json
from collections.abc import Callable
from uuid import uuid4

import pytest
from click.testing import Result
from sqlalchemy import text

from copydesk.model import Lane
from copydesk.queue import Producer
from copydesk.store import stories, subscriptions
from copydesk.store.database import Database
from services.cli.status import lasted
from tests.store.conftest import accept_one, lease_one

Run = Callable[..., Result]


def _accept(database: Database, number: int, lane: Lane = Lane.NORMAL) -> stories.Accepted:
    with database.transaction() as connection:
        return accept_one(
            connection,
            source="reuters",
            uri=f"urn:test:{number}",
            version=1,
            document={"title": "x", "body": "y"},
            content_sha256=bytes([number]),
            lane=lane,
        )


def _do(database: Database, statement: str) -> None:
    with database.transaction() as connection:
        connection.execute(text(statement))


@pytest.fixture
def busy(database: Database) -> None:
    """Two stories wait, one is leased, one is quarantined, one subscription fails."""
    for number in range(4):
        _accept(database, number)
    _do(database, "UPDATE revisions SET due_at = now() - interval '10 min'")
    revision = _accept(database, 9, Lane.BREAKING).revision_id
    with database.transaction() as connection:
        assert lease_one(connection, revision, seconds=60, worker="host:7")
    _do(database, """
        UPDATE revisions SET state = 'quarantined', settled_at = now()
        WHERE id IN (SELECT id FROM revisions WHERE state = 'accepted' ORDER BY id LIMIT 2)
    """)  # fmt: skip
    with database.transaction() as connection:
        document = {"url": "http://bad.example/", "event_types": ["story.published"], "enabled": True}
        subscription = subscriptions.create(connection, "reuters", b"s" * 32, document)["id"]
        event = {"id": uuid4(), "revision": revision}
        connection.execute(
            text("""
                INSERT INTO events (id, type, story_id, revision_id, generation, source, position)
                SELECT :id, 'story.published', story_id, id, 1, 'reuters', 1
                FROM revisions WHERE id = :revision
            """),
            event,
        )
        connection.execute(
            text("""
                INSERT INTO deliveries (id, event_id, subscription_id, state, attempts, status, error_class)
                VALUES (CAST(:id AS uuid), :event, :subscription, 'due', 1, 503, 'http_5xx')
            """),
            {
                "id": "ffffffff-ffff-7fff-bfff-ffffffffffff",
                "event": event["id"],
                "subscription": subscription,
            },
        )
    _do(database, "UPDATE subscriptions SET next_due = now()")


def _words(shown: str) -> list[str]:
    return [" ".join(line.split()) for line in shown.splitlines()]


@pytest.mark.usefixtures("database")
def test_an_idle_copydesk_says_that_nothing_waits(run: Run) -> None:
    words = _words(run("status").stdout)
    for lane in Lane:
        assert f"{lane} - 0 - 0 0 0" in words
    assert "0 events wait for their position." in words
    assert "No worker took a story in the last 10 minutes." in words
    assert "No subscription fails or is behind." in words


@pytest.mark.usefixtures("busy")
def test_what_waits_is_held_and_fails_is_shown(run: Run) -> None:
    words = _words(run("status").stdout)
    assert "normal - 2 10 min 0 0 2" in words
    assert "breaking - 0 - 0 1 0" in words
    assert "due 1 1" in words
    assert any(line.startswith("host:7 1 0 ") for line in words)
    (failing,) = (line for line in words if line.endswith("http://bad.example/"))
    assert " reuters 1 of 1 http_5xx 503 " in failing
    assert "2 revisions are in quarantine: copydesk quarantine list" in words


@pytest.mark.usefixtures("busy")
def test_programs_get_one_json_object(run: Run, broker_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKER_URL", broker_url)
    producer = Producer(broker_url)
    producer.enqueue(Lane.BACKFILL, [uuid4()])
    producer.close()
    found = json.loads(run("status", "--json").stdout)
    assert found["lanes"]["normal"]["waiting"] == 2
    assert found["lanes"]["normal"]["oldest_seconds"] > 599
    assert [found["lanes"][lane]["depth"] for lane in ("backfill", "normal")] == [1, 0]
    assert found["quarantined"] == 2
    assert found["deliveries"]["last_hour"]["due"] == 1
    assert found["workers"][0]["worker"] == "host:7"
    assert found["subscriptions_failing"][0]["error_class"] == "http_5xx"


@pytest.mark.usefixtures("database")
def test_without_a_broker_only_the_depth_is_missing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKER_URL", "redis://127.0.0.1:1/0")
    answer = run("status", "--json")
    assert answer.exit_code == 0
    assert json.loads(answer.stdout)["lanes"]["normal"]["depth"] is None


def test_without_a_database_it_says_what_to_set(run: Run) -> None:
    answer = run("status")
    assert answer.exit_code == 2
    assert "set DATABASE_URL" in answer.stderr


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.44, "0.4 s"),
        (90, "90 s"),
        (150, "2.5 min"),
        (1_200, "20 min"),
        (3_700, "62 min"),
        (90_000, "25 h"),
        (400_000, "5 d"),
    ],
)
def test_a_duration_is_said_as_a_person_says_it(seconds: float, said: str) -> None:
    assert lasted(seconds) == said
