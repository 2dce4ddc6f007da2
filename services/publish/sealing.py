"""The secrets in the database, held against the keys in the environment."""

from collections.abc import Iterator
from dataclasses import dataclass

from copydesk import process
from copydesk.errors import OutageError
from copydesk.settings import SecretSettings
from copydesk.store import secrets
from copydesk.store.database import Database
from copydesk.store.secrets import Stored
from services.publish.vault import Vault, VaultError

BATCH = 500
NOT_HERE = (
    "COPYDESK_SECRETS_KEY: {count} of the secrets in the database are encrypted with a key that is not in it."
    " Write the former key behind the new one. Example: COPYDESK_SECRETS_KEY=NEW,FORMER"
)
NOT_OPENED = (
    "{count} of the secrets cannot be opened: write the key that they are encrypted with into"
    " COPYDESK_SECRETS_KEY, behind the new one. The others are done."
)


def refuse_unknown(settings: SecretSettings) -> None:
    """Ends a process that starts with keys that do not fit the secrets in the database.

    A database that is away cannot be asked: then whoever needs a secret finds out.

    Raises:
        SystemExit: with status 2.
    """
    database = Database(settings.database_url, pool_size=1, application_name="copydesk start")
    try:
        unknown = count(database, Vault(settings.secrets_key)).unknown
    except OutageError:  # it is away, or was not migrated yet
        return
    finally:
        database.close()
    if unknown:
        process.refuse(NOT_HERE.format(count=unknown))


@dataclass(slots=True)
class Count:
    """How many secrets there are, and how many of them are not as they should be.

    `behind` are not sealed with the first key; of `unknown` the key is not here.
    """

    seen: int = 0
    behind: int = 0
    unknown: int = 0


def count(database: Database, vault: Vault) -> Count:
    """Counts secrets; changes nothing.

    Raises:
        OutageError: the database does not answer.
    """
    found = Count()
    for batch in _batches(database):
        found.seen += len(batch)
        found.behind += sum(not vault.is_current(each.secret) for each in batch)
        found.unknown += sum(not vault.knows(each.secret) for each in batch)
    return found


@dataclass(slots=True)
class Progress:
    """How far an encryption is: secrets seen, encrypted anew, and those that could not be opened."""

    seen: int = 0
    encrypted: int = 0
    unopened: int = 0


def encrypt(database: Database, vault: Vault) -> Iterator[Progress]:
    """Encrypts every secret that is not sealed with the first key; safe to run twice, and to interrupt.

    Yields:
        How far it is, after each batch is committed.

    Raises:
        OutageError: the database does not answer.
    """
    progress = Progress()
    for batch in _batches(database):
        behind = [each for each in batch if not vault.is_current(each.secret)]
        with database.transaction() as connection:
            for each in behind:
                if sealed := _sealed(vault, each):
                    progress.encrypted += secrets.replace(connection, each, sealed)
                else:
                    progress.unopened += 1
        progress.seen += len(batch)
        yield progress


def _sealed(vault: Vault, stored: Stored) -> bytes | None:
    try:
        return vault.seal(stored.subscription_id, vault.open(stored.subscription_id, stored.secret))
    except VaultError:
        return None


def _batches(database: Database) -> Iterator[list[Stored]]:
    after: Stored | None = None
    while True:
        with database.transaction() as connection:
            batch = secrets.stored(connection, after=after, limit=BATCH)
        if not batch:
            return
        yield batch
        after = batch[-1]
