"""Subscriptions: who wants to be told what, and where."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, RowMapping, func, insert, select, text, update

from copydesk.model import new_id
from copydesk.store.events import DELIVERIES_CHANNEL
from copydesk.store.tables import subscriptions

_HIDDEN = {"secret", "deleted_at", "next_due", "last_sequence"}
_SHOWN = [column for column in subscriptions.columns if column.name not in _HIDDEN]


def create(connection: Connection, source: str, secret: bytes, document: dict[str, Any]) -> dict[str, Any]:
    """Stores a subscription; `document` is a valid one, with its defaults. Returns it without its secret."""
    values = {name: document[name] for name in _WRITTEN if name in document}
    row = connection.execute(
        insert(subscriptions).values(id=new_id(), source=source, secret=secret, **values).returning(*_SHOWN)
    )
    return _plain(row.mappings().one())


_WRITTEN = ("url", "event_types", "filter", "description", "enabled")


def find(connection: Connection, subscription_id: UUID, source: str | None) -> dict[str, Any] | None:
    """Returns a subscription without its secret.

    Args:
        connection: an open transaction.
        subscription_id: its id.
        source: whose subscriptions may be seen; `None` for everyone's.
    """
    row = connection.execute(_visible(select(*_SHOWN), source).where(subscriptions.c.id == subscription_id))
    found = row.mappings().one_or_none()
    return _plain(found) if found else None


def listing(
    connection: Connection, source: str | None, *, after: UUID | None = None, limit: int = 100
) -> list[dict[str, Any]]:
    """Returns subscriptions by id after `after`, `limit` at the most, without their secrets."""
    query = _visible(select(*_SHOWN), source).order_by(subscriptions.c.id).limit(limit)
    if after:
        query = query.where(subscriptions.c.id > after)
    return [_plain(row) for row in connection.execute(query).mappings()]


def _plain(row: RowMapping) -> dict[str, Any]:
    """Column names are a kind of `str` that JSON writers refuse as keys."""
    return {str(name): value for name, value in row.items()}


def _visible(query: Any, source: str | None) -> Any:  # noqa: ANN401 - a select or an update alike
    query = query.where(subscriptions.c.deleted_at.is_(None))
    return query if source is None else query.where(subscriptions.c.source == source)


def change(
    connection: Connection, subscription_id: UUID, source: str | None, changes: dict[str, Any]
) -> dict[str, Any] | None:
    """Changes what is named; enabling sends what is owed. Returns the subscription as it is now."""
    values = {name: changes[name] for name in _WRITTEN if name in changes}
    if values.get("enabled"):
        values["next_due"] = func.now()
    changed = connection.execute(
        _visible(update(subscriptions), source)
        .where(subscriptions.c.id == subscription_id)
        .values(updated_at=func.now(), **values)
        .returning(*_SHOWN)
    )
    found = changed.mappings().one_or_none()
    connection.execute(text(f"NOTIFY {DELIVERIES_CHANNEL}"))
    return _plain(found) if found else None


def delete(connection: Connection, subscription_id: UUID, source: str | None) -> bool:
    """Ends a subscription and discards what is still owed to it. Returns whether it was there."""
    ended = connection.execute(
        _visible(update(subscriptions), source)
        .where(subscriptions.c.id == subscription_id)
        .values(deleted_at=func.now(), next_due=None)
    )
    if ended.rowcount:
        connection.execute(_DISCARD, {"id": subscription_id})
    return ended.rowcount == 1


_DISCARD = text("""
    UPDATE deliveries SET state = 'discarded', settled_at = clock_timestamp()
    WHERE subscription_id = :id AND state = 'due'
""")
