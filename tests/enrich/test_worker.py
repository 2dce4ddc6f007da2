import importlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from copydesk.model import MESSAGE_IDS, Lane, new_id
from copydesk.queue import QUEUES, TASK, Producer
from copydesk.settings import EnrichSettings
from copydesk.store.database import Database
from services.enrich import worker
from services.enrich.catalogue import CatalogueError
from services.enrich.desk import Desk
from services.enrich.pipeline import Pipeline
from services.enrich.watched import WatchedPipeline
from tests.enrich.known import PIPELINE
from tests.store.conftest import accept_one

SETTINGS = EnrichSettings(database_url="postgresql://127.0.0.1:1/none", broker_url="redis://127.0.0.1:1/0")


def test_a_message_is_acknowledged_late_and_bounded_in_time() -> None:
    app = worker.create_worker(SETTINGS, PIPELINE)
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.worker_prefetch_multiplier == 1
    assert app.conf.task_ignore_result
    assert app.conf.accept_content == ["json"]
    assert (app.conf.task_soft_time_limit, app.conf.task_time_limit) == (20, 25)
    assert [queue.name for queue in app.conf.task_queues] == [QUEUES[lane] for lane in Lane]
    assert app.conf.broker_transport_options["queue_order_strategy"] == "priority"
    app.close()


def _accepted(database: Database, lane: Lane) -> UUID:
    with database.transaction() as connection:
        made = accept_one(
            connection, source="desk", uri=f"urn:test:{lane}", content_sha256=lane.encode(), lane=lane
        )
    return made.revision_id


def _states(database: Database) -> list[str]:
    """Returns the states of what was accepted, in the order of the lanes."""
    with database.transaction() as connection:
        return list(connection.execute(text("SELECT state FROM revisions ORDER BY id")).scalars())


def test_a_worker_keeps_to_its_lanes(
    database: Database, database_url: str, broker_url: str, eventually: Callable[..., None]
) -> None:
    revisions = {lane: _accepted(database, lane) for lane in Lane}
    producer = Producer(broker_url)
    for lane, revision in reversed(revisions.items()):
        assert producer.enqueue(lane, [revision])
    environment = {**os.environ, "DATABASE_URL": database_url, "BROKER_URL": broker_url}
    environment |= {"COPYDESK_LANES": "breaking,backfill", "COPYDESK_WORKER_METRICS_PORT": "0"}
    with subprocess.Popen([sys.executable, "-m", "services.enrich"], env=environment) as process:
        try:
            eventually(lambda: _states(database).count("enriched") == 2, seconds=60)
        finally:
            process.terminate()  # it finishes what it has in hand
            process.wait(60)
    assert producer.depth(Lane.NORMAL) == 1
    producer.close()
    assert _states(database) == ["enriched", "accepted", "enriched"]


@pytest.mark.parametrize("message", ["", "not-an-id", None, 5, ["x"], "\0" * 100])
def test_a_message_that_is_no_id_is_dropped(message: object) -> None:
    app = worker.create_worker(SETTINGS, PIPELINE)
    assert app.tasks[TASK](message) is None
    app.close()


def test_of_a_message_only_ids_are_taken_and_not_more_than_one_may_hold(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken: list[list[UUID]] = []
    monkeypatch.setattr(Desk, "work", lambda _self, ids: taken.append(ids))
    app = worker.create_worker(SETTINGS, PIPELINE)
    ids = [str(new_id()) for _ in range(MESSAGE_IDS + 5)]
    app.tasks[TASK](ids[0], "no id", ids[1])
    app.tasks[TASK](*ids)
    app.close()
    assert [[str(each) for each in some] for some in taken] == [ids[:2], ids[:MESSAGE_IDS]]


@pytest.mark.parametrize("content", ["", "{}", '{"catalogue": "1", "entries": []}', "[", "\0"])
def test_a_broken_catalogue_stops_the_start(tmp_path: Path, content: str) -> None:
    path = tmp_path / "catalogue.json"
    path.write_text(content)
    with pytest.raises(CatalogueError, match=r"catalogue\.json"):
        worker.create_worker(SETTINGS.model_copy(update={"catalogue": str(path)}))


def test_celery_finds_its_application_in_the_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", SETTINGS.database_url)
    monkeypatch.setenv("BROKER_URL", SETTINGS.broker_url)
    app = importlib.import_module("services.enrich.worker").app
    assert TASK in app.tasks
    app.close()
    with pytest.raises(AttributeError):
        importlib.import_module("services.enrich.worker").other  # noqa: B018 - asking is the test


def test_a_catalogue_of_ones_own_is_watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "catalogue.json"
    path.write_text('{"catalogue": "1", "places": [{"name": "Qux", "country": null, "aliases": []}]}')
    enrichers: list[object] = []
    monkeypatch.setattr(worker, "Desk", lambda _, enricher: enrichers.append(enricher))
    worker.create_worker(SETTINGS.model_copy(update={"catalogue": str(path)})).close()
    worker.create_worker(SETTINGS).close()
    assert [type(enricher) for enricher in enrichers] == [WatchedPipeline, Pipeline]
