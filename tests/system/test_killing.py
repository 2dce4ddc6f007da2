"""A dispatcher that is killed with SIGKILL, a hundred times, at every crash point."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import orjson
import pytest
from sqlalchemy import text

from copydesk.settings import EnrichSettings
from copydesk.store import subscriptions
from copydesk.store.database import Database
from services.enrich.desk import Desk
from services.publish.signature import shown
from tests.accepting import accept
from tests.enrich.known import PIPELINE
from tests.system.dying import POINTS
from tests.system.receiver import Receiver
from tests.system.tree import QUICK, untraced, wait_for

ROUNDS = 10
KILLS = ROUNDS * len(POINTS)
ENDPOINTS = 3
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
def _endpoints(database: Database) -> Iterator[list[Receiver]]:
    receivers = [Receiver() for _ in range(ENDPOINTS)]
    for receiver in receivers:
        receiver.secret = shown(SECRET)
        wanted = {"url": receiver.url, "event_types": ["story.published"], "enabled": True}
        with database.transaction() as connection:
            subscriptions.create(connection, "desk", SECRET, wanted)
    yield receivers
    for receiver in receivers:
        receiver.close()


@contextmanager
def _dying(database_url: str) -> Iterator[subprocess.Popen[str]]:
    environment = {**untraced(), **QUICKER, "DATABASE_URL": database_url, "BROKER_URL": NO_BROKER}
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


def _publish(database: Database, desk: Desk, number: int) -> None:
    story = {"uri": f"urn:test:killed:{number}", "title": "Dam opens", "body": "Lesotho opened a dam."}
    desk.work([accept(database, "desk", orjson.dumps(story)).revision_id])


def _rows(database: Database, query: str) -> list[tuple[object, ...]]:
    with database.transaction() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


@pytest.mark.timeout(400)
def test_a_dispatcher_killed_a_hundred_times_loses_nothing(database: Database, database_url: str) -> None:
    """What it had in hand comes again under the same webhook-id, with the same body and number."""
    desk = Desk(EnrichSettings(database_url=database_url, broker_url=NO_BROKER), PIPELINE, lambda: database)
    with _endpoints(database) as receivers:
        with _dying(database_url) as dying:
            assert dying.stdin is not None
            assert dying.stdout is not None
            for number in range(KILLS):
                _publish(database, desk, number)
                dying.stdin.write(f"{POINTS[number % len(POINTS)]}\n")
                assert dying.stdout.readline() == "-9\n", POINTS[number % len(POINTS)]
            dying.stdin.write("never\n")  # this one lives, and finishes what the others left

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
