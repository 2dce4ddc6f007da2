"""An index of the subscriptions, kept up with the database."""

from collections.abc import Iterable
from typing import Protocol
from uuid import UUID

from sqlalchemy import Connection, text

from copydesk.model import Listener, Unplaced
from copydesk.store import statements


class Index(Protocol):
    """Finds who wants an event."""

    @property
    def reads_record(self) -> bool:
        """Whether it looks at what enrichment found."""

    @property
    def reads_text(self) -> bool:
        """Whether it looks at title or body."""

    def put(self, listener: Listener, event_types: Iterable[str]) -> None:
        """Takes a subscription, in place of what it was before."""

    def drop(self, subscription_id: UUID) -> None:
        """Takes a subscription out, if it is there."""

    def wanting(self, event: Unplaced, admins: frozenset[str]) -> Iterable[UUID]:
        """Returns the subscriptions to which an event is owed; `admins` are sources with an admin's key."""


class Matching:
    """An index that reads again only what was changed since it last did.

    Args:
        index: an empty one, of which nobody else makes changes.
    """

    def __init__(self, index: Index) -> None:
        self.index = index
        self.seen = 0
        """The newest change that was taken in."""

    def refresh(self, connection: Connection) -> int:
        """Takes in every change that was committed before this. Returns how many.

        A disabled subscription stays in: it is owed its deliveries all the same, and enabling it sends them.
        """
        rows = statements.rows(connection, _CHANGED, {"seen": self.seen})
        for row in rows:
            if row.is_deleted:
                self.index.drop(row.id)
            else:
                self.index.put(Listener(row.id, row.source, row.filter), row.event_types)
        if rows:
            self.seen = rows[-1].change
        return len(rows)


# Changes are numbered in the order in which they are committed: none with a lower number comes later.
_CHANGED = text("""
    SELECT id, source, filter, event_types, change, deleted_at IS NOT NULL AS is_deleted
    FROM subscriptions WHERE change > :seen AND (deleted_at IS NULL OR :seen > 0) ORDER BY change
""")
