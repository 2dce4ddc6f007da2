from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from copydesk.store import backlog, claims, events, leases, stories, subscriptions
from copydesk.store.database import Database
from copydesk.store.matching import Matching
from tests.store.conftest import ENRICHMENT, Everyone, lease_one

Owe = Callable[..., UUID]
STATES = "SELECT string_agg(state, ' ' ORDER BY created_at, id) FROM deliveries"


@pytest.fixture
def owe(accept: Callable[..., stories.Accepted], database: Database) -> Owe:
    """Makes a subscription that is owed two deliveries, one for so many days already, and returns its id."""

    def owe(days: float = 0, *, disabled_days: float | None = None, **more: Any) -> UUID:
        document = {"url": "http://127.0.0.1:1/", "event_types": ["story.published"], "enabled": True, **more}
        with database.transaction() as connection:
            made: UUID = subscriptions.create(connection, "desk", b"secret", document)["id"]
            for _ in range(2):
                accepted = accept(uri=f"urn:x:{uuid4()}")
                held = lease_one(connection, accepted.revision_id)
                assert held is not None
                leases.finish(connection, [leases.Done(held, ENRICHMENT, 1)])
            events.fan_out(connection, Matching(Everyone(made)))
            values = {"id": made, "days": days, "disabled": disabled_days}
            connection.execute(_AGE, values)
            if disabled_days is not None:
                connection.execute(_DISABLE, values)
        return made

    return owe


_AGE = text("""
    UPDATE deliveries SET created_at = aged, due_at = aged
    FROM (SELECT now() - make_interval(secs => 86400 * CAST(:days AS double precision)) AS aged) AS t
    WHERE id = (SELECT min(id::text)::uuid FROM deliveries WHERE subscription_id = :id)
""")
_DISABLE = text("""
    UPDATE subscriptions SET enabled = false, disabled_reason = 'requested',
        disabled_at = now() - make_interval(secs => 86400 * CAST(:disabled AS double precision))
    WHERE id = :id
""")


def _expire(database: Database, days: int = 14) -> int:
    with database.transaction() as connection:
        return backlog.expire(connection, days)


def _discard_deleted(database: Database) -> int:
    with database.transaction() as connection:
        return backlog.discard_deleted(connection)


def _states(database: Database) -> str:
    with database.transaction() as connection:
        return str(connection.execute(text(STATES)).scalar())


@pytest.mark.parametrize(
    ("days", "disabled_days", "expired"),
    [
        (100, None, 0),  # an enabled one is owed whatever is tried again
        (100, 13.9, 0),  # so long it may be enabled again
        (13.9, 100, 0),
        (14.1, 14.1, 1),
        (100, 20, 1),
    ],
)
def test_what_waits_for_a_disabled_subscription_is_kept_for_14_days(
    owe: Owe, database: Database, days: float, disabled_days: float | None, expired: int
) -> None:
    owe(days, disabled_days=disabled_days)
    assert _expire(database) == expired
    assert _states(database) == ("expired due" if expired else "due due")
    assert _expire(database) == 0


def test_what_is_older_than_its_subscription_wants_is_closed_wherever_it_waits(
    owe: Owe, database: Database
) -> None:
    owe(0.5, expires_after_seconds=3600)
    owe(0.5)
    assert _expire(database) == 1
    assert sorted(_states(database).split()) == ["due", "due", "due", "expired"]


def test_a_page_is_closed_at_a_time(owe: Owe, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "PAGE", 1)
    for _ in range(2):
        owe(20, disabled_days=20)
    assert [_expire(database) for _ in range(3)] == [1, 1, 0]


def test_of_all_that_is_due_only_what_is_closed_is_read(owe: Owe, database: Database) -> None:
    subscription = owe(0.5, expires_after_seconds=3600)
    with database.transaction() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))  # of no events
        connection.execute(_OWE_MORE, {"id": subscription, "count": 5_000})
        connection.execute(text("ANALYZE deliveries"))
        before = connection.execute(_READ).scalar_one()
        assert backlog.expire(connection, 14) == 1
        assert connection.execute(_READ).scalar_one() - before < 10


_OWE_MORE = text("""
    INSERT INTO deliveries (id, event_id, subscription_id, state)
    SELECT gen_random_uuid(), gen_random_uuid(), :id, 'due' FROM generate_series(1, :count)
""")
_READ = text("""
    SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'deliveries'
""")


def test_what_is_left_of_a_deleted_subscription_is_discarded_a_page_at_a_time(
    owe: Owe, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    deleted, _other = owe(), owe()
    with database.transaction() as connection:
        assert subscriptions.delete(connection, deleted, None)
    monkeypatch.setattr(backlog, "PAGE", 1)
    assert [_discard_deleted(database) for _ in range(3)] == [1, 1, 0]
    assert _states(database) == "discarded discarded due due"


@pytest.mark.parametrize(("seconds", "states"), [(-1, "discarded discarded"), (60, "sending sending")])
def test_what_is_lost_on_the_way_to_a_deleted_subscription_is_discarded_after_its_lease(
    owe: Owe, database: Database, seconds: float, states: str
) -> None:
    deleted = owe()
    with database.transaction() as connection:
        assert claims.claim(connection, cap=8, limit=8, lease_seconds=seconds).deliveries
        assert subscriptions.delete(connection, deleted, None)
    _discard_deleted(database)
    assert _states(database) == states


def test_what_is_discarded_is_what_waits_until_then_for_one_subscription(
    owe: Owe, database: Database
) -> None:
    one, _other = owe(), owe()
    with database.transaction() as connection:
        now = backlog.moment(connection)
        connection.execute(
            text("UPDATE deliveries SET created_at = now() + interval '1 min' WHERE id IN"
                 " (SELECT max(id::text)::uuid FROM deliveries WHERE subscription_id = :id)"), {"id": one}
        )  # fmt: skip
        assert backlog.discard(connection, one, now) == 1
        assert backlog.discard(connection, one, now) == 0
    assert sorted(_states(database).split()) == ["discarded", "due", "due", "due"]
