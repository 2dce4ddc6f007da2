"""Subscriptions: who wants to be told what, and where."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    and_,
    case,
    func,
    insert,
    or_,
    select,
    text,
    update,
)

from copydesk.health import Health, seen
from copydesk.model import EventType, new_id
from copydesk.records import timestamp
from copydesk.store import notices, telling
from copydesk.store.events import DELIVERIES_CHANNEL
from copydesk.store.notices import Notice
from copydesk.store.tables import former_secrets, subscriptions

_HIDDEN = {
    "secret",
    "deleted_at",
    "next_due",
    "last_sequence",
    "change",
    "tokens",
    "tokens_at",
    "verify",
}
_HEALTH = ("failures", "failed_deliveries", "warned_percent", "slowness", "slowed_at", "held_until")

_FORMER_UNTIL = (
    select(func.max(former_secrets.c.expires_at))
    .where(former_secrets.c.subscription_id == subscriptions.c.id)
    .where(former_secrets.c.expires_at > func.statement_timestamp())
    .scalar_subquery()
    .label("former_secrets_until")
)
SHOWN = [
    *(column for column in subscriptions.columns if column.name not in _HIDDEN),
    _FORMER_UNTIL,
    func.statement_timestamp().label("now"),
]


def create(  # noqa: PLR0913, PLR0917 - the columns
    connection: Connection,
    source: str,
    secret: bytes,
    document: dict[str, Any],
    subscription_id: UUID | None = None,
    public_key: str | None = None,
) -> dict[str, Any]:
    """Stores a subscription and returns it without its secret; what it has carried is sealed.

    Args:
        connection: an open transaction.
        source: whose it is.
        secret: as it is to be stored: sealed.
        document: a valid one, with its defaults; `carried` as it is to be stored: sealed.
        subscription_id: the id that the secret is sealed for.
        public_key: what belongs to the secret, where the scheme has such.
    """
    values = {name: document[name] for name in _WRITTEN if name in document}
    values["verify"] = values["unverified"] = document.get("verify", False)
    if document.get("enabled") is False:
        values |= _DISABLED
    row = connection.execute(
        insert(subscriptions)
        .values(id=subscription_id or new_id(), source=source, secret=secret, public_key=public_key, **values)
        .returning(*SHOWN)
    )
    return plain(row.mappings().one())


_WRITTEN = (
    "url",
    "event_types",
    "filter",
    "description",
    "enabled",
    "signature_scheme",
    "retry_schedule_seconds",
    "expires_after_seconds",
    "rate_per_second",
    "in_flight",
    "projection",
    "fields",
    "offsets",
    "max_bytes",
    "carried",
)
_DISABLED = {"disabled_at": func.statement_timestamp(), "disabled_reason": "requested"}
_STILL_DISABLED = {
    "disabled_at": func.coalesce(subscriptions.c.disabled_at, func.statement_timestamp()),
    "disabled_reason": func.coalesce(subscriptions.c.disabled_reason, "requested"),
}
# Another endpoint begins without a past, and whoever enables a subscription says that its endpoint is well.
_WELL = {
    "failing_since": None,
    "failures": 0,
    "failed_deliveries": 0,
    "warned_percent": 0,
    "slowness": 0,
    "slowed_at": None,
    "held_until": None,
}
_ENABLED = {"next_due": func.now(), "disabled_at": None, "disabled_reason": None, **_WELL}


def find(connection: Connection, subscription_id: UUID, source: str | None) -> dict[str, Any] | None:
    """Returns a subscription without its secret.

    Args:
        connection: an open transaction.
        subscription_id: its id.
        source: whose subscriptions may be seen; `None` for everyone's.
    """
    row = connection.execute(visible(select(*SHOWN), source).where(subscriptions.c.id == subscription_id))
    found = row.mappings().one_or_none()
    return plain(found) if found else None


def listing(
    connection: Connection, source: str | None, *, after: UUID | None = None, limit: int = 100
) -> list[dict[str, Any]]:
    """Returns subscriptions by id after `after`, `limit` at the most, without their secrets."""
    query = visible(select(*SHOWN), source).order_by(subscriptions.c.id).limit(limit)
    if after:
        query = query.where(subscriptions.c.id > after)
    return [plain(row) for row in connection.execute(query).mappings()]


def plain(row: RowMapping) -> dict[str, Any]:
    """Returns a row of `SHOWN` as its owner sees it; `health` is as seen now.

    Column names are a kind of `str` that JSON writers refuse as keys.
    """
    found = {str(name): value for name, value in row.items()}
    now = found.pop("now")
    health = Health(enabled=row["enabled"], **{name: found.pop(name) for name in _HEALTH})
    return {**found, "health": seen(health, now)._asdict()}


def visible(query: Any, source: str | None) -> Any:  # noqa: ANN401 - a select or an update alike
    """Returns a query of what is not deleted and of `source`; `None` for everyone's."""
    query = query.where(subscriptions.c.deleted_at.is_(None))
    return query if source is None else query.where(subscriptions.c.source == source)


def change(
    connection: Connection, subscription_id: UUID, source: str | None, changes: dict[str, Any]
) -> dict[str, Any] | None:
    """Changes what is named; enabling sends what is owed. Returns the subscription as it is now.

    Those who asked are told where it is enabled or disabled by this, and was not before.
    """
    was_enabled = _lock(connection, subscription_id, source) if "enabled" in changes else None
    values = {name: changes[name] for name in _WRITTEN if name in changes}
    if "url" in values:
        url = values["url"]
        values |= {"next_due": func.now(), **_health_at(url), "unverified": _is_unverified_at(url)}
    if "verify" in changes:
        values |= {"verify": changes["verify"], "unverified": changes["verify"], "next_due": func.now()}
    if "enabled" in values:
        values |= _ENABLED if values["enabled"] else _STILL_DISABLED
    changed = connection.execute(
        visible(update(subscriptions), source)
        .where(subscriptions.c.id == subscription_id)
        .values(updated_at=func.now(), **values)
        .returning(*SHOWN)
    )
    found = changed.mappings().one_or_none()
    connection.execute(text(f"NOTIFY {DELIVERIES_CHANNEL}"))
    if found and was_enabled not in {None, found["enabled"]}:
        notices.tell(connection, [_switched(found)])
    return plain(found) if found else None


def _health_at(url: str) -> dict[str, ColumnElement[Any]]:
    """An endpoint at another URL starts well; what failed at this one is kept."""
    columns = subscriptions.c
    return {name: case((columns.url != url, well), else_=columns[name]) for name, well in _WELL.items()}


def _is_unverified_at(url: str) -> ColumnElement[bool]:
    """Whether the endpoint at a URL has yet to echo a challenge: any but the one that did, where asked."""
    has_moved = and_(subscriptions.c.verify, subscriptions.c.url != url)
    return or_(subscriptions.c.unverified, has_moved)


def carried(
    connection: Connection, subscription_id: UUID, source: str | None
) -> tuple[str, bytes | None] | None:
    """Returns where a subscription is sent to, and what it has carried, sealed; holds both until the end."""
    query = visible(select(subscriptions.c.url, subscriptions.c.carried), source)
    query = query.where(subscriptions.c.id == subscription_id).with_for_update(key_share=True)
    found = connection.execute(query).one_or_none()
    return (found.url, found.carried) if found else None


def _lock(connection: Connection, subscription_id: UUID, source: str | None) -> bool | None:
    """Holds a subscription until the transaction ends. Returns whether it is enabled; `None`: not there."""
    query = visible(select(subscriptions.c.enabled), source).where(subscriptions.c.id == subscription_id)
    is_enabled: bool | None = connection.execute(query.with_for_update(key_share=True)).scalar()
    return is_enabled


def _switched(subscription: RowMapping) -> Notice:
    kind, moment = (
        (EventType.RECOVERED, "recovered_at")
        if subscription["enabled"]
        else (EventType.DISABLED, "disabled_at")
    )
    at = timestamp(subscription["updated_at"])
    data = {"reason": "requested", moment: at}
    return Notice(kind, subscription["id"], cause=str(new_id()), data=data)


def delete(connection: Connection, subscription_id: UUID, source: str | None) -> bool:
    """Ends a subscription: from then on nothing is sent to it. Returns whether it was there.

    What is still owed to it waits to be discarded: see `backlog`.
    """
    ended = connection.execute(
        visible(update(subscriptions), source)
        .where(subscriptions.c.id == subscription_id)
        .values(deleted_at=func.now(), next_due=None, secret=b"", carried=None)
    )
    if ended.rowcount:
        connection.execute(_FORGET, {"id": subscription_id})
    return ended.rowcount == 1


_FORGET = text("DELETE FROM former_secrets WHERE subscription_id = :id")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a subscription is sent to, what a request there is signed with, the newest first, and carries."""

    subscription_id: UUID
    source: str
    url: str
    event_types: list[str]
    secrets: list[bytes]
    shape: dict[str, Any]
    carried: bytes | None


def endpoint(connection: Connection, subscription_id: UUID, source: str | None) -> Endpoint | None:
    """Returns the endpoint of a subscription that `source` may see; `None` for an admin."""
    row = connection.execute(_ENDPOINT, {"id": subscription_id, "source": source}).one_or_none()
    return Endpoint(*row) if row else None


_ENDPOINT = text(f"""
    SELECT id, source, url, event_types, {telling.secrets("s")}, {telling.shape("s")}, carried
    FROM subscriptions s
    WHERE id = :id AND deleted_at IS NULL AND (CAST(:source AS text) IS NULL OR source = :source)
""")  # noqa: S608 - the columns are ours


def verified(connection: Connection, subscription_id: UUID, url: str) -> bool:
    """Lets deliveries begin, if the endpoint is still the one that answered. Returns whether it is."""
    values = {"id": subscription_id, "url": url}
    found = connection.execute(_VERIFIED, values).rowcount
    connection.execute(text(f"NOTIFY {DELIVERIES_CHANNEL}"))
    return bool(found)


_VERIFIED = text("""
    UPDATE subscriptions SET unverified = false, next_due = now()
    WHERE id = :id AND url = :url AND deleted_at IS NULL
""")
