"""What is old and owed to nobody goes; what is young or owed stays, whatever else happens."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from copydesk.errors import OutageError
from copydesk.model import DeliveryState, Lane, RevisionState, new_id
from copydesk.store import deliveries, events, leases, retention, stories, subscriptions
from copydesk.store.database import Database
from copydesk.store.matching import Matching
from copydesk.store.retention import FIRST
from tests.store.conftest import ENRICHMENT, Everyone, accept_one, lease_one

Accept = Callable[..., stories.Accepted]
DAYS = 30
OWED = {DeliveryState.DUE, DeliveryState.SENDING}
OPEN = {RevisionState.ACCEPTED, RevisionState.ENRICHING, RevisionState.QUARANTINED}


@dataclass
class Kept:
    """A story as it was made: one revision, one event, one delivery, all of one age."""

    story: UUID
    event: UUID
    age_days: float
    state: RevisionState
    delivery: DeliveryState
    placed: bool


def _do(database: Database, statement: str, **values: Any) -> Any:
    with database.transaction() as connection:
        found = connection.execute(text(statement), values)
        return found.scalar() if found.returns_rows else None


def _make(  # each is what retention looks at
    database: Database,
    number: int,
    *,
    age_days: float = 40,
    state: RevisionState = RevisionState.ENRICHED,
    delivery: DeliveryState = DeliveryState.DELIVERED,
    placed: bool = True,
) -> Kept:
    """Makes a story with its event and its delivery; the number is its position."""
    with database.transaction() as connection:
        accepted = accept_one(
            connection,
            source="desk",
            uri=f"urn:x:{number}",
            version=1,
            document={"title": "x", "body": "y"},
            content_sha256=b"1",
            lane=Lane.NORMAL,
        )
        kept = Kept(accepted.story_id, new_id(), age_days, state, delivery, placed)
        values = {
            "story": kept.story,
            "revision": accepted.revision_id,
            "event": kept.event,
            "delivery": new_id(),
            "at": datetime.now(UTC) - timedelta(days=age_days),
            "state": state,
            "delivery_state": delivery,
            "position": number if placed else None,
        }
        for statement in (
            "UPDATE stories SET created_at = :at WHERE id = :story",
            "UPDATE revisions SET accepted_at = :at, settled_at = :at, state = :state WHERE id = :revision",
            """
            INSERT INTO enrichments (revision_id, generation, enrichment, created_at)
            VALUES (:revision, 1, '{}', :at)
            """,
            """
            INSERT INTO events (id, type, story_id, revision_id, generation, source, position, created_at)
            VALUES (:event, 'story.published', :story, :revision, 1, 'desk', :position, :at)
            """,
            """
            INSERT INTO deliveries (id, event_id, subscription_id, state, created_at)
            SELECT :delivery, :event, id, :delivery_state, :at FROM subscriptions
            """,
            "UPDATE event_counter SET position = greatest(position, coalesce(:position, 0))",
        ):
            connection.execute(text(statement), values)
    return kept


@pytest.fixture
def subscription(database: Database) -> UUID:
    with database.transaction() as connection:
        document = {"url": "http://x.example/", "event_types": ["story.published"], "enabled": True}
        made: UUID = subscriptions.create(connection, "desk", b"s" * 32, document)["id"]
    return made


@pytest.fixture
def head(database: Database, subscription: UUID) -> Kept:
    """The newest event of all, old but kept."""
    assert subscription
    return _make(database, 1_000_000)


Remove = Callable[[Any, int, UUID, int], retention.Page]


def _through(database: Database, remove: Remove, limit: int = 7) -> int:
    """Goes through all pages once; returns how many rows went."""
    total, after = 0, FIRST
    while True:
        with database.transaction() as connection:
            page = remove(connection, DAYS, after, limit)
        total, after = total + page.removed, page.after
        if after == FIRST:
            return total


def _ids(database: Database, table: str) -> set[UUID]:
    with database.transaction() as connection:
        return set(connection.execute(text(f"SELECT id FROM {table}")).scalars())  # noqa: S608 - ours


def test_an_old_story_goes_with_all_that_belongs_to_it(database: Database, head: Kept) -> None:
    gone, young = _make(database, 1), _make(database, 2, age_days=29)
    assert _through(database, retention.remove_stories) == 1
    assert _ids(database, "stories") == {head.story, young.story}
    assert _ids(database, "events") == {head.event, young.event}
    for table in ("revisions", "steps", "enrichments", "deliveries"):
        assert _do(database, f"SELECT count(*) FROM {table}") == 2, table  # noqa: S608 - ours
    assert gone.story not in _ids(database, "stories")
    assert _through(database, retention.remove_stories) == 0


def test_an_old_event_goes_with_its_deliveries_and_its_story_stays(database: Database, head: Kept) -> None:
    gone, young = _make(database, 1), _make(database, 2, age_days=29)
    assert _through(database, retention.remove_events) == 1
    assert _ids(database, "events") == {head.event, young.event}
    assert _do(database, "SELECT count(*) FROM deliveries") == 2
    assert gone.story in _ids(database, "stories")
    assert _do(database, "SELECT count(*) FROM enrichments") == 3


@pytest.mark.parametrize("state", sorted(OPEN))
def test_a_revision_that_is_not_settled_keeps_all_of_its_story(
    database: Database, head: Kept, state: RevisionState
) -> None:
    kept = _make(database, 1, age_days=400, state=state)
    assert _through(database, retention.remove_events) == 0
    assert _through(database, retention.remove_stories) == 0
    assert _ids(database, "stories") == {head.story, kept.story}


@pytest.mark.parametrize("state", sorted(DeliveryState))
def test_what_is_owed_to_a_subscription_stays(database: Database, head: Kept, state: DeliveryState) -> None:
    made = _make(database, 1, age_days=400, delivery=state)
    for remove in (retention.remove_events, retention.remove_stories):
        _through(database, remove)
    assert (made.event in _ids(database, "events")) is (state in OWED)
    assert (made.story in _ids(database, "stories")) is (state in OWED)
    assert head.event in _ids(database, "events")


def test_what_is_owed_to_a_disabled_subscription_stays_too(database: Database, head: Kept) -> None:
    kept = _make(database, 1, delivery=DeliveryState.DUE)
    _do(database, "UPDATE subscriptions SET enabled = false")
    assert _through(database, retention.remove_events) == 0
    assert _ids(database, "events") == {head.event, kept.event}


def test_an_event_without_a_position_stays(database: Database, head: Kept) -> None:
    kept = _make(database, 1, placed=False)
    assert _through(database, retention.remove_events) == 0
    assert _through(database, retention.remove_stories) == 0
    assert _ids(database, "events") == {head.event, kept.event}


def test_the_newest_event_stays_and_no_position_is_used_again(database: Database, subscription: UUID) -> None:
    assert subscription
    for number in range(1, 4):
        _make(database, number)
    _through(database, retention.remove_stories)
    _through(database, retention.remove_events)
    assert _do(database, "SELECT array_agg(position) FROM events") == [3]
    _make(database, 0, placed=False)
    with database.transaction() as connection:
        events.fan_out(connection, Matching(Everyone(only=new_id())))
    assert _do(database, "SELECT max(position) FROM events") == 4


@pytest.mark.parametrize("column", ["accepted_at", "settled_at"])
def test_news_of_an_old_story_keeps_it(database: Database, head: Kept, column: str) -> None:
    kept = _make(database, 1)
    _do(database, f"UPDATE revisions SET {column} = now() WHERE story_id = :story", story=kept.story)  # noqa: S608
    assert _through(database, retention.remove_stories) == 0
    assert head.story in _ids(database, "stories")


def test_a_young_event_of_an_old_revision_keeps_its_story(database: Database, head: Kept) -> None:
    kept = _make(database, 1)
    _do(database, "UPDATE events SET created_at = now() WHERE id = :event", event=kept.event)
    assert _through(database, retention.remove_stories) == 0
    assert head.story in _ids(database, "stories")


def test_a_page_is_no_longer_than_its_limit_and_the_next_begins_where_it_ended(
    database: Database, head: Kept
) -> None:
    made = [_make(database, number, delivery=DeliveryState.DUE) for number in range(1, 5)]
    made += [_make(database, number) for number in range(5, 8)]
    removed, after = [], FIRST
    for _ in range(3):
        with database.transaction() as connection:
            page = retention.remove_events(connection, DAYS, after, 3)
        removed.append(page.removed)
        after = page.after
    assert removed == [0, 1, 2]  # the first page begins with the newest event of all
    assert _ids(database, "events") == {head.event, *(each.event for each in made[:4])}


@pytest.mark.parametrize("remove", [retention.remove_events, retention.remove_stories])
def test_what_somebody_holds_is_stepped_over(database: Database, head: Kept, remove: Remove) -> None:
    held, free = _make(database, 1), _make(database, 2)
    table, chosen = ("events", "event") if remove is retention.remove_events else ("stories", "story")
    with database.transaction() as other:
        lock = f"SELECT FROM {table} WHERE id = :id FOR UPDATE"
        other.execute(text(lock), {"id": getattr(held, chosen)})
        assert _through(database, remove) == 1
    assert getattr(free, chosen) not in _ids(database, table)
    assert {getattr(held, chosen), getattr(head, chosen)} <= _ids(database, table)


@pytest.mark.parametrize("remove", [retention.remove_events, retention.remove_stories])
def test_a_delivery_that_a_person_retries_meanwhile_is_not_lost(
    database: Database, head: Kept, remove: Remove
) -> None:
    """The retry holds the delivery when retention comes by, and commits while it waits."""
    kept = _make(database, 1)
    delivery = _do(database, "SELECT id FROM deliveries WHERE event_id = :id", id=kept.event)
    done: list[int] = []
    removing = threading.Thread(target=lambda: done.append(_through(database, remove)))
    with database.transaction() as person:
        assert deliveries.retry(person, delivery)
        removing.start()
        _until_somebody_waits(database)
    removing.join(20)
    assert done == [0]
    assert {head.event, kept.event} == _ids(database, "events")
    assert _do(database, "SELECT state FROM deliveries WHERE id = :id", id=delivery) == "due"


def _until_somebody_waits(database: Database) -> None:
    deadline = datetime.now(UTC) + timedelta(seconds=20)
    while not _do(database, "SELECT count(*) FROM pg_locks WHERE NOT granted"):
        assert datetime.now(UTC) < deadline, "nobody waits"


def test_what_is_posted_while_stories_go_is_there(accept: Accept, database: Database) -> None:
    """A story that was removed and is posted again is a new one: who was told 202 finds it."""
    stop = threading.Event()
    removed = [0]

    def remove() -> None:
        while not stop.is_set():
            removed[0] += _through(database, retention.remove_stories)

    removing = threading.Thread(target=remove)
    removing.start()
    try:
        for turn in range(100):
            made = accept(uri=f"urn:x:{turn % 2}", version=turn + 1)
            assert _do(database, "SELECT story_id FROM revisions WHERE id = :id", id=made.revision_id)
            _do(database, "UPDATE stories SET created_at = now() - interval '40 d'")
            _do(database, "UPDATE revisions SET state = 'enriched', accepted_at = now() - interval '40 d',"
                " settled_at = now() - interval '40 d'")  # fmt: skip
    finally:
        stop.set()
        removing.join(20)
    assert removed[0] > 0


@pytest.mark.parametrize("seed", range(3))
def test_of_any_mixture_only_what_is_old_and_not_owed_goes(database: Database, head: Kept, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test's
    ages = sorted((chance.choice([0, 29.9, 30.1, 40, 400]) for _ in range(40)), reverse=True)
    made = [
        _make(
            database,
            number,
            age_days=age,
            state=chance.choice(list(RevisionState)),
            delivery=chance.choice(list(DeliveryState)),
            placed=chance.random() < 0.8,
        )
        for number, age in enumerate(ages, start=1)
    ]
    may_go = {each.story for each in made if _may_go(each)}
    twice = [threading.Thread(target=_through, args=(database, retention.remove_stories)) for _ in range(2)]
    if seed:
        assert _through(database, retention.remove_events) == len(may_go)
        assert _ids(database, "events") == {head.event, *(each.event for each in made if not _may_go(each))}
    for each in twice:
        each.start()
    for each in twice:
        each.join(20)
    _through(database, retention.remove_stories)  # what each stepped over because the other held it
    assert _ids(database, "stories") == {head.story, *(each.story for each in made)} - may_go
    assert _through(database, retention.remove_stories) == 0
    assert (
        _do(database, "SELECT count(*) FROM events e WHERE position > 0")
        == len([each for each in made if each.placed and not _may_go(each)]) + 1
    )


def _may_go(made: Kept) -> bool:
    return made.age_days > DAYS and made.placed and made.state not in OPEN and made.delivery not in OWED


def test_after_its_events_went_a_correction_is_still_an_update(
    accept: Accept, database: Database, head: Kept
) -> None:
    for version in (1, 2):
        with database.transaction() as connection:
            revision = accept(uri="urn:x:corrected", version=version).revision_id
            held = lease_one(connection, revision)
            assert held
            leases.finish(connection, [leases.Done(held, ENRICHMENT, 1)])
        assert _do(database, "SELECT type FROM events ORDER BY created_at DESC LIMIT 1") == (
            "story.published" if version == 1 else "story.updated"
        )
        _do(database, "DELETE FROM events WHERE story_id <> :head", head=head.story)


# Attempts


def _attempt(database: Database, at: datetime) -> None:
    _do(database, """
        INSERT INTO attempts (id, started_at, delivery_id, number, duration_ms, dispatcher)
        VALUES (:id, :at, :id, 1, 1, 'd')
    """, id=uuid4(), at=at)  # fmt: skip


@pytest.fixture
def days(database: Database) -> list[date]:
    """Tables of the days 29 to 33 days ago, each with an attempt."""
    today = _do(database, "SELECT (now() AT TIME ZONE 'UTC')::date")
    made = [today - timedelta(days=age) for age in range(29, 34)]
    for day in made:
        with database.transaction() as connection:
            deliveries.make_partition(connection, day)
        _attempt(database, datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
    return made


def _drop(database: Database) -> date | None:
    with database.transaction() as connection:
        return retention.drop_attempts(connection, DAYS)


def test_attempts_are_dropped_by_whole_days_the_oldest_first(database: Database, days: list[date]) -> None:
    assert [_drop(database) for _ in range(4)] == [days[4], days[3], days[2], None]
    assert _do(database, "SELECT count(*) FROM attempts") == 2


def test_a_day_that_is_held_is_left_for_the_next_turn(database: Database, days: list[date]) -> None:
    with database.transaction() as reader:
        reader.execute(text("SELECT count(*) FROM attempts"))
        assert _drop(database) is None
    assert _drop(database) == days[4]


def test_another_fault_of_dropping_a_day_is_not_hidden(
    database: Database, days: list[date], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        retention, "_BRIEFLY", text("SET LOCAL statement_timeout = '1ms'; SELECT pg_sleep(1)")
    )
    assert days
    with pytest.raises(OutageError):
        _drop(database)


def test_attempts_outside_every_day_go_a_few_at_a_time(database: Database) -> None:
    now = datetime.now(UTC)
    for age in (29.9, 30.1, 31, 400):
        _attempt(database, now - timedelta(days=age))

    def remove() -> int:
        with database.transaction() as connection:
            return retention.remove_stray_attempts(connection, DAYS, 2)

    assert [remove() for _ in range(3)] == [2, 1, 0]
    assert _do(database, "SELECT count(*) FROM attempts") == 1
