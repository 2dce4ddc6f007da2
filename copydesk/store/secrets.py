"""Secrets of subscriptions: rotated, gone through to be encrypted anew, and their public keys."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from copydesk.errors import CallerError
from copydesk.model import new_id
from copydesk.store.subscriptions import SHOWN, plain, visible
from copydesk.store.tables import subscriptions

MOST_FORMER = 9  # each makes the header `webhook-signature` longer


@dataclass(frozen=True, slots=True)
class Rotation:
    """A subscription with a new secret; `leases` are those whose deliveries may be signed without it."""

    subscription: dict[str, Any]
    leases: list[UUID]


def rotate(  # noqa: PLR0913 - the columns
    connection: Connection,
    subscription_id: UUID,
    source: str | None,
    secret: bytes,
    *,
    overlap_seconds: float,
    public_key: str | None = None,
) -> Rotation | None:
    """Gives a subscription a new secret; the former ones go on for `overlap_seconds` at the most.

    Args:
        connection: an open transaction.
        subscription_id: its id.
        source: whose subscriptions may be changed; `None` for everyone's.
        secret: as it is to be stored: sealed.
        overlap_seconds: 0 ends the former ones now.
        public_key: what belongs to the secret, where the scheme has such.

    Raises:
        CallerError: `conflict`: there are `MOST_FORMER` already.
    """
    # Waits for a claim under way, and lets none begin: what is leased without the new secret can be told.
    wanted = select(subscriptions.c.secret, subscriptions.c.public_key)
    wanted = wanted.where(subscriptions.c.id == subscription_id)
    former = connection.execute(visible(wanted, source).with_for_update(key_share=True)).one_or_none()
    if former is None:
        return None
    values = {"id": subscription_id, "seconds": overlap_seconds}
    connection.execute(_SHORTEN, values)
    if overlap_seconds:
        connection.execute(_KEEP, {**values, "former_id": new_id(), **former._mapping})  # noqa: SLF001 - it is public
    if connection.execute(_EXPIRE, values).scalar_one() > MOST_FORMER:
        raise CallerError(
            "conflict",
            f"{MOST_FORMER} former secrets are still good: wait until one has ended,"
            " or end them all with an overlap of 0 seconds.",
        )
    changed = connection.execute(
        update(subscriptions)
        .where(subscriptions.c.id == subscription_id)
        .values(secret=secret, public_key=public_key, updated_at=func.now())
        .returning(*SHOWN)
    )
    leases = connection.execute(_LEASES, values).scalars().all()
    return Rotation(plain(changed.mappings().one()), list(leases))


_SHORTEN = text("""
    UPDATE former_secrets SET
        expires_at = least(expires_at, statement_timestamp() + make_interval(secs => :seconds))
    WHERE subscription_id = :id
""")
_KEEP = text("""
    INSERT INTO former_secrets (id, subscription_id, secret, public_key, expires_at)
    VALUES (:former_id, :id, :secret, :public_key, statement_timestamp() + make_interval(secs => :seconds))
""")
# What it deletes is not counted: both see the table as it was before.
_EXPIRE = text("""
    WITH gone AS (
        DELETE FROM former_secrets WHERE subscription_id = :id AND expires_at <= statement_timestamp()
    )
    SELECT count(*) FROM former_secrets WHERE subscription_id = :id AND expires_at > statement_timestamp()
""")
_LEASES = text("""
    SELECT DISTINCT lease_token FROM deliveries WHERE subscription_id = :id AND state = 'sending'
""")


def is_sending(connection: Connection, subscription_id: UUID, leases: list[UUID]) -> bool:
    """Whether a delivery is still under way to a subscription under one of these leases."""
    values = {"id": subscription_id, "leases": leases}
    return bool(connection.execute(_SENDING, values).scalar())


_SENDING = text("""
    SELECT EXISTS (
        SELECT 1 FROM deliveries
        WHERE subscription_id = :id AND state = 'sending' AND lease_token = ANY(:leases)
          AND lease_until > clock_timestamp())
""").bindparams(bindparam("leases", type_=ARRAY(PG_UUID(as_uuid=True))))


@dataclass(frozen=True, slots=True)
class Stored:
    """A secret as it is stored.

    Attributes:
        id: of its row.
        place: `secret`, `former`, or `carried` for what a subscription has carried.
        subscription_id: whose it is.
        secret: as it is stored: sealed.
    """

    id: UUID
    place: str
    subscription_id: UUID
    secret: bytes


def stored(connection: Connection, *, after: Stored | None = None, limit: int) -> list[Stored]:
    """Returns every subscription's secrets by id and place after `after`, `limit` at the most."""
    values = {
        "after": after.id if after else UUID(int=0),
        "place": after.place if after else "",
        "limit": limit,
    }
    return [Stored(*row) for row in connection.execute(_STORED, values)]


# A secret that a rotation replaces meanwhile gets a newer id: it is met later.
_STORED = text("""
    SELECT id, place, subscription_id, secret FROM (
        SELECT id, 'secret' AS place, id AS subscription_id, secret FROM subscriptions WHERE secret <> ''
        UNION ALL SELECT id, 'carried', id, carried FROM subscriptions WHERE carried IS NOT NULL
        UNION ALL SELECT id, 'former', subscription_id, secret FROM former_secrets
    ) AS stored
    WHERE id >= :after AND (id, place) > (:after, CAST(:place AS text)) ORDER BY id, place LIMIT :limit
""")


def replace(connection: Connection, found: Stored, sealed: bytes) -> bool:
    """Stores a secret in another form, unless it was replaced meanwhile. Returns whether it did."""
    values = {"id": found.id, "stored": found.secret, "sealed": sealed}
    return bool(connection.execute(_REPLACE[found.place], values).rowcount)


_REPLACE = {
    place: text(f"UPDATE {table} SET {column} = :sealed WHERE id = :id AND {column} = :stored")  # noqa: S608 - our own names
    for place, table, column in (
        ("secret", "subscriptions", "secret"),
        ("carried", "subscriptions", "carried"),
        ("former", "former_secrets", "secret"),
    )
}


def public_keys(connection: Connection, subscription_id: UUID) -> list[str]:
    """Returns the public keys of all that a subscription's deliveries are signed with, the newest first."""
    return list(connection.execute(_PUBLIC_KEYS, {"id": subscription_id}).scalars())


_PUBLIC_KEYS = text("""
    SELECT public_key FROM (
        SELECT public_key, 'infinity' AS expires_at FROM subscriptions WHERE id = :id AND deleted_at IS NULL
        UNION ALL
        SELECT public_key, expires_at FROM former_secrets
        WHERE subscription_id = :id AND expires_at > statement_timestamp()
    ) AS signing
    WHERE public_key IS NOT NULL ORDER BY expires_at DESC
""")
