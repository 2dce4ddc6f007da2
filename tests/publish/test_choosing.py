"""What a filter chooses, shown before and after."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from copydesk.model import Scope
from copydesk.store.database import Database
from services.publish import preview
from tests.publish.conftest import Client, Finish
from tests.publish.test_routes import URL, _assert_problem

PREVIEW = "/v1/subscriptions/preview"
TREES = {"title": "A town plants trees", "body": "A town planted nine trees on Monday."}


def test_a_preview_counts_what_matches_and_shows_the_newest(client: Client, finish: Finish) -> None:
    finish()
    finish(**TREES)
    finish(uri="urn:test:1", version=1)
    newest = finish(uri="urn:test:1", version=2, body="Kenya and Uganda postponed a railway on Monday.")
    publish = client()
    found = publish.post(PREVIEW, json={"filter": {"countries": ["UGA"]}, "samples": 2}).json()
    assert (found["examined"], found["matched"], found["complete"]) == (4, 3, True)
    assert [each["version"] for each in found["samples"]] == [2, 1]
    first = found["samples"][0]
    assert (first["id"], first["type"], first["source"]) == (str(newest), "story.updated", "desk")
    assert publish.get(first["links"]["record"]).json()["version"] == 2

    some = {"event_types": ["story.updated", "story.quarantined"]}
    assert publish.post(PREVIEW, json=some).json()["matched"] == 1
    said = {"filter": {"keywords": ["postponed a railway"]}, "samples": 0}
    found = publish.post(PREVIEW, json=said).json()
    assert (found["matched"], found["samples"]) == (1, [])
    assert publish.post(PREVIEW, json={"event_types": ["story.quarantined"]}).json()["examined"] == 0
    assert publish.get("/v1/subscriptions").json()["items"] == [], "nothing is made"


def test_a_preview_looks_back_as_far_as_it_is_told(
    client: Client, finish: Finish, database: Database
) -> None:
    finish()
    finish()
    publish = client()
    with database.transaction() as connection:  # an id says when the event was made
        connection.execute(text("UPDATE events SET id = overlay(id::text placing '019' from 1)::uuid"))
    assert publish.post(PREVIEW, json={}).json()["examined"] == 0


def test_a_preview_ends_within_its_bounds_and_says_so(
    client: Client, finish: Finish, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        finish()
    monkeypatch.setattr(preview, "BATCH", 2)
    publish = client()
    assert publish.post(PREVIEW, json={}).json()["examined"] == 5
    monkeypatch.setattr(preview, "MOST_EXAMINED", 4)
    found = publish.post(PREVIEW, json={"days": 31}).json()
    assert (found["examined"], found["complete"]) == (4, False)
    assert found["since"] <= found["samples"][-1]["timestamp"]
    monkeypatch.setattr(preview, "MOST_SECONDS", 0)
    found = publish.post(PREVIEW, json={}).json()
    assert (found["examined"], found["complete"]) == (0, False)


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({"days": 0}, "/days"),
        ({"samples": 21}, "/samples"),
        ({"filter": {}}, "/filter"),
        ({"filter": {"any": [{"keywords": ["a"] * 100}] * 11}}, "/filter"),
        ({"url": URL}, "/url"),
    ],
)
def test_a_wrong_preview_is_refused_with_a_pointer(
    client: Client, document: dict[str, Any], pointer: str
) -> None:
    problem = _assert_problem(client().post(PREVIEW, json=document), 422, "schema_violation")
    assert [violation["pointer"] for violation in problem["violations"]] == [pointer]


def test_a_record_says_why_it_fits_a_subscription_or_not(client: Client, finish: Finish) -> None:
    story = finish(uri="urn:test:1", version=1)
    finish(uri="urn:test:1", version=2, **TREES)
    publish = client()
    document = {"url": URL, "filter": {"countries": ["UGA", "NOR"], "none": [{"keywords": ["trees"]}]}}
    subscription = publish.post("/v1/subscriptions", json=document).json()["id"]
    path, query = f"/v1/records/{story}/explain", {"subscription": subscription}
    newest = publish.get(path, params=query).json()
    assert (newest["matched"], newest["record"]) == (False, {"id": str(story), "version": 2})
    assert [each["matched"] for each in newest["clauses"]] == [True, False, False, True, True]
    first = publish.get(path, params={**query, "version": 1}).json()
    assert first["matched"]
    assert first["clauses"][:2] == [
        {"pointer": "/event_types", "matched": True, "found": ["story.published"]},
        {"pointer": "/filter/countries", "matched": True, "found": ["UGA"]},
    ]
    publish.patch(f"/v1/subscriptions/{subscription}", json={"event_types": ["story.retracted"]})
    assert not publish.get(path, params={**query, "version": 1}).json()["matched"]

    _assert_problem(publish.get(path), 422, "bad_parameter")
    _assert_problem(publish.get(path, params={"subscription": str(uuid4())}), 404, "not_found")
    _assert_problem(publish.get(f"/v1/records/{uuid4()}/explain", params=query), 404, "not_found")
    _assert_problem(publish.get(path, params={**query, "version": 3}), 404, "not_found")
    _assert_problem(client("afp").get(path, params=query), 404, "not_found")


@pytest.mark.parametrize("scope", [Scope.RECORDS_READ, Scope.SUBSCRIPTIONS_MANAGE])
def test_both_need_the_scope_of_records_and_that_of_subscriptions(client: Client, scope: Scope) -> None:
    publish = client("desk", scope)
    _assert_problem(publish.post(PREVIEW, json={}), 403, "forbidden")
    reply = publish.get(f"/v1/records/{uuid4()}/explain", params={"subscription": str(uuid4())})
    _assert_problem(reply, 403, "forbidden")
