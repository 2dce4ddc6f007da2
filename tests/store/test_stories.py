from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import text

from copydesk.model import Lane, RevisionState
from copydesk.store import events, leases, quarantine, stories, subscriptions
from copydesk.store.database import Database
from copydesk.store.matching import Matching
from tests.store.conftest import DOCUMENT, ENRICHMENT, Everyone, lease_one

Accept = Callable[..., stories.Accepted]


def test_posting_the_same_content_again_gives_the_same_story(accept: Accept) -> None:
    first, again = accept(), accept()
    assert first.created
    assert not again.created
    assert again.story_id == first.story_id
    assert again.revision_id == first.revision_id


def test_other_content_under_the_same_version_is_a_conflict_and_changes_nothing(
    accept: Accept, database: Database
) -> None:
    accepted = accept(version=3)
    with pytest.raises(stories.VersionConflictError):
        accept(version=3, content=b"other")
    with database.transaction() as connection:
        story = stories.find(connection, accepted.story_id, "desk")
    assert story is not None
    assert (story["version"], story["newest_version"]) == (3, 3)


def test_the_same_uri_of_two_sources_is_two_stories(accept: Accept) -> None:
    assert accept().story_id != accept(source="other").story_id


def test_a_higher_version_becomes_the_newest_and_a_lower_one_does_not(
    accept: Accept, database: Database
) -> None:
    story_id = accept(version=2).story_id
    assert accept(version=1).story_id == story_id
    with database.transaction() as connection:
        story = stories.find(connection, story_id, "desk")
        older = stories.find(connection, story_id, "desk", version=1)
    assert story is not None
    assert older is not None
    assert (story["version"], older["version"]) == (2, 1)


def test_many_at_once_make_one_revision(accept: Accept) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: accept(), range(16)))
    assert len({each.revision_id for each in made}) == 1
    assert sum(each.created for each in made) == 1


def test_a_story_is_shown_to_its_source_alone(accept: Accept, database: Database) -> None:
    story_id = accept().story_id
    with database.transaction() as connection:
        assert stories.find(connection, story_id, "desk")
        assert stories.find(connection, story_id, None)
        assert stories.find(connection, story_id, "other") is None
        assert stories.find(connection, uuid4(), "desk") is None


def test_stories_are_listed_by_uri_state_and_page(accept: Accept, database: Database) -> None:
    ids = [accept(uri=f"urn:x:{n}").story_id for n in range(5)]
    accept(uri="urn:x:0", source="other")

    def listed(**filters: object) -> list[object]:
        values = {"source": "desk", "uri": None, "state": None, "after": None, "limit": 10, **filters}
        with database.transaction() as connection:
            return [each["id"] for each in stories.listing(connection, **values)]  # type: ignore[arg-type]

    assert listed() == ids
    assert listed(uri="urn:x:3") == [ids[3]]
    assert listed(after=ids[2]) == ids[3:]
    assert listed(limit=2) == ids[:2]
    assert listed(state=RevisionState.ENRICHED) == []
    assert len(listed(source=None)) == 6


def test_the_trace_tells_every_step(accept: Accept, database: Database) -> None:
    accepted = accept()
    with database.transaction() as connection:
        held = lease_one(connection, accepted.revision_id, worker="w1")
        assert held is not None
        leases.finish(connection, [leases.Done(held, ENRICHMENT, 12.5)])
        story = stories.find(connection, accepted.story_id, "desk")
    assert story is not None
    assert story["state"] == "enriched"
    assert story["published"] is True
    steps = [(each["step"], each["outcome"]) for each in story["trace"]]
    assert sorted(steps) == [("accept", "ok"), ("enrich", "ok"), ("publish", "ok")]
    enrich = next(each for each in story["trace"] if each["step"] == "enrich")
    assert (enrich["worker"], enrich["duration_ms"], enrich["attempt"]) == ("w1", 12.5, 1)


@pytest.mark.parametrize(
    ("subscriber", "caller", "seen"),
    [("desk", "desk", True), ("reader", "desk", False), ("reader", None, True)],
)
def test_the_detail_of_an_attempt_is_for_whose_subscription_it_is(
    accept: Accept, database: Database, subscriber: str, caller: str | None, seen: bool
) -> None:
    accepted = accept()
    document = {"url": "http://10.1.2.3:8080/", "event_types": ["story.published"], "enabled": True}
    with database.transaction() as connection:
        held = lease_one(connection, accepted.revision_id)
        assert held is not None
        leases.finish(connection, [leases.Done(held, ENRICHMENT, 1)])
        subscriptions.create(connection, subscriber, b"s" * 32, document)
    with database.transaction() as connection:
        events.fan_out(connection, Matching(Everyone()))
        connection.execute(
            text(
                "INSERT INTO attempts (id, started_at, delivery_id, number, duration_ms, error_class, detail,"
                " dispatcher) SELECT gen_random_uuid(), now(), id, 1, 1, 'refused',"
                " '10.1.2.3:8080 refused.', 'd' FROM deliveries"
            )
        )
        story = stories.find(connection, accepted.story_id, caller)
    assert story is not None
    (attempt,) = (each for each in story["trace"] if each["step"] == "deliver")
    assert attempt["outcome"] == "refused"
    assert attempt.get("detail") == ("10.1.2.3:8080 refused." if seen else None)


def test_a_quarantined_story_says_why_and_can_be_tried_anew_or_discarded(
    accept: Accept, database: Database
) -> None:
    accepted = accept()

    def break_down() -> None:
        with database.transaction() as connection:
            held = lease_one(connection, accepted.revision_id)
            assert held is not None
            assert leases.fail(
                connection,
                held,
                stage="validate",
                reason="invalid_output",
                detail="at /actors",
                duration_ms=1,
                retry_seconds=None,
                max_attempts=5,
            )

    break_down()
    with database.transaction() as connection:
        story = stories.find(connection, accepted.story_id, "desk")
        assert story is not None
        assert story["reason"] == {"stage": "validate", "reason": "invalid_output", "detail": "at /actors"}
        assert [each["id"] for each in quarantine.listing(connection)] == [accepted.story_id]
        retried = quarantine.retry(connection, accepted.story_id)
        assert retried is not None
        assert retried[0] == accepted.revision_id
        assert quarantine.retry(connection, accepted.story_id) is None
    break_down()
    with database.transaction() as connection:
        assert quarantine.discard(connection, accepted.story_id)
        assert not quarantine.discard(connection, accepted.story_id)
        assert quarantine.listing(connection) == []
        story = stories.find(connection, accepted.story_id, "desk")
    assert story is not None
    assert story["state"] == "discarded"
    assert [each["event"] for each in story["trace"] if each["step"] == "publish"] == [
        "story.quarantined"
    ] * 2


def test_a_revision_that_is_removed_while_it_is_posted_again_is_made_anew(
    accept: Accept, database: Database
) -> None:
    accepted = accept()
    post = stories.Post("desk", "urn:x:1", 1, Lane.NORMAL, b"1", DOCUMENT)
    plan = stories.accepting([post])
    with database.transaction() as connection:
        rows = connection.exec_driver_sql(*next(plan)).all()
        known = plan.send(rows)
        connection.exec_driver_sql("DELETE FROM revisions")
        again = plan.send(connection.exec_driver_sql(*known).all())
        with pytest.raises(StopIteration) as end:
            plan.send(connection.exec_driver_sql(*again).all())
    (judged,) = end.value.value
    assert judged.created
    assert judged.story_id == accepted.story_id
    assert judged.revision_id != accepted.revision_id
