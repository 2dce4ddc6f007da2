import base64
from collections.abc import Callable
from uuid import uuid4

import pytest
from click.testing import Result

from copydesk.model import Scope
from copydesk.store import keys
from copydesk.store.database import Database

Run = Callable[..., Result]
KEY = base64.b64encode(b"k" * 32).decode()
STORY = "01990b2e-8f7a-7cc1-9d53-2f6f3c1f0c11"


@pytest.fixture(autouse=True)
def database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)


def test_a_key_is_made_and_its_token_printed_alone(run: Run, database_url: str) -> None:
    answer = run("keys", "create", "--source", "reuters", "--scopes", "stories:write, records:read")
    assert answer.exit_code == 0
    token = answer.stdout.strip()
    database = Database(database_url)
    with database.transaction() as connection:
        key = keys.find(connection, token)
    database.close()
    assert key is not None
    assert key.source == "reuters"
    assert key.scopes == {Scope.STORIES_WRITE, Scope.RECORDS_READ}
    assert "not shown again" in answer.stderr


def test_keys_are_listed_without_their_tokens_and_revoked_once(run: Run) -> None:
    token = run(
        "keys", "create", "--source", "reuters", "--scopes", "admin", "--note", "the wall"
    ).stdout.strip()
    listed = run("keys", "list").stdout
    assert token not in listed
    assert token[:10] in listed
    assert "the wall" in listed
    key_id = listed.splitlines()[1].split()[0]
    assert run("keys", "revoke", key_id).exit_code == 0
    assert run("keys", "list").stdout.splitlines()[1].split().count("-") == 0
    again = run("keys", "revoke", key_id)
    assert again.exit_code == 1
    assert "No key" in again.stderr


@pytest.mark.parametrize(
    ("source", "scopes", "fault"),
    [
        ("reuters", "stories:read", "There is no scope stories:read; there are stories:write"),
        ("reuters", ",", "a key needs a scope"),
        ("Reuters!", "admin", "a source is 1 to 63 lower-case letters"),
    ],
)
def test_a_wrong_key_is_refused_with_the_remedy(run: Run, source: str, scopes: str, fault: str) -> None:
    answer = run("keys", "create", "--source", source, "--scopes", scopes)
    assert answer.exit_code == 2
    assert fault in answer.stderr


def test_an_id_that_is_none_is_a_wrong_use(run: Run) -> None:
    assert run("keys", "revoke", "first").exit_code == 2
    assert run("keys", "revoke", str(uuid4())).exit_code == 1


def test_migrating_twice_is_boring(
    run: Run, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    first, second = run("migrate"), run("migrate")
    assert first.stdout == second.stdout
    assert first.stdout.startswith("The database has today's schema (")
    assert run("keys", "list").exit_code == 0


@pytest.mark.parametrize("command", [("keys", "list"), ("migrate",), ("status",), ("secrets", "rotate")])
def test_a_database_that_is_away_is_an_error_with_its_remedy(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:9/none")
    monkeypatch.setenv("COPYDESK_SECRETS_KEY", KEY)
    answer = run(*command)
    assert answer.exit_code == 1
    assert "the database does not answer" in answer.stderr
    assert "correct DATABASE_URL; `copydesk doctor` says" in answer.stderr


@pytest.mark.parametrize(
    "command",
    [("keys", "list"), ("status",), ("trace", STORY), ("quarantine", "list"), ("secrets", "rotate")],
)
def test_a_database_that_was_not_migrated_is_an_error_with_its_remedy(
    run: Run, empty_database_url: str, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    monkeypatch.setenv("COPYDESK_SECRETS_KEY", KEY)
    answer = run(*command)
    assert answer.exit_code == 1
    assert "does not exist: run `copydesk migrate`" in answer.stderr
    assert len(answer.stderr.splitlines()) == 1
