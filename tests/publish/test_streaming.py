"""Events as a stream, on a real server."""

import http.client
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from copydesk.model import Scope
from copydesk.settings import PublishSettings
from copydesk.store import events, keys, subscriptions
from copydesk.store.database import Database
from copydesk.store.matching import Matching
from copydesk.web import auth, protocol
from copydesk.web.server import Server
from services.publish import streaming
from services.publish.app import create_app
from services.publish.matching import Index
from tests.publish.conftest import BROKER, Finish
from tests.web.wire import running, until, url_of

Place = Callable[[], None]


@dataclass
class Publish:
    """Publish on a real server, and the key of one who reads."""

    app: FastAPI
    server: Server
    token: str

    @contextmanager
    def stream(
        self, headers: dict[str, str] | None = None, **query: str
    ) -> Iterator[http.client.HTTPResponse]:
        parts = urlsplit(url_of(self.server))
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        given = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        connection.request("GET", f"/v1/events/stream?{urlencode(query)}", headers=given)
        reply = connection.getresponse()
        try:
            yield reply
        finally:
            reply.close()
            connection.close()

    @property
    def waiting(self) -> int:
        count: int = self.app.state.feed._waiting  # noqa: SLF001 - it is told nowhere else
        return count


@contextmanager
def _serving(database_url: str, database: Database, **more: Any) -> Iterator[Publish]:
    settings = PublishSettings(database_url=database_url, broker_url=BROKER, **more)
    with database.transaction() as connection:
        _, token = keys.create(connection, "desk", [Scope.RECORDS_READ, Scope.SUBSCRIPTIONS_MANAGE])
    app = create_app(settings)
    with running(app, settings, on_stopping=app.state.feed.stop) as server:
        yield Publish(app, server, token)


@pytest.fixture
def publish(database_url: str, database: Database) -> Iterator[Publish]:
    with _serving(database_url, database, max_waiting=4) as publish:
        yield publish


@pytest.fixture
def place(database: Database) -> Place:
    def place() -> None:
        with database.transaction() as connection:
            events.fan_out(connection, Matching(Index()))

    return place


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "HEARTBEAT_SECONDS", 0.2)
    monkeypatch.setattr(auth, "REMEMBER_SECONDS", 0.1)


def _message(reply: http.client.HTTPResponse) -> dict[str, str]:
    """Reads one message: its fields; a comment's name is empty."""
    found = {}
    while line := reply.readline().decode().rstrip("\n"):
        name, _, value = line.partition(":")
        found[name] = value.strip()
    return found


def _told(reply: http.client.HTTPResponse) -> dict[str, str]:
    """Reads on to the next message with data."""
    while "data" not in (found := _message(reply)):
        assert found, "the stream has ended"
    return found


def _story(found: dict[str, str]) -> str:
    item = json.loads(found["data"])
    assert item["cursor"] == found["id"]
    assert item["event"]["type"] == found["event"]
    return str(item["event"]["data"]["id"])


def test_events_come_as_they_are_placed_and_a_reader_comes_back_where_it_was(
    publish: Publish, finish: Finish, place: Place
) -> None:
    stories = [str(finish()), str(finish())]
    place()
    with publish.stream() as reply:
        assert (reply.status, reply.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        assert _message(reply) == {"retry": "3000"}
        first = _told(reply)
        assert [_story(first), _story(_told(reply))] == stories
        stories.append(str(finish()))
        place()
        assert _story(_told(reply)) == stories[2]
    with publish.stream({"Last-Event-ID": first["id"]}, after="end") as reply:
        assert [_story(_told(reply)), _story(_told(reply))] == stories[1:]


def test_a_heartbeat_takes_the_reader_past_what_it_does_not_want(
    publish: Publish, finish: Finish, place: Place
) -> None:
    with publish.stream(after="end", filter='{"sources": ["afp"]}') as reply:
        _message(reply)
        before = _message(reply)
        assert before.keys() == {"", "id"}
        finish()
        place()
        deadline = time.monotonic() + 20
        while (later := _message(reply))["id"] == before["id"]:
            assert time.monotonic() < deadline
    wanted = str(finish("afp"))
    place()
    with publish.stream({"Last-Event-ID": later["id"]}) as reply:
        assert _story(_told(reply)) == wanted


def test_a_reader_that_goes_leaves_its_place_and_more_than_there_are_places_is_refused(
    publish: Publish,
) -> None:
    with publish.stream() as one, publish.stream() as two:
        _message(one), _message(two)
        with publish.stream() as refused:
            assert refused.status == 503
            assert json.loads(refused.read())["code"] == "too_many_waiting"
    until(lambda: publish.waiting == 0)


@pytest.mark.parametrize(
    ("query", "status"),
    [({"after": "AQAAAAAAAAAJAAAAAAAAAAA"}, 410), ({"after": "?"}, 422), ({"filter": "{}"}, 422)],
)
def test_what_cannot_be_read_is_a_problem_and_no_stream(
    publish: Publish, query: dict[str, str], status: int
) -> None:
    with publish.stream(**query) as reply:
        assert reply.status == status
        assert reply.headers["content-type"] == "application/problem+json"


def test_a_stream_ends_when_its_key_is_revoked(publish: Publish, database: Database) -> None:
    with publish.stream() as reply:
        _message(reply)
        with database.transaction() as connection:
            connection.execute(text("UPDATE api_keys SET revoked_at = now()"))
        reply.read()  # to its end
    until(lambda: publish.waiting == 0)


def test_a_stream_ends_when_its_subscription_is_deleted(publish: Publish, database: Database) -> None:
    document = {"url": "http://x.example/", "event_types": ["story.published"], "enabled": True}
    with database.transaction() as connection:
        made = subscriptions.create(connection, "desk", b"s" * 32, document)["id"]
    with publish.stream(subscription=str(made)) as reply:
        _message(reply)
        with database.transaction() as connection:
            subscriptions.delete(connection, made, None)
        reply.read()
    with publish.stream(subscription=str(made)) as reply:
        assert reply.status == 404


def test_a_stopping_server_ends_its_streams_in_time(database_url: str, database: Database) -> None:
    with _serving(database_url, database) as publish:
        with publish.stream() as one, publish.stream() as two:
            _message(one), _message(two)
            began = time.monotonic()
            publish.server.should_exit = True
            one.read(), two.read()
        assert time.monotonic() - began < 10, "it waited for its streams"


def test_a_reader_that_does_not_read_is_cut_off_and_holds_little(
    publish: Publish, finish: Finish, place: Place, monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    monkeypatch.setattr(protocol, "UNREAD_SECONDS", 0.5)
    for _ in range(5):
        finish()
    place()
    with database.transaction() as connection:  # 5 stories of 4 MB: more than any socket holds
        connection.execute(
            text(
                "UPDATE revisions SET document = document || jsonb_build_object('body', repeat('x', 4000000))"
            )
        )
    with publish.stream() as reply:
        until(lambda: publish.waiting == 1)
        until(lambda: publish.waiting == 0)
        with pytest.raises((http.client.HTTPException, OSError)):
            reply.read()  # what the sockets held, and then no end
