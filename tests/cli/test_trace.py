from collections.abc import Callable
from uuid import UUID, uuid4

import orjson
import pytest
from click.testing import Result
from sqlalchemy import text

from copydesk.settings import EnrichSettings
from copydesk.store import events, subscriptions
from copydesk.store.database import Database
from copydesk.store.matching import Matching
from services.enrich.desk import Desk
from services.publish.matching import Index
from tests.accepting import accept
from tests.enrich.known import PIPELINE

Run = Callable[..., Result]
STORY = {"uri": "urn:test:1", "title": "Snow in Oslo", "body": "Norway cleared the roads.", "language": "en"}


@pytest.fixture
def story(database: Database, database_url: str) -> UUID:
    """A story that was enriched, published, and refused once by a subscriber."""
    with database.transaction() as connection:
        document = {"url": "http://127.0.0.1:9/", "event_types": ["story.published"], "enabled": True}
        subscriptions.create(connection, "desk", b"s" * 32, document)
    receipt = accept(database, "desk", orjson.dumps(STORY))
    settings = EnrichSettings(database_url=database_url, broker_url="redis://127.0.0.1:1/0")
    Desk(settings, PIPELINE, lambda: database).work([receipt.revision_id])
    with database.transaction() as connection:
        events.fan_out(connection, Matching(Index()))
        connection.execute(
            text(
                "UPDATE deliveries SET attempts = 1, status = 500, error_class = 'http_5xx',"
                " due_at = now() + interval '1 min'"
            )
        )
        connection.execute(
            text("""
                INSERT INTO attempts (id, started_at, delivery_id, number, duration_ms, status, error_class,
                    detail, dispatcher)
                SELECT id, now(), id, 1, 12.5, 500, 'http_5xx', 'It said 500.', 'dispatcher-1' FROM deliveries
            """)
        )
    return receipt.story_id


def test_a_story_is_shown_with_all_that_happened_to_it(run: Run, story: UUID) -> None:
    shown = run("trace", str(story)).stdout
    lines = shown.splitlines()
    assert lines[0].split() == ["STORY", str(story)]
    assert {"state enriched", "published yes", "uri urn:test:1"} <= {" ".join(line.split()) for line in lines}
    steps = [line.split()[3] for line in lines if line.startswith("20")]
    assert steps == ["accept", "enrich", "publish", "deliver", "owe"]
    (attempt,) = (line for line in lines if " deliver story.published " in line)
    assert all(part in attempt for part in ("http_5xx", " 500 ", " 12.5 ", "dispatcher-1 → ", "It said 500."))


def test_an_older_version_says_so(run: Run, story: UUID, database: Database) -> None:
    accept(database, "desk", orjson.dumps({**STORY, "version": 2}))
    with database.transaction() as connection:
        connection.execute(text("UPDATE revisions SET published = false WHERE version = 1"))
    assert "no: a newer version was" in run("trace", str(story), "--version", "1").stdout
    newest = " ".join(run("trace", str(story)).stdout.split())
    assert "state accepted" in newest
    assert "published -" in newest


def test_what_is_quarantined_shows_why(run: Run, story: UUID, database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(
            text(
                "UPDATE revisions SET state = 'quarantined',"
                " stage = 'enrich', reason = 'time_limit', detail = 'too long'"
            )
        )
    shown = " ".join(run("trace", str(story)).stdout.split())
    assert "reason time_limit detail too long" in shown


@pytest.mark.parametrize("wrong", ["abc", "", "01990b2e-8f7a-7cc1-9d53", "ü" * 36])
def test_what_is_no_id_is_one_sentence(run: Run, wrong: str) -> None:
    answer = run("trace", "--", wrong)
    assert answer.exit_code == 1
    assert len(answer.stderr.splitlines()) == 1
    assert "is no story id: that is a UUID" in answer.stderr


def test_an_unknown_story_or_version_is_one_sentence(run: Run, story: UUID) -> None:
    unknown = uuid4()
    assert run("trace", str(unknown)).stderr == f"Error: There is no story {unknown}.\n"
    answer = run("trace", str(story), "--version", "7")
    assert answer.stderr == f"Error: There is no story {story} with a version 7.\n"
    assert answer.exit_code == 1


@pytest.mark.parametrize("version", ["0", "-1", "2147483648", "99999999999999999999", "first"])
@pytest.mark.parametrize("command", [("trace",), ("quarantine", "show"), ("quarantine", "retry")])
def test_what_can_be_no_version_is_a_wrong_use(run: Run, command: tuple[str, ...], version: str) -> None:
    answer = run(*command, str(uuid4()), "--version", version)
    assert answer.exit_code == 2
    assert "Invalid value for '--version'" in answer.stderr
