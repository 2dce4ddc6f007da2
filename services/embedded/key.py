"""The keys that `copydesk up` makes: of the API, for the person at this machine, and of stored secrets."""

from copydesk.errors import CallerError
from copydesk.model import Scope
from copydesk.store import keys
from copydesk.store.database import Database
from services.embedded.home import Home
from services.embedded.server import ServerError
from services.publish.vault import new_key

SOURCE = "desk"


def ensure_key(home: Home, database: Database, given: str | None) -> tuple[keys.Key, str, bool]:
    """Returns this machine's key, its token, and whether it is new to this machine.

    The given token is registered; else the one of an earlier start is used; else one with every scope is
    made. Its token is kept in the data directory. Safe to run twice.

    Raises:
        ServerError: the given token is malformed or was revoked.
    """
    earlier = home.key()
    key, token = _given(database, given) if given else _kept_or_made(database, earlier)
    if token != earlier:
        home.keep_key(token)
    return key, token, token != earlier


def _given(database: Database, token: str) -> tuple[keys.Key, str]:
    try:
        with database.transaction() as connection:
            key = keys.register(connection, token, SOURCE, list(Scope))
    except CallerError as error:
        raise ServerError(f"COPYDESK_API_KEY cannot be used: {error.detail}") from None
    if key.revoked_at is not None:
        raise ServerError("COPYDESK_API_KEY was revoked: unset it, and a new key is made.")
    return key, token


def _kept_or_made(database: Database, token: str | None) -> tuple[keys.Key, str]:
    with database.transaction() as connection:
        if token and (key := keys.find(connection, token)):
            return key, token
        return keys.create(connection, SOURCE, list(Scope), "made by copydesk up")


def ensure_secrets_key(home: Home, given: str | None) -> str:
    """Returns what encrypts the secrets of subscriptions: given, kept earlier, or fresh."""
    if key := given or home.secrets_key():
        return key
    key = new_key()
    home.keep_secrets_key(key)
    return key
