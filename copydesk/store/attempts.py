"""The attempt log of a subscription: a page at a time, the newest attempt first."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, text

from copydesk.model import ErrorClass

PAGE_END_PATTERN = r"^[0-9]{1,16}-[0-9a-f]{32}$"
"""What the end of a page looks like to who asks for the next page."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LAST_ID = UUID(int=(1 << 128) - 1)


class PageEnd(NamedTuple):
    """Where a page ends. It carries the time, so that the next one looks at no younger day's table."""

    started_at: datetime
    id: UUID

    @classmethod
    def parse(cls, shown: str) -> "PageEnd":
        """Returns the end of a page from a string that fits `PAGE_END_PATTERN`."""
        microseconds, _, number = shown.partition("-")
        return cls(_EPOCH + int(microseconds) * _MICROSECOND, UUID(number))

    @classmethod
    def at(cls, moment: datetime) -> "PageEnd":
        """Returns the end before which lies all that began until a moment."""
        return cls(moment, _LAST_ID)

    def __str__(self) -> str:
        return f"{(self.started_at - _EPOCH) // _MICROSECOND}-{self.id.hex}"


NEWEST = PageEnd.at(datetime.max.replace(tzinfo=UTC))
"""The first page follows it."""


def listing(  # noqa: PLR0913 - each is a filter of the API
    connection: Connection,
    subscription_id: UUID,
    *,
    after: PageEnd = NEWEST,
    failed: bool = False,
    error_class: ErrorClass | None = None,
    status: int | None = None,
    limit: int = 100,
) -> list[dict[str, Any]]:
    """Returns attempts made for a subscription, without what went over the wire.

    Whatever is asked for, an index has it in this order: the work does not grow with what is not shown.

    Args:
        connection: an open transaction.
        subscription_id: whose; nobody's rights are looked at.
        after: they are older.
        failed: only those that failed.
        error_class: only those that failed like this.
        status: only those that failed and were answered so.
        limit: how many at the most.
    """
    wanted = {"error_class": error_class, "status": status}
    named = {name: value for name, value in wanted.items() if value is not None}
    conditions = [f"{name} = :{name}" for name in named]
    if failed or named:
        conditions.append("error_class IS NOT NULL")
    query = text(_LISTING.format("".join(f" AND {each}" for each in conditions)))
    values = {
        "subscription": subscription_id,
        "at": after.started_at,
        "id": after.id,
        "limit": limit,
        **named,
    }
    latest = min(after.started_at, datetime.now(UTC) + _AHEAD)
    for span in _SPANS:
        since = max(latest, _EPOCH + span) - span
        found = connection.execute(query, {**values, "since": since}).mappings().all()
        if len(found) == limit:
            break
    return [dict(row) for row in found]


# Every day that could have a row costs a look into its table. A page mostly ends where it begins; the last
# span reaches back to 1970.
_SPANS = (timedelta(days=1), timedelta(days=7), timedelta(days=366_000))
_AHEAD = timedelta(days=1)  # by which the clock of a dispatcher may differ
# The row comparison says more than the bounds on time; but only those leave out whole days.
_LISTING = """
    SELECT id, delivery_id, number, started_at, duration_ms, dns_ms, connect_ms, tls_ms, first_byte_ms,
           status, error_class, detail, dispatcher
    FROM attempts
    WHERE subscription_id = :subscription AND (started_at, id) < (:at, :id)
      AND started_at <= :at AND started_at >= :since{}
    ORDER BY started_at DESC, id DESC LIMIT :limit
"""
