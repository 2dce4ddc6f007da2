"""Checks of PostgreSQL: version, encoding, clock, schema, secrets, and the room where its data lies."""

import time
from collections.abc import Iterator
from pathlib import Path

import click
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url

from copydesk.errors import OutageError, SchemaError, SettingError
from copydesk.store import schema as schemas
from copydesk.store.database import Database
from services.cli import target
from services.cli.checks import disk
from services.cli.checks.finding import Finding, Result
from services.publish import sealing
from services.publish.vault import Vault

VERSIONS = range(16, 19)
PROBES = 3
SKEW_WARN_SECONDS, SKEW_FAIL_SECONDS = 1.0, 30.0
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def database() -> Iterator[Finding]:
    """Checks all that can be asked of the database, and the disks of its data."""
    try:
        url = target.database_url()
    except click.UsageError as error:
        yield Finding("PostgreSQL", Result.FAIL, "no URL is known", error.message)
        return
    except SettingError:
        return  # the check of the settings says so
    opened = Database(url, pool_size=1, application_name="copydesk doctor")
    try:
        with opened.transaction() as connection:
            yield from _server(connection)
            yield from disk.rooms(_data_directory(connection) if is_local(url) else None)
        migrated = schema(_migrated_to(opened))
        yield migrated
        if migrated.result is Result.OK:
            yield secrets(opened)
    except OutageError as error:
        yield Finding("PostgreSQL", Result.FAIL, str(error), "Start PostgreSQL, or correct DATABASE_URL.")
    finally:
        opened.close()


def _server(connection: Connection) -> Iterator[Finding]:
    def show(name: str) -> str:
        return str(connection.execute(text(f"SHOW {name}")).scalar_one())

    yield version(int(show("server_version_num")) // 10_000, show("server_version"))
    yield encoding(show("server_encoding"))
    yield clock(_skew_seconds(connection))


def version(major: int, shown: str) -> Finding:
    """Judges the version of PostgreSQL."""
    mend = "Use PostgreSQL 16 to 18."
    if major < min(VERSIONS):
        return Finding("PostgreSQL", Result.FAIL, f"{shown} is too old", mend)
    if major > max(VERSIONS):
        return Finding("PostgreSQL", Result.WARN, f"{shown} is newer than what copydesk is tested on", mend)
    return Finding("PostgreSQL", Result.OK, shown)


def encoding(name: str) -> Finding:
    """Judges how the database stores text."""
    if name == "UTF8":
        return Finding("encoding", Result.OK, name)
    mend = "Make a database with ENCODING 'UTF8' and restore into it."
    return Finding("encoding", Result.FAIL, f"text is stored as {name}", mend)


def _skew_seconds(connection: Connection) -> float:
    """Returns by how much this machine's clock is ahead of PostgreSQL's: the quickest probe knows best."""
    probes = []
    for _ in range(PROBES):
        sent = time.time()
        there = float(connection.execute(_CLOCK).scalar_one())
        back = time.time()
        probes.append((back - sent, (sent + back) / 2 - there))
    return min(probes)[1]


_CLOCK = text("SELECT extract(epoch FROM clock_timestamp())::double precision")


def clock(skew_seconds: float) -> Finding:
    """Judges a clock skew: receivers refuse a webhook whose time is minutes off."""
    side = "ahead of" if skew_seconds > 0 else "behind"
    said = f"this machine is {abs(skew_seconds):.3f} s {side} PostgreSQL"
    mend = "Run a time service (NTP) on both machines."
    if abs(skew_seconds) > SKEW_FAIL_SECONDS:
        return Finding("clock", Result.FAIL, said, mend)
    if abs(skew_seconds) > SKEW_WARN_SECONDS:
        return Finding("clock", Result.WARN, said, mend)
    return Finding("clock", Result.OK, said)


def _migrated_to(opened: Database) -> str | None:
    try:
        with opened.transaction() as connection:
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except SchemaError:  # there is no such table
        return None


def schema(found: str | None) -> Finding:
    """Compares the schema of the database with the one that this version knows."""
    head = schemas.head()
    if found == head:
        return Finding("schema", Result.OK, f"today's ({head})")
    if schemas.is_old(found):
        said = f"the database has {found or 'none'}, this version needs {head}"
        return Finding("schema", Result.FAIL, said, "Run `copydesk migrate`.")
    said = f"the database has {found}, which this version does not know"
    return Finding("schema", Result.FAIL, said, "Run the newer version of copydesk that migrated it.")


def secrets(opened: Database) -> Finding:
    """Judges how the secrets of subscriptions are encrypted, and whether they can be decrypted here."""
    try:
        found = sealing.count(opened, Vault(target.secrets_key()))
    except SettingError as error:
        mend = "Give publish and the dispatchers a key of `copydesk secrets key`; doctor needs the same."
        return Finding("secrets", Result.FAIL, str(error), mend)
    if found.unknown:
        mend = "Write the former key behind the new one, with a comma between them."
        said = f"of {found.unknown} the key is not in COPYDESK_SECRETS_KEY"
        return Finding("secrets", Result.FAIL, said, mend)
    if found.behind:
        said = f"{found.behind} are not encrypted with the first key of COPYDESK_SECRETS_KEY"
        return Finding("secrets", Result.WARN, said, "Run `copydesk secrets rotate`.")
    return Finding("secrets", Result.OK, f"{found.seen}, encrypted with the first key")


def is_local(url: str) -> bool:
    """Whether a PostgreSQL URL leads to this machine: by a socket, or by loopback."""
    parts = make_url(url)
    host = parts.host or parts.query.get("host") or ""
    return not host or str(host).startswith("/") or host in LOOPBACK


def _data_directory(connection: Connection) -> Path | None:
    """Returns where PostgreSQL says its data lies, if we may ask."""
    allowed = "SELECT pg_has_role(current_user, 'pg_read_all_settings', 'USAGE')"
    if not connection.execute(text(allowed)).scalar():
        return None
    return Path(str(connection.execute(text("SHOW data_directory")).scalar_one()))
