import base64
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from copydesk.store import secrets, subscriptions
from copydesk.store.database import Database
from services.embedded.home import Home
from services.embedded.key import ensure_secrets_key
from services.publish.vault import Vault

Run = Callable[..., Result]
DOCUMENT = {"url": "https://desk.example.org/", "event_types": ["story.published"]}


def _encode(key: bytes) -> str:
    return base64.b64encode(key).decode()


@pytest.fixture
def plain(database: Database) -> None:
    """A secret from before there was a key."""
    with database.transaction() as connection:
        subscriptions.create(connection, "desk", b"p" * 32, DOCUMENT)


def test_a_key_is_fresh_each_time(run: Run) -> None:
    keys = {run("secrets", "key").stdout.strip() for _ in range(2)}
    assert [len(base64.b64decode(key)) for key in keys] == [32, 32]


@pytest.mark.usefixtures("plain")
def test_secrets_are_encrypted_with_the_first_key_and_the_former_one_can_go(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    former, new = _encode(b"f" * 32), _encode(b"n" * 32)
    for keys, said in (
        (former, "1 seen, 1 encrypted"),
        (f"{new},{former}", "1 seen, 1 encrypted"),
        (new, "1 seen, 0"),
    ):
        monkeypatch.setenv("COPYDESK_SECRETS_KEY", keys)
        answer = run("secrets", "rotate")
        assert answer.exit_code == 0
        assert said in answer.stdout
        assert "Every secret is encrypted with the first key." in answer.stdout


@pytest.mark.usefixtures("plain")
def test_a_key_that_was_forgotten_is_asked_for(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("secrets", "rotate")
    monkeypatch.setenv("COPYDESK_SECRETS_KEY", _encode(b"n" * 32))
    answer = run("secrets", "rotate")
    assert answer.exit_code == 1
    assert "1 of the secrets cannot be opened" in answer.stderr
    assert "COPYDESK_SECRETS_KEY" in answer.stderr


@pytest.mark.usefixtures("database")
def test_nothing_to_encrypt_is_well(run: Run) -> None:
    assert run("secrets", "rotate").stdout == "Every secret is encrypted with the first key.\n"


@pytest.mark.usefixtures("plain")
def test_the_key_of_this_machine_is_found(
    run: Run, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COPYDESK_SECRETS_KEY")
    refused = run("secrets", "rotate")
    assert refused.exit_code == 2
    assert "COPYDESK_SECRETS_KEY: is not set" in refused.stderr
    key = ensure_secrets_key(Home(Path(os.environ["COPYDESK_DATA"])), None)
    assert run("secrets", "rotate").exit_code == 0
    with database.transaction() as connection:
        [stored] = secrets.stored(connection, limit=9)
    assert Vault([base64.b64decode(key)]).open(stored.subscription_id, stored.secret) == b"p" * 32
