"""Servers that somebody else runs: what is said of one that is away, and that no password is."""

import asyncio
import re

import pytest

from services.embedded import given
from services.embedded.redis import Redis
from services.embedded.server import ServerError

NOBODY = "127.0.0.1:1"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(given, "POLL_SECONDS", 0.05)
    monkeypatch.setattr(given, "ANSWER_SECONDS", 1.0)


def reach(server: given.Given) -> list[str]:
    """Returns what was said until it answered."""
    notes: list[str] = []
    asyncio.run(given.reach(server, notes.append))
    return notes


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("postgresql://copydesk:s3cret@db.example.org:5432/copydesk", "db.example.org:5432/copydesk"),
        ("postgres://u:s3cret?#@db/x", "db/x"),
        ("postgresql://db/x?user=u&password=s3cret@db", "db/x"),
        ("postgresql://u:s3cret@/x?host=/run/postgresql&password=s3cret", "/run/postgresql/x"),
        ("postgresql://u:s3cret@[::1]:5432/x", "[::1]:5432/x"),
        ("postgresql:///x", "this machine/x"),
    ],
)
def test_a_database_is_shown_by_where_it_is(url: str, address: str) -> None:
    server = given.postgres(url)
    assert str(server) == f"the PostgreSQL of DATABASE_URL at {address}"


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("redis://:s3cret@queue:6379/0", "queue:6379/0"),
        ("rediss://u:s3cret@queue/1?ssl_keyfile_password=s3cret", "queue/1"),
        ("redis+socket:///run/redis.sock?virtual_host=1", "/run/redis.sock"),
        ("amqp://u:s3cret@one//;amqp://u:s3cret@two//", "one//, two//"),
        ("amqp://u:12/s3cret@one//", "one//"),
        ("redis://:p@s3cret@queue:6379/0", "queue:6379/0"),
    ],
)
def test_a_broker_is_shown_by_where_it_is(url: str, address: str) -> None:
    assert str(given.broker(url)) == f"the broker of BROKER_URL at {address}"


@pytest.mark.parametrize(
    ("server", "named"),
    [
        (
            given.postgres(f"postgresql://u:s3cret@{NOBODY}/x"),
            f"the PostgreSQL of DATABASE_URL at {NOBODY}/x",
        ),
        (given.broker(f"redis://:s3cret@{NOBODY}/0"), f"the broker of BROKER_URL at {NOBODY}/0"),
    ],
)
def test_a_server_that_is_away_is_named_at_once_and_at_the_end(server: given.Given, named: str) -> None:
    notes: list[str] = []
    with pytest.raises(ServerError) as raised:
        asyncio.run(given.reach(server, notes.append))
    assert notes[0] == f"using {named}"
    assert notes[1].startswith(f"waiting for {named} (")
    assert len(notes) == 2
    end = rf"No answer from {re.escape(named)} in 1 s \(.+\): start it, or correct {server.variable}\."
    assert re.fullmatch(end, str(raised.value))
    assert "s3cret" not in f"{notes} {raised.value}"


def test_a_broker_that_comes_late_is_waited_for(redis_server: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(given, "ANSWER_SECONDS", 30.0)
    redis_server.stop()
    notes: list[str] = []

    def note(said: str) -> None:
        notes.append(said)
        if said.startswith("waiting"):
            redis_server.start()

    asyncio.run(given.reach(given.broker(redis_server.url), note))
    assert len(notes) == 2
    assert "waiting for the broker of BROKER_URL" in notes[1]


def test_another_reason_is_said_too() -> None:
    reasons = iter(("refused", "refused", "starting", None))
    server = given.Given("broker", "BROKER_URL", "queue/0", lambda: next(reasons))
    assert [note.partition("(")[2] for note in reach(server)[1:]] == ["refused)", "starting)"]


def test_what_answers_is_not_waited_for(empty_database_url: str, broker_url: str) -> None:
    for server in (given.postgres(empty_database_url), given.broker(broker_url)):
        assert reach(server) == [f"using {server}"]
