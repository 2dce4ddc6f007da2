"""A dispatcher that is killed with SIGKILL, again and again, at every crash point."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import orjson
import pytest
from sqlalchemy import text

from copydesk.settings import EnrichSettings
from copydesk.store import events, replays, subscriptions
from copydesk.store.database import Database
from copydesk.store.matching import Matching
from services.enrich.desk import Desk
from services.publish.matching import Index
from services.publish.signature import shown
from tests.accepting import accept
from tests.enrich.known import PIPELINE
from tests.system.dying import IN_A_REPLAY, POINTS
from tests.system.receiver import Receiver
from tests.system.tree import QUICK, untraced, wait_for

ROUNDS = int(os.environ.get("KILL_ROUNDS", "10"))  # at each point; a kill takes about 0.4 s
KILLS = ROUNDS * len(POINTS)
ENDPOINTS = 3
REPLAY_KILLS = 2 * len(IN_A_REPLAY)
REPLAYED, AT_ONCE = 100, 2  # more than is sent until the last kill, and deliveries to one endpoint
NO_BROKER = "redis://127.0.0.1:1"  # nothing here needs one
SECRET = b"signs what the dying have sent.."
MISCOUNTED = """
    SELECT id FROM deliveries d
    WHERE attempts <> (SELECT count(*) FROM attempts WHERE delivery_id = d.id)
"""
QUICKER = {
    **QUICK,
    "COPYDESK_SEND_TIMEOUT_SECONDS": "0.5",
    "COPYDESK_DELIVERY_LEASE_SECONDS": "0.9",
    "COPYDESK_POLL_SECONDS": "0.1",
    "COPYDESK_RETRY_SCHEDULE_SECONDS": ",".join(["0.2"] * 50),
}


@contextmanager
def _endpoint(database: Database) -> Iterator[Receiver]:
    receiver = Receiver()
    receiver.secret = shown(SECRET)
    wanted = {"url": receiver.url, "event_types": ["story.published"], "enabled": True}
    with database.transaction() as connection:
        subscriptions.create(connection, "desk", SECRET, wanted)
    yield receiver
    receiver.close()


@contextmanager
def _dying(database_url: str, **more: str) -> Iterator[subprocess.Popen[str]]:
    servers = {"DATABASE_URL": database_url, "BROKER_URL": NO_BROKER}
    environment = {**untraced(), **QUICKER, **servers, **more}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.system.dying"],
        env=environment,
        start_new_session=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as process:
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGKILL)  # and the one that lives


def _kill(dying: subprocess.Popen[str], point: str) -> None:
    assert dying.stdin is not None
    assert dying.stdout is not None
    dying.stdin.write(f"{point}\n")
    assert dying.stdout.readline() == "-9\n", point


def _let_live(dying: subprocess.Popen[str]) -> None:
    """Starts one that finishes what the others left."""
    assert dying.stdin is not None
    dying.stdin.write("never\n")


def _publish(database: Database, desk: Desk, number: int) -> None:
    story = {"uri": f"urn:test:killed:{number}", "title": "Dam opens", "body": "Lesotho opened a dam."}
    desk.work([accept(database, "desk", orjson.dumps(story)).revision_id])


def _rows(database: Database, query: str) -> list[tuple[object, ...]]:
    with database.transaction() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


@pytest.mark.timeout(300 + KILLS)
def test_a_dispatcher_killed_a_hundred_times_loses_nothing(database: Database, database_url: str) -> None:
    """What it had in hand comes again under the same webhook-id, with the same body and number."""
    desk = Desk(EnrichSettings(database_url=database_url, broker_url=NO_BROKER), PIPELINE, lambda: database)
    with ExitStack() as opened:
        receivers = [opened.enter_context(_endpoint(database)) for _ in range(ENDPOINTS)]
        with _dying(database_url) as dying:
            for number in range(KILLS):
                _publish(database, desk, number)
                _kill(dying, POINTS[number % len(POINTS)])
            _let_live(dying)

            def finished() -> bool:
                left = "SELECT FROM events e WHERE position IS NULL OR EXISTS "
                left += "(SELECT FROM deliveries WHERE event_id = e.id AND settled_at IS NULL)"
                return not _rows(database, left)

            wait_for(finished, 60, "all is delivered")
        published = {str(event) for (event,) in _rows(database, "SELECT id FROM events")}
        assert len(published) == KILLS
        for receiver in receivers:
            assert receiver.faults == []
            assert set(receiver.ids) == published
            assert sorted(map(int, receiver.sequences.values())) == list(range(1, KILLS + 1))
    again = sum((receiver.ids for receiver in receivers), Counter()).total() - ENDPOINTS * KILLS
    assert again > 0, "nobody died between a request and its settling"
    states = "SELECT state, count(*) FROM deliveries GROUP BY state"
    assert _rows(database, states) == [("delivered", ENDPOINTS * KILLS)]
    assert _rows(database, "SELECT min(position), max(position) FROM events") == [(1, KILLS)]
    assert _rows(database, MISCOUNTED) == []


@pytest.mark.timeout(400)
def test_a_dispatcher_killed_in_the_midst_of_a_replay_loses_nothing(
    database: Database, database_url: str
) -> None:
    """What was owed before comes again and what was not for the first time, each under one webhook-id."""
    desk = Desk(EnrichSettings(database_url=database_url, broker_url=NO_BROKER), PIPELINE, lambda: database)
    with _endpoint(database) as old:
        for number in range(REPLAYED):
            _publish(database, desk, number)
        with database.transaction() as connection:
            while (placed := events.fan_out(connection, Matching(Index()))) and placed.more:
                pass
            connection.execute(text("UPDATE deliveries SET state = 'exhausted', settled_at = now()"))
        with _endpoint(database) as new:
            for (subscription,) in _rows(database, "SELECT id FROM subscriptions ORDER BY id"):
                with database.transaction() as connection:
                    wanted = {"subscription": subscription, "only": None, "dry_run": False}
                    replays.create(connection, "desk", wanted)
            with _dying(database_url, COPYDESK_IN_FLIGHT_PER_SUBSCRIPTION=str(AT_ONCE)) as dying:
                for number in range(REPLAY_KILLS):
                    _kill(dying, IN_A_REPLAY[number % len(IN_A_REPLAY)])
                unfinished = "SELECT FROM replays WHERE state = 'running'"
                assert len(_rows(database, unfinished)) == 2, "they were killed in its midst"
                _let_live(dying)
                left = f"{unfinished} UNION ALL SELECT FROM deliveries WHERE settled_at IS NULL"
                wait_for(lambda: not _rows(database, left), 90, "all is delivered")
    ended = "SELECT state, again, added, superseded + expired + waiting, position FROM replays ORDER BY id"
    assert _rows(database, ended) == [
        ("done", REPLAYED, 0, 0, REPLAYED),
        ("done", 0, REPLAYED, 0, REPLAYED),
    ]
    published = {str(event) for (event,) in _rows(database, "SELECT id FROM events")}
    for receiver in (old, new):
        assert receiver.faults == []
        assert set(receiver.ids) == published
        assert sorted(map(int, receiver.sequences.values())) == list(range(1, REPLAYED + 1))
    again = (old.ids + new.ids).total() - 2 * REPLAYED
    assert 0 < again <= REPLAY_KILLS * 2 * AT_ONCE, "only what a dead one had in hand"
    states = "SELECT state, count(*) FROM deliveries GROUP BY state"
    assert _rows(database, states) == [("delivered", 2 * REPLAYED)]
    assert _rows(database, MISCOUNTED) == []
