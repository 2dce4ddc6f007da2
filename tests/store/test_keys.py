from uuid import uuid4

import pytest

from copydesk import keys as tokens
from copydesk.errors import CallerError
from copydesk.model import Scope
from copydesk.store import keys
from copydesk.store.database import Database


def test_a_key_is_found_by_its_token_until_it_is_revoked(database: Database) -> None:
    with database.transaction() as connection:
        key, token = keys.create(connection, "reuters", [Scope.STORIES_WRITE], "wire")
        assert keys.find(connection, token) == key
        assert (key.source, key.scopes, key.note) == ("reuters", {Scope.STORIES_WRITE}, "wire")
        assert token.startswith(key.prefix)
        assert keys.find(connection, tokens.new_token()) is None
        assert keys.find(connection, "cdk_") is None
        assert keys.find(connection, "\0") is None
        assert keys.revoke(connection, key.id)
        assert not keys.revoke(connection, key.id)
        assert not keys.revoke(connection, uuid4())
        assert keys.find(connection, token) is None
        assert [each.revoked_at is not None for each in keys.listing(connection)] == [True]


def test_registering_a_token_twice_makes_one_key(database: Database) -> None:
    token = tokens.new_token()
    with database.transaction() as connection:
        first = keys.register(connection, token, "desk", set(Scope))
        assert keys.register(connection, token, "desk", set(Scope)) == first
        assert len(keys.listing(connection)) == 1


@pytest.mark.parametrize(
    ("source", "scopes"),
    [
        ("", [Scope.ADMIN]),
        ("Reuters", [Scope.ADMIN]),
        ("-x", [Scope.ADMIN]),
        ("x" * 64, [Scope.ADMIN]),
        ("reuters\n", [Scope.ADMIN]),
        ("desk", []),
    ],
)
def test_a_malformed_source_or_no_scope_is_refused(
    database: Database, source: str, scopes: list[Scope]
) -> None:
    with database.transaction() as connection, pytest.raises(CallerError):
        keys.create(connection, source, scopes)


def test_a_malformed_token_is_not_registered(database: Database) -> None:
    with database.transaction() as connection, pytest.raises(CallerError):
        keys.register(connection, "short", "desk", [Scope.ADMIN])
