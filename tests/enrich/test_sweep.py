import math
import threading
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import orjson
import pytest
from prometheus_client import REGISTRY
from redis import Redis as Client
from sqlalchemy import text

from copydesk.contracts import with_defaults
from copydesk.model import Lane, new_id
from copydesk.queue import QUEUES, Producer
from copydesk.settings import EnrichSettings
from copydesk.store.database import Database
from copydesk.store.stories import Accepted
from services.embedded.redis import Redis
from services.enrich import sweep
from services.ingest.acceptance import post_of
from tests.accepting import accept, commit


@pytest.fixture
def producer(broker_url: str) -> Iterator[Producer]:
    opened = Producer(broker_url)
    yield opened
    opened.close()


@pytest.fixture
def settings(database_url: str, broker_url: str) -> EnrichSettings:
    return EnrichSettings(database_url=database_url, broker_url=broker_url, sweep_seconds=0.05)


def _accept(database: Database, count: int = 1, priority: str = "normal") -> list[UUID]:
    return [
        accept(
            database,
            "desk",
            orjson.dumps(
                {"title": "Snow", "body": f"Snow fell {n} times on {priority}.", "priority": priority}
            ),
        ).revision_id
        for n in range(count)
    ]


def _age(database: Database, seconds: int = 20) -> None:
    with database.transaction() as connection:
        query = "UPDATE revisions SET enqueued_at = enqueued_at - make_interval(secs => :seconds)"
        connection.execute(text(query), {"seconds": seconds})


def _depths(producer: Producer) -> list[int | None]:
    return [producer.depth(lane) for lane in Lane]


def test_what_was_just_enqueued_is_left_alone(
    database: Database, producer: Producer, settings: EnrichSettings
) -> None:
    _accept(database, 3)
    assert sweep.turn(database, producer, settings).enqueued == dict.fromkeys(Lane, 0)


def test_what_a_wiped_broker_forgot_is_sent_again_on_its_lane_and_once(
    database: Database, producer: Producer, settings: EnrichSettings
) -> None:
    for lane in Lane:
        _accept(database, 2, lane)
    _age(database)
    assert sweep.turn(database, producer, settings).enqueued == dict.fromkeys(Lane, 2)
    assert sweep.turn(database, producer, settings).enqueued == dict.fromkeys(Lane, 0)
    assert _depths(producer) == [2, 2, 2]


def test_a_real_backlog_is_not_sent_twice(
    database: Database, producer: Producer, settings: EnrichSettings
) -> None:
    for revision in _accept(database, 5):
        producer.enqueue(Lane.NORMAL, [revision])
    _age(database)
    assert sweep.turn(database, producer, settings).enqueued[Lane.NORMAL] == 0
    assert producer.depth(Lane.NORMAL) == 5


def test_only_as_many_are_sent_as_the_lane_is_short_of(
    database: Database, producer: Producer, settings: EnrichSettings
) -> None:
    for revision in _accept(database, 5)[:3]:
        producer.enqueue(Lane.NORMAL, [revision])
    _age(database)
    assert sweep.turn(database, producer, settings).enqueued[Lane.NORMAL] == 2


def _accept_together(database: Database, count: int) -> list[UUID]:
    stories = [
        {"title": "Hail", "body": f"Hail fell {n} times.", "uri": f"urn:x:{new_id()}"} for n in range(count)
    ]
    posts = [post_of("desk", with_defaults("story", story)) for story in stories]
    results = commit(database, posts)
    return [each.revision_id for each in results if isinstance(each, Accepted)]


def test_ids_that_share_a_message_are_one_message_to_the_sweep(
    database: Database, producer: Producer, settings: EnrichSettings, broker_url: str
) -> None:
    together = [*_accept_together(database, 3), *_accept_together(database, 2)]
    producer.enqueue(Lane.NORMAL, together[:3])
    producer.enqueue(Lane.NORMAL, together[3:])
    _age(database)
    assert sweep.turn(database, producer, settings).enqueued[Lane.NORMAL] == 0
    with Client.from_url(broker_url) as broker:
        broker.lpop(QUEUES[Lane.NORMAL])
    assert sweep.turn(database, producer, settings).enqueued[Lane.NORMAL] == 3, "the oldest message"
    _age(database)
    assert sweep.turn(database, producer, settings).enqueued[Lane.NORMAL] == 0
    with Client.from_url(broker_url) as broker:
        broker.delete(QUEUES[Lane.NORMAL])
    assert sweep.turn(database, producer, settings).enqueued[Lane.NORMAL] == 5


def test_a_turn_sends_a_thousand_at_the_most(
    database: Database, producer: Producer, settings: EnrichSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "MOST_IDS", 3)
    _accept(database, 5)
    _age(database)
    assert sweep.turn(database, producer, settings).enqueued[Lane.NORMAL] == 3
    assert sweep.turn(database, producer, settings).enqueued[Lane.NORMAL] == 2


def test_while_another_sweep_is_at_it_nothing_is_done(
    database: Database, producer: Producer, settings: EnrichSettings
) -> None:
    _accept(database)
    _age(database)
    with database.transaction() as other:
        assert sweep._leads(other)  # noqa: SLF001 - the other sweep
        assert not sweep.turn(database, producer, settings).leading


def test_without_a_broker_nothing_is_marked_as_sent(
    database: Database, redis_server: Redis, settings: EnrichSettings
) -> None:
    producer = Producer(redis_server.url, pause_seconds=0.01)
    _accept(database)
    _age(database)
    redis_server.stop()
    assert sweep.turn(database, producer, settings).enqueued == dict.fromkeys(Lane, 0)
    redis_server.start()
    assert sweep.turn(database, producer, settings).enqueued[Lane.NORMAL] == 1
    producer.close()


def test_what_killed_its_workers_is_quarantined(
    database: Database, producer: Producer, settings: EnrichSettings
) -> None:
    _accept(database)
    with database.transaction() as connection:
        connection.execute(
            text("""
                UPDATE revisions SET state = 'enriching', attempts = 5, leased_at = now(),
                    lease_until = now() - interval '1 second'
            """)
        )
    assert sweep.turn(database, producer, settings).quarantined == 1


def _run(settings: EnrichSettings, until: Any) -> None:
    stopping = threading.Event()
    running = threading.Thread(target=sweep.run, args=(settings, stopping))
    running.start()
    for _ in range(400):
        if until():
            break
        stopping.wait(0.02)
    stopping.set()
    running.join(10)
    assert not running.is_alive()
    assert until()


def test_the_sweep_takes_turns_until_it_is_told_to_stop(
    database: Database, producer: Producer, settings: EnrichSettings
) -> None:
    _accept(database)
    _age(database)
    _run(settings, lambda: producer.depth(Lane.NORMAL) == 1)


def test_an_outage_costs_the_sweep_a_turn_and_no_more(
    settings: EnrichSettings, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    away = settings.model_copy(update={"database_url": "postgresql://127.0.0.1:1/none"})
    heard: list[str] = []

    def outage() -> bool:
        heard.append(capsys.readouterr().out + caplog.text)
        return "sweep.outage" in "".join(heard)

    _run(away, outage)


def _shown(name: str, **labels: str) -> float:
    value = REGISTRY.get_sample_value(name, labels)
    assert value is not None, name
    return value


def test_what_waits_is_shown_in_the_metrics(
    database: Database, producer: Producer, settings: EnrichSettings
) -> None:
    _accept(database, 3, "backfill")
    producer.enqueue(Lane.BACKFILL, [new_id()])
    with database.transaction() as connection:
        connection.execute(text("UPDATE revisions SET due_at = now() - interval '70 s'"))
        leased = "UPDATE revisions SET state = 'enriching', lease_until = now() + interval '60 s'"
        first = "WHERE id = (SELECT id FROM revisions ORDER BY id LIMIT 1)"
        connection.execute(text(f"{leased} {first}"))
    sweep.turn(database, producer, settings)
    sweep.measure(database)
    assert _shown("copydesk_lane_depth", lane="backfill") == 1
    assert _shown("copydesk_lane_waiting", lane="backfill") == 2
    assert _shown("copydesk_lane_leased", lane="backfill") == 1
    assert _shown("copydesk_lane_quarantined", lane="backfill") == 0
    assert 69 < _shown("copydesk_lane_oldest_seconds", lane="backfill") < 100
    assert _shown("copydesk_lane_oldest_seconds", lane="breaking") == 0
    for state in ("due", "sending"):
        assert _shown("copydesk_deliveries_owed", state=state) == 0
    assert _shown("copydesk_deliveries_oldest_seconds", state="due") == 0


def test_the_depth_of_a_lane_is_unknown_while_the_broker_is_away(
    database: Database, settings: EnrichSettings
) -> None:
    producer = Producer("redis://127.0.0.1:1/0")
    sweep.turn(database, producer, settings)
    producer.close()
    assert math.isnan(_shown("copydesk_lane_depth", lane="normal"))
