import base64
import stat
from pathlib import Path

import pytest

from copydesk.model import Scope
from copydesk.store import keys
from copydesk.store.database import Database
from services.embedded.home import Home
from services.embedded.key import ensure_key, ensure_secrets_key
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


def test_the_key_of_secrets_is_made_once_and_nobody_else_reads_it(tmp_path: Path) -> None:
    home = Home(tmp_path)
    key = ensure_secrets_key(home, None)
    assert len(base64.b64decode(key, validate=True)) == 32
    assert ensure_secrets_key(Home(tmp_path), None) == key
    assert ensure_secrets_key(home, "given") == "given"
    assert home.secrets_key() == key, "what was given is not kept"
    assert stat.S_IMODE((tmp_path / "secrets-key").stat().st_mode) == 0o600
