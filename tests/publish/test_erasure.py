"""A record erased through the API: gone from wherever it was shown."""

from uuid import uuid4

import pytest

from copydesk.model import Scope
from copydesk.store import events
from copydesk.store.database import Database
from copydesk.store.matching import Matching
from services.publish.matching import Index
from tests.publish.conftest import Client, Finish
from tests.publish.test_dispatcher import _one, _run, _settings, _subscribe, _until
from tests.publish.test_routes import URL, _assert_problem
from tests.system.receiver import Receiver


def _place(database: Database) -> None:
    with database.transaction() as connection:
        events.fan_out(connection, Matching(Index()))


def test_an_erased_record_is_gone_wherever_it_was_shown(
    client: Client, finish: Finish, database: Database
) -> None:
    publish = client()
    subscription = publish.post("/v1/subscriptions", json={"url": URL}).json()["id"]
    story, other = finish(), finish()
    _place(database)
    path = f"/v1/records/{story}"
    assert publish.get(path).status_code == 200
    for _ in range(2):
        assert publish.delete(path).status_code == 204
    for asked in (path, f"{path}?version=1"):
        _assert_problem(publish.get(asked), 410, "erased")
    _assert_problem(publish.get(f"{path}?version=2"), 404, "not_found")
    page = publish.get("/v1/events").json()
    assert [each["event"]["data"]["id"] for each in page["items"]] == [str(other)]
    again = publish.post("/v1/replays", json={"subscription": subscription, "dry_run": True}).json()
    assert (again["again"], again["waiting"]) == (0, 1)


def test_a_record_is_erased_by_its_source_or_an_admin(client: Client, finish: Finish) -> None:
    path = f"/v1/records/{finish()}"
    _assert_problem(client("desk", Scope.RECORDS_READ).delete(path), 403, "forbidden")
    _assert_problem(client("afp").delete(path), 404, "not_found")
    _assert_problem(client("operator", Scope.ADMIN).delete(f"/v1/records/{uuid4()}"), 404, "not_found")
    assert client().get(path).status_code == 200
    assert client("operator", Scope.ADMIN).delete(path).status_code == 204
    _assert_problem(client().get(path), 410, "erased")


@pytest.mark.parametrize("placed", [True, False])
def test_what_was_erased_before_it_was_sent_never_is(
    client: Client, database: Database, database_url: str, finish: Finish, placed: bool
) -> None:
    receiver = Receiver()
    _, receiver.secret = _subscribe(database, receiver.url)
    story = finish()
    if placed:
        _place(database)
    client().delete(f"/v1/records/{story}")
    later = finish()

    async def during() -> None:
        await _until(lambda: str(later) in receiver.stories())
        await _until(lambda: _one(database, "SELECT count(*) FROM deliveries WHERE state = 'discarded'") == 1)

    _run(_settings(database_url), during)
    receiver.close()
    assert receiver.faults == []
    assert list(receiver.stories()) == [str(later)]


def test_what_was_answered_to_a_delivery_is_erased_on_request(
    client: Client, database: Database, database_url: str, finish: Finish
) -> None:
    receiver = Receiver()
    _, receiver.secret = _subscribe(database, receiver.url)
    story = finish()

    async def during() -> None:
        await _until(lambda: _one(database, "SELECT count(*) FROM deliveries WHERE state = 'delivered'") == 1)

    _run(_settings(database_url), during)
    receiver.close()
    publish = client()
    (delivery,) = publish.get("/v1/deliveries").json()["items"]
    path = f"/v1/deliveries/{delivery['id']}"
    (before,) = publish.get(path).json()["attempts"]
    assert before["received"]
    _assert_problem(client("desk", Scope.SUBSCRIPTIONS_MANAGE).delete(f"{path}/replies"), 403, "forbidden")
    _assert_problem(client("afp").delete(f"{path}/replies"), 404, "not_found")
    assert client().get(path).json()["attempts"] == [before]
    for _ in range(2):
        assert publish.delete(f"{path}/replies").status_code == 204
    emptied = {"response": None, "received": None, "detail": None}
    assert publish.get(path).json()["attempts"] == [{**before, **emptied}]
    assert publish.get(f"/v1/records/{story}").status_code == 200
    admin = client("operator", Scope.ADMIN)
    assert admin.delete(f"{path}/replies").status_code == 204
    _assert_problem(admin.delete(f"/v1/deliveries/{uuid4()}/replies"), 404, "not_found")
