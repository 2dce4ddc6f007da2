"""Events read without an endpoint."""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from copydesk import contracts
from copydesk.errors import OutageError
from copydesk.model import Scope
from copydesk.settings import PublishSettings
from copydesk.store import events, keys, placed, retention
from copydesk.store.database import Database
from copydesk.store.matching import Matching
from copydesk.web.problems import ProblemError
from services.publish import feed, pulling, reader
from services.publish.app import create_app
from services.publish.cursors import Cursor
from services.publish.matching import Index
from tests.publish.conftest import BROKER, TOO_LARGE, Client, Finish
from tests.publish.test_routes import URL, _assert_problem
from tests.web.wire import Wire, ask, request, running, until, url_of

PATH = "/v1/events"
Place = Callable[[], None]


@pytest.fixture
def place(database: Database) -> Place:
    """Gives every event its position."""

    def place() -> None:
        with database.transaction() as connection:
            while (placed := events.fan_out(connection, Matching(Index()))) and placed.more:
                pass

    return place


def _ids(page: dict[str, Any]) -> list[str]:
    return [each["event"]["data"]["id"] for each in page["items"]]


def test_events_are_read_in_order_page_by_page_each_once(
    client: Client, finish: Finish, place: Place
) -> None:
    stories = [str(finish()) for _ in range(5)]
    place()
    publish, seen, query = client(), [], {"limit": 2}
    while True:
        page = publish.get(PATH, params=query).json()
        seen += page["items"]
        query["after"] = page["next"]
        if not page["more"]:
            break
    assert [each["event"]["data"]["id"] for each in seen] == stories
    assert len({each["id"] for each in seen}) == 5
    assert all(contracts.violations("event", each["event"]) == [] for each in seen)
    assert publish.get(PATH, params=query).json() == {"items": [], "next": query["after"], "more": False}
    again = publish.get(PATH, params={"after": seen[2]["cursor"]}).json()
    assert again["items"] == seen[3:], "any item's cursor is where one may go on"


def test_what_has_no_position_yet_is_not_read_and_not_stepped_over(
    client: Client, finish: Finish, place: Place
) -> None:
    publish, story = client(), str(finish())
    page = publish.get(PATH).json()
    assert page["items"] == []
    place()
    assert _ids(publish.get(PATH, params={"after": page["next"]}).json()) == [story]


def test_from_the_end_only_what_comes_is_read(client: Client, finish: Finish, place: Place) -> None:
    publish = client()
    finish()
    place()
    page = publish.get(PATH, params={"after": "end"}).json()
    assert page["items"] == []
    later = str(finish())
    place()
    assert _ids(publish.get(PATH, params={"after": page["next"]}).json()) == [later]


def test_a_filter_and_types_choose_as_they_do_for_a_subscription(
    client: Client, finish: Finish, place: Place
) -> None:
    railway = str(finish())
    finish(title="A town plants trees", body="A town planted nine trees on Monday.")
    finish(uri="urn:test:1", version=1)
    finish(uri="urn:test:1", version=2, body="Kenya and Uganda postponed a railway on Monday, both said.")
    place()
    publish = client()
    one = publish.get(
        PATH, params={"filter": '{"countries": ["UGA"]}', "event_type": "story.published"}
    ).json()
    assert len(one["items"]) == 2
    assert _ids(one)[0] == railway
    said = publish.get(PATH, params={"filter": '{"keywords": ["agreed on a railway"]}'}).json()
    assert _ids(said)[0] == railway
    assert len(said["items"]) == 2
    two = publish.get(PATH, params={"event_type": ["story.updated"]}).json()
    assert [each["event"]["data"]["version"] for each in two["items"]] == [2]
    made = publish.post("/v1/subscriptions", json={"url": URL, "filter": {"countries": ["UGA"]}}).json()
    three = publish.get(PATH, params={"subscription": made["id"]}).json()
    assert [each["event"]["type"] for each in three["items"]] == [
        "story.published",
        "story.published",
        "story.updated",
    ]
    changed = {"event_types": ["story.updated"], "filter": None}
    publish.patch(f"/v1/subscriptions/{made['id']}", json=changed)
    assert publish.get(PATH, params={"subscription": made["id"]}).json()["items"] == two["items"]


def test_a_subscription_is_read_in_the_shape_in_which_it_is_told(
    client: Client, finish: Finish, place: Place
) -> None:
    story = finish()
    place()
    publish = client()
    made = publish.post("/v1/subscriptions", json={"url": URL, "projection": "thin"}).json()
    (item,) = publish.get(PATH, params={"subscription": made["id"]}).json()["items"]
    assert item["event"]["projection"] == "thin"
    assert item["event"]["data"].keys() == {"id", "version", "uri", "source", "links"}
    assert item["event"]["data"]["id"] == str(story)


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"after": "yesterday"}, 422, "bad_parameter"),
        ({"after": "a" * 65}, 422, "bad_parameter"),
        ({"limit": 0}, 422, "bad_parameter"),
        ({"limit": 1001}, 422, "bad_parameter"),
        ({"wait": 61}, 422, "bad_parameter"),
        ({"wait": "nan"}, 422, "bad_parameter"),
        ({"event_type": "story.eaten"}, 422, "bad_parameter"),
        ({"filter": "{"}, 400, "bad_json"),
        ({"filter": "[]"}, 422, "not_an_object"),
        ({"filter": "{}"}, 422, "schema_violation"),
        ({"filter": '{"colours": ["red"]}'}, 422, "schema_violation"),
        ({"filter": json.dumps(TOO_LARGE)}, 422, "schema_violation"),
        ({"filter": '{"sources": ["desk"]}' + " " * 16_384}, 422, "bad_parameter"),
        ({"subscription": "mine"}, 422, "bad_parameter"),
        ({"subscription": str(uuid4())}, 404, "not_found"),
        ({"subscription": str(uuid4()), "event_type": "story.updated"}, 422, "bad_parameter"),
        ({"subscription": str(uuid4()), "filter": '{"sources": ["desk"]}'}, 422, "bad_parameter"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    client: Client, query: dict[str, Any], status: int, code: str
) -> None:
    _assert_problem(client().get(PATH, params=query), status, code)


def test_a_key_reads_by_its_scopes_and_of_subscriptions_its_own(
    client: Client, finish: Finish, place: Place
) -> None:
    story = str(finish())
    place()
    made = client().post("/v1/subscriptions", json={"url": URL}).json()["id"]
    asked = {"subscription": made}
    _assert_problem(client("desk", Scope.STORIES_WRITE).get(PATH), 403, "forbidden")
    reading = client("desk", Scope.RECORDS_READ)
    assert _ids(reading.get(PATH).json()) == [story]
    assert _assert_problem(reading.get(PATH, params=asked), 403, "forbidden")["scope"] == (
        "subscriptions:manage"
    )
    managing = client("desk", Scope.SUBSCRIPTIONS_MANAGE)
    assert _ids(managing.get(PATH, params=asked).json()) == [story]
    assert _assert_problem(managing.get(PATH), 403, "forbidden")["scope"] == "records:read"
    _assert_problem(client("afp").get(PATH, params=asked), 404, "not_found")
    assert _ids(client("operator", Scope.ADMIN).get(PATH, params=asked).json()) == [story]
    client().delete(f"/v1/subscriptions/{made}")
    _assert_problem(client().get(PATH, params=asked), 404, "not_found")


def test_a_quarantine_is_told_to_its_own_source_alone(
    client: Client, database: Database, place: Place
) -> None:
    from copydesk.store import leases
    from tests.store.conftest import accept_one

    with database.transaction() as connection:
        made = accept_one(connection, source="desk", uri="urn:x:1")
        connection.execute(
            text(
                "UPDATE revisions SET state = 'quarantined', stage = 'enrich', reason = 'error',"
                " detail = 'x', attempts = 1, settled_at = now()"
            )
        )
        leases.announce_quarantine(connection, made.revision_id)
    place()
    asked = {"event_type": "story.quarantined"}
    assert len(client().get(PATH, params=asked).json()["items"]) == 1
    assert client("afp").get(PATH, params=asked).json()["items"] == []


def test_a_page_ends_where_events_are_large_and_goes_on_from_there(
    client: Client, finish: Finish, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulling, "MOST_BYTES", 3000)
    stories = [str(finish()) for _ in range(3)]
    place()
    first = client().get(PATH).json()
    assert first["more"]
    assert 0 < len(first["items"]) < 3
    rest = client().get(PATH, params={"after": first["next"]}).json()
    assert (_ids(first) + _ids(rest))[:3] == stories


def test_a_filter_that_wants_little_is_followed_through_all_that_is_there(
    client: Client, finish: Finish, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulling, "LOOKED_AT", 2)
    for _ in range(5):
        finish()
    rare = str(finish("afp"))
    place()
    asked = {"filter": '{"sources": ["afp"]}'}
    assert _ids(client().get(PATH, params=asked).json()) == [rare]
    monkeypatch.setattr(reader, "LOOKING_SECONDS", -1)
    page = client().get(PATH, params=asked).json()
    assert (page["items"], page["more"]) == ([], True), "it says that there is more to look at"
    for _ in range(2):
        page = client().get(PATH, params={**asked, "after": page["next"]}).json()
    assert _ids(page) == [rare]


def test_a_rare_type_is_looked_for_a_stretch_at_a_time(
    client: Client, finish: Finish, place: Place, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulling, "WINDOW", 3)
    for _ in range(10):
        finish()
    rare = str(finish())
    with database.transaction() as connection:
        connection.execute(
            text("UPDATE events SET type = 'story.updated' WHERE story_id = CAST(:id AS uuid)"), {"id": rare}
        )
    place()
    stretches, real = [], placed.candidates

    def counted(*values: Any, **named: Any) -> Any:
        stretches.append((named["after"], named["until"]))
        return real(*values, **named)

    monkeypatch.setattr(placed, "candidates", counted)
    asked = {"event_type": "story.updated"}
    page = client().get(PATH, params=asked).json()
    assert (_ids(page), page["more"]) == ([rare], False)
    assert stretches == [(0, 3), (3, 6), (6, 9), (9, 11)]
    monkeypatch.setattr(reader, "LOOKING_SECONDS", -1)
    page = client().get(PATH, params=asked).json()
    assert (page["items"], page["more"], Cursor.parse(page["next"])) == ([], True, Cursor(3))


# What was removed


def _remove(database: Database, position: int) -> None:
    with database.transaction() as connection:
        connection.execute(
            text("UPDATE events SET created_at = now() - interval '9 days' WHERE position = :position"),
            {"position": position},
        )
        connection.execute(text("UPDATE deliveries SET state = 'delivered'"))
        assert retention.remove_events(connection, 5, retention.FIRST, 1_000).removed == 1


def test_a_reader_is_told_what_was_removed_before_it_read_it_and_goes_on(
    client: Client, finish: Finish, place: Place, database: Database
) -> None:
    stories = [str(finish()) for _ in range(4)]
    place()
    publish = client()
    first = publish.get(PATH, params={"limit": 1}).json()
    _remove(database, 3)
    problem = _assert_problem(publish.get(PATH, params={"after": first["next"]}), 410, "cursor_gone")
    rest = publish.get(PATH, params={"after": problem["next"]}).json()
    assert _ids(rest) == [stories[1], stories[3]], "nothing that is still there is lost"
    assert publish.get(PATH, params={"after": rest["next"]}).json()["items"] == []
    assert _ids(publish.get(PATH).json()) == [stories[0], stories[1], stories[3]]


def test_who_has_seen_what_was_removed_is_not_bothered(
    client: Client, finish: Finish, place: Place, database: Database
) -> None:
    stories = [str(finish()) for _ in range(3)]
    place()
    publish = client()
    first = publish.get(PATH, params={"limit": 1}).json()
    _remove(database, 1)
    assert _ids(publish.get(PATH, params={"after": first["next"]}).json()) == stories[1:]


def test_a_removal_while_it_is_read_is_told(
    client: Client, finish: Finish, place: Place, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        finish()
    place()
    real, after = placed.candidates, str(Cursor())

    def removed_meanwhile(*values: Any, **named: Any) -> Any:
        _remove(database, 2)
        return real(*values, **named)

    monkeypatch.setattr(placed, "candidates", removed_meanwhile)
    _assert_problem(client().get(PATH, params={"after": after}), 410, "cursor_gone")


def test_a_cursor_from_before_a_restore_does_not_wait_for_what_it_missed(
    client: Client, finish: Finish, place: Place
) -> None:
    finish()
    place()
    problem = _assert_problem(
        client().get(PATH, params={"after": str(Cursor(9)), "wait": 30}), 410, "cursor_gone"
    )
    assert Cursor.parse(problem["next"]) == Cursor(1)


# Waiting


def test_a_reader_waits_until_something_comes(client: Client, finish: Finish, place: Place) -> None:
    publish = client()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(publish.get, PATH, params={"after": "end", "wait": 60})
        time.sleep(0.5)  # most of all it waits; whichever comes first, it is answered
        story = str(finish())
        place()
        page = waiting.result(30).json()
    assert _ids(page) == [story]


def test_a_reader_that_waited_in_vain_is_answered_with_nothing(client: Client) -> None:
    began = time.monotonic()
    page = client().get(PATH, params={"wait": 0.5}).json()
    assert page["items"] == []
    assert 0.4 < time.monotonic() - began < 20


def test_readers_that_wait_hold_neither_thread_nor_connection_and_are_bounded(
    database_url: str, database: Database, finish: Finish, place: Place
) -> None:
    settings = PublishSettings(
        database_url=database_url, broker_url=BROKER, database_pool_size=1, max_waiting=40
    )
    with database.transaction() as connection:
        _, token = keys.create(connection, "desk", [Scope.RECORDS_READ])
        _, other = keys.create(connection, "afp", [Scope.RECORDS_READ])
    app = create_app(settings)
    with TestClient(app, headers={"Authorization": f"Bearer {token}"}) as publish:
        ask = {"after": str(Cursor()), "wait": 60}
        with ThreadPoolExecutor(20) as pool:
            waiting = [pool.submit(publish.get, PATH, params=ask) for _ in range(20)]
            deadline = time.monotonic() + 60
            while app.state.feed._waiting < 20:  # noqa: SLF001 - it is told nowhere else
                assert time.monotonic() < deadline
                time.sleep(0.05)
            refused = publish.get(PATH, params=ask)
            _assert_problem(refused, 503, "too_many_waiting")
            assert refused.headers["retry-after"] == "5"
            assert publish.get(PATH, params={"after": str(Cursor())}).status_code == 200, (
                "who does not wait is served"
            )
            ask_other = {"params": {**ask, "wait": 0.1}, "headers": {"Authorization": f"Bearer {other}"}}
            assert publish.get(PATH, **ask_other).status_code == 200, "another source has places of its own"
            story = str(finish())
            place()
            assert {tuple(_ids(each.result(60).json())) for each in waiting} == {(story,)}
        assert app.state.feed._waiting == 0  # noqa: SLF001 - the same


def test_the_places_of_one_source_and_of_all_are_bounded(database: Database) -> None:
    waited_for = feed.Feed(database, 4)
    with ExitStack() as places:
        for source in ("desk", "desk", "afp"):
            places.enter_context(waited_for.place(source))
        with pytest.raises(ProblemError, match="2 readers of your source"):
            places.enter_context(waited_for.place("desk"))
        places.enter_context(waited_for.place("afp"))
        with pytest.raises(ProblemError, match="4 readers wait"):
            places.enter_context(waited_for.place("reuters"))
    with waited_for.place("desk"), waited_for.place("desk"):
        pass
    with feed.Feed(database, 1).place("desk"):
        pass


def test_a_reader_that_hangs_up_while_it_waits_leaves_its_place(
    database_url: str, database: Database
) -> None:
    settings = PublishSettings(database_url=database_url, broker_url=BROKER)
    with database.transaction() as connection:
        _, token = keys.create(connection, "desk", [Scope.RECORDS_READ])
    app = create_app(settings)
    line = request("GET", f"{PATH}?wait=60", b"not asked for", authorization=f"Bearer {token}")
    with running(app, settings, on_stopping=app.state.feed.stop) as server:
        with Wire(url_of(server)) as wire:
            wire.send(line)
            until(lambda: app.state.feed._waiting == 1)  # noqa: SLF001 - it is told nowhere else
        until(lambda: app.state.feed._waiting == 0)  # noqa: SLF001 - the same


def test_a_stopping_server_answers_those_who_wait_at_once(database_url: str, database: Database) -> None:
    settings = PublishSettings(database_url=database_url, broker_url=BROKER)
    with database.transaction() as connection:
        _, token = keys.create(connection, "desk", [Scope.RECORDS_READ])
    app = create_app(settings)
    line = request("GET", f"{PATH}?wait=60", authorization=f"Bearer {token}")
    with ThreadPoolExecutor(1) as pool:
        with running(app, settings, on_stopping=app.state.feed.stop) as server:
            waiting = pool.submit(ask, url_of(server), line)
            deadline = time.monotonic() + 20
            while not app.state.feed._waiting:  # noqa: SLF001 - it is told nowhere else
                assert time.monotonic() < deadline
                time.sleep(0.02)
            began = time.monotonic()
        assert time.monotonic() - began < 10, "it waited for who waited"
        reply = waiting.result(20)
    assert (reply.status, reply.json()["items"]) == (200, [])


def test_who_waits_through_an_outage_is_answered_afterwards(
    client: Client, finish: Finish, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "OUTAGE_SECONDS", 0.01)
    real, away = placed.bounds, threading.Event()
    asked = []

    def bounds(connection: Any) -> placed.Bounds:
        asked.append(1)
        if away.is_set() and len(asked) < 10:
            raise OutageError("the database is away")
        return real(connection)

    publish = client()
    with ThreadPoolExecutor(1) as pool:
        page = publish.get(PATH, params={"after": "end"}).json()
        monkeypatch.setattr(placed, "bounds", bounds)
        waiting = pool.submit(publish.get, PATH, params={"after": page["next"], "wait": 60})
        deadline = time.monotonic() + 20
        while len(asked) < 3:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        away.set()
        story = str(finish())
        place()
        assert _ids(waiting.result(30).json()) == [story]


def test_a_migration_knows_by_the_gaps_what_was_removed(
    database: Database, finish: Finish, place: Place
) -> None:
    import importlib

    statement = importlib.import_module(
        "copydesk.store.migrations.versions.0007_removed_position"
    ).STATEMENTS[1]
    for _ in range(5):
        finish()
    place()

    def removed() -> UUID | Any:
        with database.transaction() as connection:
            connection.execute(text(statement))
            return connection.execute(text("SELECT removed_position FROM event_counter")).scalar()

    assert removed() == 0
    for position in (1, 3):
        _remove(database, position)
        assert removed() == position
