from collections.abc import Callable, Iterator
from uuid import UUID, uuid4

import pytest
from click.testing import Result
from sqlalchemy import text

from copydesk.model import Lane
from copydesk.store.database import Database
from tests.store.conftest import accept_one

Run = Callable[..., Result]


@pytest.fixture
def database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setenv("DATABASE_URL", database_url)
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def held(database: Database) -> list[str]:
    """Three stories in quarantine."""
    ids = []
    with database.transaction() as connection:
        for number in range(3):
            accepted = accept_one(
                connection,
                source="reuters",
                uri=f"urn:test:{number}",
                version=1,
                document={"title": "x", "body": "y"},
                content_sha256=bytes([number]),
                lane=Lane.NORMAL,
            )
            ids.append(str(accepted.story_id))
        connection.execute(
            text(
                "UPDATE revisions SET state = 'quarantined', stage = 'enrich', reason = 'time_limit',"
                " detail = 'it took too long', settled_at = now()"
            )
        )
    return ids


def states(database: Database) -> dict[str, str]:
    with database.transaction() as connection:
        rows = connection.execute(text("SELECT story_id, state FROM revisions"))
        return {str(row.story_id): row.state for row in rows}


def test_what_waits_is_listed_and_shown_with_its_reason(run: Run, held: list[str]) -> None:
    listed = run("quarantine", "list").stdout
    assert all(story_id in listed for story_id in held)
    assert "time_limit" in listed
    shown = run("quarantine", "show", held[0], "--version", "1").stdout
    assert "it took too long" in shown
    assert "accept" in shown


@pytest.mark.usefixtures("database")
def test_an_empty_quarantine_says_so(run: Run) -> None:
    assert run("quarantine", "list").stdout == "Nothing is in quarantine.\n"
    assert run("quarantine", "retry", "--all").exit_code == 0


@pytest.mark.usefixtures("database")
def test_an_unknown_story_is_an_error(run: Run) -> None:
    for action in ("show", "retry", "discard"):
        answer = run("quarantine", action, str(uuid4()))
        assert answer.exit_code == 1
        assert "Story" in answer.stderr or "no story" in answer.stderr


def test_one_is_retried_and_one_discarded(run: Run, held: list[str], database: Database) -> None:
    assert run("quarantine", "retry", held[0]).stdout == f"{held[0]} is accepted again.\n"
    assert run("quarantine", "discard", held[1], "--version", "1").stdout == f"{held[1]} is discarded.\n"
    assert states(database) == {held[0]: "accepted", held[1]: "discarded", held[2]: "quarantined"}
    assert run("quarantine", "retry", held[0]).exit_code == 1


def test_all_are_changed_once_the_person_agrees(run: Run, held: list[str], database: Database) -> None:
    assert run("quarantine", "discard", "--all", stdin=b"n\n").exit_code == 1
    assert set(states(database).values()) == {"quarantined"}
    assert run("quarantine", "retry", "--all", stdin=b"y\n").exit_code == 0
    assert states(database) == dict.fromkeys(held, "accepted")


def test_a_script_need_not_be_asked(run: Run, held: list[str], database: Database) -> None:
    assert run("quarantine", "discard", "--all", "--yes").exit_code == 0
    assert states(database) == dict.fromkeys(held, "discarded")


def test_one_story_or_all_must_be_named_and_not_both(run: Run) -> None:
    for arguments in ([], [str(UUID(int=1)), "--all"]):
        answer = run("quarantine", "retry", *arguments)
        assert answer.exit_code == 2
        assert "Name one story by its id, or say --all." in answer.stderr
