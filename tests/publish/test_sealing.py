"""Secrets in a database, and keys that fit them or not."""

import base64
import subprocess
import sys
from uuid import UUID

import pytest
from sqlalchemy import text

from copydesk.settings import SecretSettings
from copydesk.store import secrets, subscriptions
from copydesk.store.database import Database
from services.publish import sealing
from services.publish.vault import Vault
from tests.conftest import SECRETS_KEY
from tests.publish.conftest import BROKER, Client

OLD, NEW = b"o" * 32, b"n" * 32
URL = "https://desk.example.org/hook"


def _store(database: Database, secret: bytes) -> UUID:
    document = {"url": URL, "event_types": ["story.published"]}
    with database.transaction() as connection:
        made: UUID = subscriptions.create(connection, "desk", secret, document)["id"]
    return made


def _all(database: Database) -> list[secrets.Stored]:
    with database.transaction() as connection:
        return secrets.stored(connection, limit=1000)


def test_no_secret_is_stored_as_it_is_shown(client: Client, database: Database) -> None:
    publish = client()
    made = publish.post("/v1/subscriptions", json={"url": URL}).json()
    rotated = publish.post(f"/v1/subscriptions/{made['id']}/rotate").json()
    shown = {base64.b64decode(reply["secret"].removeprefix("whsec_")) for reply in (made, rotated)}
    stored = _all(database)
    vault = Vault([base64.b64decode(SECRETS_KEY)])
    assert {vault.open(each.subscription_id, each.secret) for each in stored} == shown
    assert len(stored) == 2
    assert not any(secret in each.secret for each in stored for secret in shown)


def test_a_deleted_subscription_leaves_no_secret(client: Client, database: Database) -> None:
    publish = client()
    made = publish.post("/v1/subscriptions", json={"url": URL}).json()
    publish.post(f"/v1/subscriptions/{made['id']}/rotate")
    publish.delete(f"/v1/subscriptions/{made['id']}")
    assert _all(database) == []


def test_everything_is_encrypted_anew_in_batches_and_a_second_time_changes_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "BATCH", 2)
    old, both = Vault([OLD]), Vault([NEW, OLD])
    plain, sealed = _store(database, b"p" * 32), _store(database, b"")
    with database.transaction() as connection:
        sealed_secret = old.seal(sealed, b"s" * 32)
        connection.execute(
            text("UPDATE subscriptions SET secret = :secret WHERE id = :id"),
            {"secret": sealed_secret, "id": sealed},
        )
        secrets.rotate(connection, sealed, None, both.seal(sealed, b"t" * 32), overlap_seconds=600)
    assert sealing.count(database, both) == sealing.Count(seen=3, behind=2)
    seen = [(progress.seen, progress.encrypted) for progress in sealing.encrypt(database, both)]
    assert seen == [(2, 1), (3, 2)]
    opened = {Vault([NEW]).open(each.subscription_id, each.secret) for each in _all(database)}
    assert opened == {b"p" * 32, b"s" * 32, b"t" * 32}
    after = _all(database)
    assert [progress.encrypted for progress in sealing.encrypt(database, both)][-1] == 0
    assert _all(database) == after
    assert plain in {each.subscription_id for each in after}


def test_what_cannot_be_opened_stays_as_it_is_and_is_counted(database: Database) -> None:
    lost = _store(database, Vault([OLD]).seal(UUID(int=1), b"s" * 32))
    _store(database, b"p" * 32)
    before = {each.id: each.secret for each in _all(database)}
    [progress] = sealing.encrypt(database, Vault([NEW]))
    assert (progress.seen, progress.encrypted, progress.unopened) == (2, 1, 1)
    assert {each.id: each.secret for each in _all(database)}[lost] == before[lost]
    assert sealing.count(database, Vault([NEW])) == sealing.Count(seen=2, behind=1, unknown=1)


def test_a_secret_that_was_replaced_meanwhile_is_left_alone(database: Database) -> None:
    _store(database, b"p" * 32)
    [stored] = _all(database)
    with database.transaction() as connection:
        assert secrets.replace(connection, stored, b"q" * 61)
        assert not secrets.replace(connection, stored, b"r" * 61)
    assert [each.secret for each in _all(database)] == [b"q" * 61]


@pytest.mark.parametrize("module", ["services.publish", "services.publish.dispatcher"])
def test_a_process_whose_keys_do_not_fit_ends_and_names_the_setting(
    database: Database, database_url: str, module: str
) -> None:
    subscription = _store(database, b"")
    with database.transaction() as connection:
        connection.execute(
            text("UPDATE subscriptions SET secret = :secret"),
            {"secret": Vault([OLD]).seal(subscription, b"s" * 32)},
        )
    environment = {"DATABASE_URL": database_url, "BROKER_URL": BROKER, "COPYDESK_SECRETS_KEY": SECRETS_KEY}
    done = subprocess.run(
        [sys.executable, "-m", module],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("COPYDESK_SECRETS_KEY: 1 of the secrets in the database")
    assert SECRETS_KEY not in done.stderr


def test_a_database_that_is_away_or_empty_does_not_keep_a_process_from_starting(
    empty_database_url: str,
) -> None:
    for url in (empty_database_url, "postgresql://127.0.0.1:1/none"):
        sealing.refuse_unknown(SecretSettings(database_url=url, broker_url=BROKER))


def test_keys_that_fit_are_let_through(database: Database, database_url: str) -> None:
    _store(database, b"p" * 32)
    sealing.refuse_unknown(SecretSettings(database_url=database_url, broker_url=BROKER))
