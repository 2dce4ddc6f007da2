import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import orjson
import pytest
from billiard.exceptions import SoftTimeLimitExceeded
from prometheus_client import REGISTRY
from sqlalchemy import text

from copydesk.model import new_id
from copydesk.settings import EnrichSettings
from copydesk.store import migrations, stories
from copydesk.store.database import Database
from services.embedded.postgres import Postgres
from services.enrich.desk import Desk
from services.enrich.pipeline import Pipeline, Story
from tests.accepting import accept
from tests.store.conftest import lease_one

BROKER = "redis://127.0.0.1:1/0"
STORY = {
    "uri": "urn:test:desk",
    "title": "Peru lifts a fishing ban",
    "body": "Peru lifted its ban on anchovy fishing. The ministry said stocks had recovered.",
    "language": "en",
}


def _settings(url: str, **more: Any) -> EnrichSettings:
    return EnrichSettings(database_url=url, broker_url=BROKER, **more)


def _accept(database: Database) -> UUID:
    return accept(database, "desk", orjson.dumps(STORY)).revision_id


def _one(database: Database, query: str) -> Any:
    with database.transaction() as connection:
        return connection.execute(text(query)).scalar()


class Scripted:
    """A pipeline that does what the test says."""

    def __init__(self, act: Callable[[Story], dict[str, Any]]) -> None:
        self._act = act

    def enrich(self, story: Story) -> dict[str, Any]:
        return self._act(story)


def _raising(error: BaseException) -> Scripted:
    def act(_story: Story) -> dict[str, Any]:
        raise error

    return Scripted(act)


def test_a_story_is_published_once_and_a_second_message_finds_nothing_to_do(
    database: Database, database_url: str, pipeline: Pipeline
) -> None:
    desk = Desk(_settings(database_url), pipeline, lambda: database)
    revision = _accept(database)
    assert desk.work([revision]) == ["published"]
    assert desk.work([revision]) == ["idle"]
    assert desk.work([new_id()]) == ["idle"]
    with database.transaction() as connection:
        story = connection.execute(text("SELECT story_id FROM revisions")).scalar_one()
        found = stories.finished(connection, story)
    assert found is not None
    assert "peru" in {actor["id"] for actor in found.enrichment["actors"]}


def test_an_older_version_is_recorded(database: Database, database_url: str, pipeline: Pipeline) -> None:
    desk = Desk(_settings(database_url), pipeline, lambda: database)
    older = _accept(database)
    accept(database, "desk", orjson.dumps({**STORY, "version": 2}))
    assert desk.work([older]) == ["recorded"]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (SoftTimeLimitExceeded(), "time_limit"),
        (MemoryError(), "out_of_memory"),
        (RuntimeError("secret story text"), "error"),
    ],
)
def test_what_may_pass_is_tried_again_later(
    database: Database, database_url: str, error: BaseException, reason: str
) -> None:
    desk = Desk(_settings(database_url), _raising(error), lambda: database)
    assert desk.work([_accept(database)]) == ["retry"]
    assert _one(database, "SELECT reason FROM revisions") == reason
    assert _one(database, "SELECT state FROM revisions") == "accepted"
    assert 3.5 < _one(database, "SELECT extract(epoch FROM due_at - now())::float FROM revisions") < 6.1
    assert "secret" not in _one(database, "SELECT detail FROM revisions")


def test_what_used_up_its_tries_is_quarantined(database: Database, database_url: str) -> None:
    settings = _settings(database_url, max_attempts=2, retry_seconds=0.001)
    desk = Desk(settings, _raising(RuntimeError()), lambda: database)
    revision = _accept(database)
    assert desk.work([revision]) == ["retry"]
    outcomes = {outcome for _ in range(50) for outcome in desk.work([revision])}
    assert outcomes == {"idle", "quarantined"}


@pytest.mark.parametrize(
    "spoil",
    [
        {"actors": [{"id": "nobody"}]},
        {"highlights": [{"text": "not there", "start": 0, "end": 9, "rank": 1, "score": 0.5}]},
        {"surprise": 1},
    ],
)
def test_a_record_that_breaks_its_contract_never_leaves(
    database: Database, database_url: str, pipeline: Pipeline, spoil: dict[str, Any]
) -> None:
    spoiled = Scripted(lambda story: {**pipeline.enrich(story), **spoil})
    desk = Desk(_settings(database_url), spoiled, lambda: database)
    assert desk.work([_accept(database)]) == ["quarantined"]
    assert _one(database, "SELECT reason FROM revisions") == "invalid_output"
    assert _one(database, "SELECT count(*) FROM enrichments") == 0


@pytest.mark.parametrize("fails", [False, True])
def test_who_lost_the_lease_changes_nothing(
    database: Database, database_url: str, pipeline: Pipeline, fails: bool
) -> None:
    settings = _settings(
        database_url,
        soft_limit_seconds=0.01,
        hard_limit_seconds=0.015,
        lease_seconds=0.02,
        retry_seconds=0.01,
    )

    def overtaken(story: Story) -> dict[str, Any]:
        taken = None
        while taken is None:
            with database.transaction() as connection:
                taken = lease_one(connection, revision, seconds=60, worker="other")
        if fails:
            raise RuntimeError
        return pipeline.enrich(story)

    revision = _accept(database)
    assert Desk(settings, Scripted(overtaken), lambda: database).work([revision]) == ["lost"]
    assert _one(database, "SELECT state FROM revisions") == "enriching"
    assert _one(database, "SELECT count(*) FROM events") == 0


def test_an_outage_after_the_lease_is_waited_out_and_one_that_lasts_does_not_count(
    postgres_server: Postgres, pipeline: Pipeline
) -> None:
    url = postgres_server.create_database("copydesk")
    migrations.upgrade(url)
    database = Database(url)
    settings = _settings(url, soft_limit_seconds=0.3, hard_limit_seconds=0.4, lease_seconds=60)

    def during_outage(story: Story) -> dict[str, Any]:
        postgres_server.stop()
        return pipeline.enrich(story)

    desk = Desk(settings, Scripted(during_outage), lambda: database)
    revision = _accept(database)
    assert desk.work([revision]) == ["outage"]
    postgres_server.start()
    desk = _with_enricher(desk, pipeline)
    assert desk.work([revision]) == ["published"]
    assert _one(database, "SELECT attempts FROM revisions") == 1
    outcomes = "SELECT string_agg(outcome, ' ' ORDER BY started_at) FROM steps WHERE name = 'enrich'"
    assert _one(database, outcomes) == "returned ok"

    restart = threading.Event()

    def restarting(story: Story) -> dict[str, Any]:
        postgres_server.stop()
        restart.set()
        return pipeline.enrich(story)

    accept(database, "desk", orjson.dumps({**STORY, "version": 2}))
    patient = Desk(_settings(url), Scripted(restarting), lambda: database)
    second = _one(database, "SELECT id FROM revisions WHERE version = 2")
    worked: list[str] = []
    worker = threading.Thread(target=lambda: worked.extend(patient.work([second])))
    worker.start()
    assert restart.wait(10)
    postgres_server.start()
    worker.join(30)
    assert worked == ["published"]
    database.close()


def _several(database: Database, count: int) -> list[UUID]:
    stories = [{**STORY, "uri": f"urn:test:{n}", "title": f"Story {n}"} for n in range(count)]
    return [accept(database, "desk", orjson.dumps(story)).revision_id for story in stories]


def test_several_are_leased_and_stored_together(
    database: Database, database_url: str, pipeline: Pipeline
) -> None:
    revisions = _several(database, 4)
    desk = Desk(_settings(database_url), pipeline, lambda: database)
    assert desk.work(revisions) == ["published"] * 4
    assert desk.work(revisions) == ["idle"] * 4
    assert _one(database, "SELECT count(*) FROM events WHERE type = 'story.published'") == 4
    assert _one(database, "SELECT count(*) FROM enrichments") == 4


def test_one_that_fails_leaves_the_others_alone_and_comes_back_by_itself(
    database: Database, database_url: str, pipeline: Pipeline
) -> None:
    def second_fails(story: Story) -> dict[str, Any]:
        if story.title == "Story 1":
            raise RuntimeError
        return pipeline.enrich(story)

    revisions = _several(database, 3)
    settings = _settings(database_url, retry_seconds=0.001)
    desk = Desk(settings, Scripted(second_fails), lambda: database)
    assert sorted(desk.work(revisions)) == ["published", "published", "retry"]
    failed = _one(database, "SELECT id FROM revisions WHERE state = 'accepted'")
    assert desk.work([failed, new_id()]) == ["idle", "idle"], "what was tried before is not taken with others"
    outcomes = {outcome for _ in range(50) for outcome in desk.work([failed])}
    assert "retry" in outcomes


def test_what_there_is_no_time_for_is_given_back_uncounted(
    database: Database, database_url: str, pipeline: Pipeline
) -> None:
    def slow(story: Story) -> dict[str, Any]:
        time.sleep(0.15)
        return pipeline.enrich(story)

    revisions = _several(database, 4)
    settings = _settings(database_url, soft_limit_seconds=0.5, hard_limit_seconds=0.6, lease_seconds=5)
    outcomes = Desk(settings, Scripted(slow), lambda: database).work(revisions)
    assert set(outcomes) == {"published", "returned"}
    assert _one(database, "SELECT sum(attempts) FROM revisions") == outcomes.count("published")
    assert _one(database, "SELECT count(*) FROM revisions WHERE enqueued_at IS NULL") == outcomes.count(
        "returned"
    )
    assert Desk(settings, pipeline, lambda: database).work(
        [_one(database, "SELECT id FROM revisions WHERE state = 'accepted' LIMIT 1")]
    ) == ["published"]


def test_what_an_outage_left_undone_is_not_counted_however_many_there_are(
    postgres_server: Postgres, pipeline: Pipeline
) -> None:
    url = postgres_server.create_database("several")
    migrations.upgrade(url)
    database = Database(url)
    settings = _settings(url, soft_limit_seconds=1, hard_limit_seconds=1.5, lease_seconds=60)
    calls: list[str] = []

    def last_one_stops_the_server(story: Story) -> dict[str, Any]:
        calls.append(story.title)
        if len(calls) == 3:
            postgres_server.stop()
        return pipeline.enrich(story)

    revisions = _several(database, 3)
    desk = Desk(settings, Scripted(last_one_stops_the_server), lambda: database)
    assert set(desk.work(revisions)) <= {"outage", "published"}
    postgres_server.start()
    assert set(desk.work([new_id()])) == {"idle"}, "a lease is where it gives back what it owes"
    assert _one(database, "SELECT count(*) FROM revisions WHERE state = 'enriching'") == 0
    assert _one(database, "SELECT sum(attempts) FROM revisions WHERE state = 'accepted'") in {0, None}
    database.close()


def _with_enricher(desk: Desk, enricher: Pipeline) -> Desk:
    desk._enricher = enricher  # noqa: SLF001 - the same worker, with what it owes, and a pipeline that works
    return desk


def test_without_a_database_from_the_start_nothing_is_done(pipeline: Pipeline) -> None:
    settings = _settings(
        "postgresql://127.0.0.1:1/none", soft_limit_seconds=0.2, hard_limit_seconds=0.3, lease_seconds=0.4
    )
    assert Desk(settings, pipeline).work([new_id()]) == ["outage"]


def test_every_step_of_the_pipeline_is_timed(
    database: Database, database_url: str, pipeline: Pipeline
) -> None:
    def seen() -> dict[str, float]:
        name = "copydesk_enrichment_step_seconds_count"
        steps = ("language", "sentences", "actors", "opinions", "highlights")
        return {step: REGISTRY.get_sample_value(name, {"step": step}) or 0 for step in steps}

    before = seen()
    Desk(_settings(database_url), pipeline, lambda: database).work([_accept(database)])
    assert seen() == {step: count + 1 for step, count in before.items()}
