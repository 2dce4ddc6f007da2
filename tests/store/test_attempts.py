"""The attempt log: each page follows the one before, whatever is stored meanwhile."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from copydesk.model import ErrorClass
from copydesk.store import attempts, deliveries
from copydesk.store.attempts import NEWEST, PageEnd
from copydesk.store.database import Database

NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)
MINE, OTHER = uuid4(), uuid4()


def _store(
    database: Database,
    begun: datetime,
    *,
    subscription: UUID = MINE,
    status: int | None = 204,
    error_class: str | None = None,
) -> UUID:
    made = uuid4()
    with database.transaction() as connection:
        connection.execute(
            text("""
                INSERT INTO attempts (id, started_at, delivery_id, subscription_id, number, duration_ms,
                                      status, error_class, dispatcher)
                VALUES (:id, :begun, gen_random_uuid(), :subscription, 1, 5, :status, :error_class, 'd1')
            """),
            {
                "id": made,
                "begun": begun,
                "subscription": subscription,
                "status": status,
                "error_class": error_class,
            },
        )
    return made


def _list(database: Database, **filters: Any) -> list[dict[str, Any]]:
    with database.transaction() as connection:
        return attempts.listing(connection, MINE, **filters)


@pytest.fixture
def days(database: Database) -> None:
    """Makes a table for each of three days; what is older or younger has none."""
    with database.transaction() as connection:
        for day in range(3):
            deliveries.make_partition(connection, (NOON - timedelta(days=day)).date())


@pytest.mark.usefixtures("days")
def test_page_by_page_everything_is_seen_once_the_newest_first(database: Database) -> None:
    moments = [NOON - timedelta(hours=hours // 2) for hours in range(0, 200, 5)]  # some began together
    made = [(moment, _store(database, moment)) for moment in (*moments, NOON, NOON)]
    _store(database, NOON, subscription=OTHER)
    after, seen = NEWEST, []
    while page := _list(database, after=after, limit=7):
        seen += [(each["started_at"], each["id"]) for each in page]
        after = PageEnd(*seen[-1])
        _store(database, NOON + timedelta(hours=1))  # belongs before what was seen already
    assert seen == sorted(made, reverse=True)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["timeout", "cut 503", "503", "500", "204"]),
        ({"failed": True}, ["timeout", "cut 503", "503", "500"]),
        ({"error_class": ErrorClass.TIMEOUT}, ["timeout", "cut 503"]),
        ({"error_class": ErrorClass.TLS}, []),
        ({"status": 503}, ["cut 503", "503"]),
        ({"status": 204}, []),
        ({"status": 503, "error_class": ErrorClass.SERVER_ERROR}, ["503"]),
        ({"after": PageEnd.at(NOON - timedelta(minutes=4))}, ["204"]),
        ({"after": PageEnd.at(NOON - timedelta(minutes=5))}, []),
        ({"limit": 1}, ["timeout"]),
    ],
)
@pytest.mark.usefixtures("days")
def test_attempts_are_listed_by_how_they_failed(
    database: Database, filters: dict[str, Any], expected: list[str]
) -> None:
    names = {}
    for minutes, (name, status, error_class) in enumerate((
        ("timeout", None, "timeout"),
        ("cut 503", 503, "timeout"),
        ("503", 503, "http_5xx"),
        ("500", 500, "http_5xx"),
        ("204", 204, None),
    )):  # fmt: skip
        moment = NOON - timedelta(minutes=minutes)
        names[_store(database, moment, status=status, error_class=error_class)] = name
    assert [names[each["id"]] for each in _list(database, **filters)] == expected


@pytest.mark.usefixtures("days")
def test_days_beyond_the_bounds_of_a_page_are_not_read(database: Database) -> None:
    statement = attempts._LISTING.format("")  # noqa: SLF001 - what is promised is its plan
    at = NOON - timedelta(days=1)
    values = {"subscription": MINE, "at": at, "since": at - timedelta(hours=1), "id": uuid4(), "limit": 10}
    with database.transaction() as connection:
        plan = "\n".join(connection.execute(text(f"EXPLAIN {statement}"), values).scalars())
    read = [day for day in ("20261108", "20261109", "20261110") if f"attempts_{day}" in plan]
    assert read == ["20261109"]


def test_a_page_goes_back_as_far_as_it_must(database: Database) -> None:
    now = datetime.now(UTC)
    made = [_store(database, now - timedelta(days=days)) for days in (0, 3, 40)]
    ahead = _store(database, now + timedelta(minutes=10))
    assert [each["id"] for each in _list(database)] == [ahead, *made]
    assert [each["id"] for each in _list(database, limit=2)] == [ahead, made[0]]
    assert [each["id"] for each in _list(database, limit=3)] == [ahead, *made[:2]]


@given(
    st.datetimes(datetime(1970, 1, 1), datetime(2280, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - a bound
    st.uuids(),
)
def test_the_end_of_a_page_says_where_it_is(moment: datetime, number: UUID) -> None:
    end = PageEnd(moment, number)
    assert PageEnd.parse(str(end)) == end


def test_every_end_of_a_page_that_is_let_in_can_be_asked_for(database: Database) -> None:
    for shown in ("0-" + "0" * 32, "9" * 16 + "-" + "f" * 32):
        assert _list(database, after=PageEnd.parse(shown)) == []
