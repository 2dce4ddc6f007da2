from pathlib import Path

import pytest

from copydesk.model import Scope
from copydesk.store import keys
from copydesk.store.database import Database
from services.embedded.home import Home
from services.embedded.key import ensure_key
from services.embedded.server import ServerError

TOKEN = "cdk_0123456789abcdef0123456789abcdef"


def test_the_first_start_makes_a_key_and_later_ones_keep_it(database: Database, tmp_path: Path) -> None:
    key, token, new = ensure_key(Home(tmp_path), database, None)
    assert new
    assert (key.source, key.scopes) == ("desk", frozenset(Scope))
    assert ensure_key(Home(tmp_path), database, None) == (key, token, False)
    assert Home(tmp_path).key() == token


def test_another_database_gets_a_key_of_its_own(database: Database, tmp_path: Path) -> None:
    Home(tmp_path).keep_key(TOKEN)
    _, token, new = ensure_key(Home(tmp_path), database, None)
    assert new
    assert token != TOKEN
    assert Home(tmp_path).key() == token


def test_a_given_key_is_registered_once(database: Database, tmp_path: Path) -> None:
    key, token, new = ensure_key(Home(tmp_path), database, TOKEN)
    assert (key.source, token, new) == ("desk", TOKEN, True)
    assert ensure_key(Home(tmp_path), database, TOKEN) == (key, TOKEN, False)


def test_a_malformed_or_revoked_key_is_refused(database: Database, tmp_path: Path) -> None:
    with pytest.raises(ServerError, match="COPYDESK_API_KEY cannot be used: a key is cdk_"):
        ensure_key(Home(tmp_path), database, "hunter2")
    key, _, _ = ensure_key(Home(tmp_path), database, TOKEN)
    with database.transaction() as connection:
        keys.revoke(connection, key.id)
    with pytest.raises(ServerError, match="revoked"):
        ensure_key(Home(tmp_path), database, TOKEN)
