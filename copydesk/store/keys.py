"""API keys in the store: only their hashes are there."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from copydesk import keys
from copydesk.errors import CallerError
from copydesk.model import Scope, new_id
from copydesk.store.tables import api_keys

ADMINS = "SELECT source FROM api_keys WHERE 'admin' = ANY(scopes) AND revoked_at IS NULL"
"""The SQL of the sources that hold a key with the scope `admin`; one may come twice."""


@dataclass(frozen=True, slots=True)
class Key:
    """An API key as the services see it; the token itself is not in it."""

    id: UUID
    source: str
    scopes: frozenset[Scope]
    prefix: str
    note: str | None
    created_at: datetime
    revoked_at: datetime | None


def create(
    connection: Connection, source: str, scopes: Iterable[Scope], note: str | None = None
) -> tuple[Key, str]:
    """Makes a key and returns it with its token, which nobody can read again.

    Raises:
        CallerError: the source or the scopes are not well formed.
    """
    token = keys.new_token()
    row = connection.execute(
        insert(api_keys).values(_values(token, source, scopes, note)).returning(api_keys)
    )
    return _key(row.mappings().one()), token


def register(connection: Connection, token: str, source: str, scopes: Iterable[Scope]) -> Key:
    """Makes the given token a key; doing so twice changes nothing.

    Raises:
        CallerError: the token, the source or the scopes are not well formed.
    """
    if not keys.PATTERN.fullmatch(token):
        raise CallerError("bad_parameter", "a key is cdk_ and at least 32 letters, digits, - or _.")
    values = _values(token, source, scopes, None)
    connection.execute(upsert(api_keys).values(values).on_conflict_do_nothing())
    found = connection.execute(select(api_keys).where(api_keys.c.token_sha256 == keys.digest(token)))
    return _key(found.mappings().one())


def find(connection: Connection, token: str) -> Key | None:
    """Returns the key of a token, unless there is none or it was revoked."""
    if not keys.PATTERN.fullmatch(token):
        return None
    found = connection.execute(_FIND, {"digest": keys.digest(token)}).mappings().one_or_none()
    return _key(found) if found else None


_FIND = text("SELECT * FROM api_keys WHERE token_sha256 = :digest AND revoked_at IS NULL")


def listing(connection: Connection) -> list[Key]:
    """Returns every key, the oldest first."""
    rows = connection.execute(select(api_keys).order_by(api_keys.c.id))
    return [_key(row) for row in rows.mappings()]


def revoke(connection: Connection, key_id: UUID) -> bool:
    """Ends a key from now on; returns whether it was alive."""
    ended = connection.execute(
        update(api_keys)
        .where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
        .values(revoked_at=func.now())
    )
    return ended.rowcount == 1


def _values(token: str, source: str, scopes: Iterable[Scope], note: str | None) -> dict[str, Any]:
    wanted = sorted(set(scopes))
    if not keys.SOURCE.fullmatch(source):
        raise CallerError(
            "bad_parameter", "a source is 1 to 63 lower-case letters, digits and hyphens, as in reuters."
        )
    if not wanted:
        raise CallerError("bad_parameter", f"a key needs a scope; there are {', '.join(Scope)}.")
    return {
        "id": new_id(),
        "source": source,
        "scopes": [str(scope) for scope in wanted],
        "note": note,
        "prefix": token[: keys.PREFIX_LENGTH],
        "token_sha256": keys.digest(token),
    }


def _key(row: Any) -> Key:  # noqa: ANN401 - a row of api_keys
    return Key(
        id=row["id"],
        source=row["source"],
        scopes=frozenset(Scope(scope) for scope in row["scopes"]),
        prefix=row["prefix"],
        note=row["note"],
        created_at=row["created_at"],
        revoked_at=row["revoked_at"],
    )
