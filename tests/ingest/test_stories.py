import base64
import time
import uuid
from collections.abc import Callable
from typing import Any

import httpx2
import orjson
import pytest
from prometheus_client import REGISTRY
from redis import Redis
from sqlalchemy import text

from copydesk.model import Scope
from copydesk.store.database import Database
from copydesk.web import auth
from tests.ingest.conftest import STORY, Ingest
from tests.system.tree import wait_for

URI = "https://example.org/stories/1"


def revisions(database: Database) -> list[dict[str, Any]]:
    with database.transaction() as connection:
        return [dict(row) for row in connection.execute(text("SELECT * FROM revisions")).mappings()]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_story_is_committed_enqueued_and_answered(
    client: httpx2.Client, database: Database, broker_url: str
) -> None:
    reply = client.post("/v1/stories", json={**STORY, "priority": "breaking"})
    assert reply.status_code == 202
    document = reply.json()
    story = f"/v1/stories/{document['id']}"
    assert reply.headers["location"] == story
    assert document == {
        "id": document["id"],
        "version": 1,
        "state": "accepted",
        "links": {"self": story, "record": f"/v1/records/{document['id']}"},
    }
    (revision,) = revisions(database)
    assert revision["lane"] == "breaking"
    assert revision["document"]["highlight_count"] == 3
    with Redis.from_url(broker_url) as broker:
        wait_for(lambda: broker.llen("enrich.breaking") == 1, 5, "it is enqueued")
        message = orjson.loads(broker.lrange("enrich.breaking", 0, -1)[0])
        assert orjson.loads(base64.b64decode(message["body"]))[0] == [str(revision["id"])]


def test_the_same_story_again_is_the_same_revision(
    client: httpx2.Client, database: Database, broker_url: str
) -> None:
    story = {**STORY, "uri": URI}
    first = client.post("/v1/stories", json=story)
    again = client.post(
        "/v1/stories", json={"version": 1, "highlight_count": 3, "priority": "backfill", **story}
    )
    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json() == first.json()
    assert again.headers["location"] == first.headers["location"]
    assert len(revisions(database)) == 1
    with Redis.from_url(broker_url) as broker:
        wait_for(lambda: broker.llen("enrich.normal") == 1, 5, "it is enqueued")
        assert broker.llen("enrich.backfill") == 0


def test_the_same_version_with_other_content_conflicts(client: httpx2.Client, database: Database) -> None:
    client.post("/v1/stories", json={**STORY, "uri": URI})
    reply = client.post("/v1/stories", json={**STORY, "uri": URI, "title": "Another"})
    assert (reply.status_code, reply.json()["code"]) == (409, "version_conflict")
    assert len(revisions(database)) == 1


def test_a_story_without_a_uri_is_named_for_its_content(client: httpx2.Client) -> None:
    first, again = (client.post("/v1/stories", json=STORY) for _ in range(2))
    other = client.post("/v1/stories", json={**STORY, "title": "Another"})
    assert first.json()["id"] == again.json()["id"] != other.json()["id"]
    assert client.get(first.headers["location"]).json()["uri"].startswith("urn:sha256:")


def test_another_source_has_stories_of_its_own(client: httpx2.Client, new_key: Callable[..., str]) -> None:
    story = {**STORY, "uri": URI}
    first = client.post("/v1/stories", json=story)
    other = client.post("/v1/stories", json={**story, "title": "Other"}, headers=bearer(new_key("afp")))
    assert other.status_code == 202
    assert other.json()["id"] != first.json()["id"]


def test_versions_are_revisions_of_one_story(client: httpx2.Client) -> None:
    story = {**STORY, "uri": URI}
    replies = [client.post("/v1/stories", json={**story, "version": version}) for version in (2, 3, 1)]
    assert [reply.status_code for reply in replies] == [202, 202, 202]
    (story_id,) = {reply.json()["id"] for reply in replies}
    newest = client.get(f"/v1/stories/{story_id}").json()
    assert (newest["version"], newest["newest_version"]) == (3, 3)
    assert sorted(step["version"] for step in newest["trace"]) == [1, 2, 3]
    older = client.get(f"/v1/stories/{story_id}", params={"version": 1}).json()
    assert (older["version"], older["newest_version"]) == (1, 3)
    assert client.get(f"/v1/stories/{story_id}", params={"version": 4}).status_code == 404


def test_a_story_tells_its_state_and_trace(client: httpx2.Client) -> None:
    posted = client.post("/v1/stories", json={**STORY, "uri": URI}).json()
    story = client.get(posted["links"]["self"]).json()
    assert story["state"] == "accepted"
    assert (story["uri"], story["source"], story["reason"]) == (URI, "reuters", None)
    assert story["links"] == posted["links"]
    assert [(step["step"], step["outcome"]) for step in story["trace"]] == [("accept", "ok")]


def test_a_quarantined_story_tells_why(client: httpx2.Client, database: Database) -> None:
    posted = client.post("/v1/stories", json=STORY).json()
    with database.transaction() as connection:
        connection.execute(
            text("UPDATE revisions SET state='quarantined', stage='enrich', reason='crashed', detail='Why.'")
        )
    story = client.get(posted["links"]["self"]).json()
    assert story["state"] == "quarantined"
    assert story["reason"] == {"stage": "enrich", "reason": "crashed", "detail": "Why."}


def test_stories_are_listed_page_by_page(client: httpx2.Client) -> None:
    ids = [client.post("/v1/stories", json={**STORY, "title": f"T{n}"}).json()["id"] for n in range(5)]
    seen: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = client.get("/v1/stories", params={"limit": 2, **after}).json()
        seen += [story["id"] for story in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert seen == ids
    assert "trace" not in page["items"][0]


def test_stories_are_found_by_uri_and_state(client: httpx2.Client) -> None:
    posted = client.post("/v1/stories", json={**STORY, "uri": URI}).json()
    client.post("/v1/stories", json=STORY)
    (found,) = client.get("/v1/stories", params={"uri": URI}).json()["items"]
    assert (found["id"], found["links"]) == (posted["id"], posted["links"])
    assert len(client.get("/v1/stories", params={"state": "accepted"}).json()["items"]) == 2
    assert client.get("/v1/stories", params={"state": "enriched"}).json() == {"items": [], "next": None}


def test_only_its_source_and_an_admin_see_a_story(client: httpx2.Client, new_key: Callable[..., str]) -> None:
    place = client.post("/v1/stories", json=STORY).headers["location"]
    other, admin = bearer(new_key("afp")), bearer(new_key("desk", Scope.ADMIN))
    assert client.get(place, headers=other).json()["code"] == "not_found"
    assert client.get("/v1/stories", headers=other).json()["items"] == []
    assert client.get(place, headers=admin).status_code == 200
    assert len(client.get("/v1/stories", headers=admin).json()["items"]) == 1


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/stories/nope", "story_id"),
        (f"/v1/stories/{uuid.UUID(int=1)}?version=0", "version"),
        (f"/v1/stories/{uuid.UUID(int=1)}?version=2147483648", "version"),
        (f"/v1/stories/{uuid.UUID(int=1)}?version=x", "version"),
        ("/v1/stories?after=x", "after"),
        ("/v1/stories?limit=0", "limit"),
        ("/v1/stories?limit=201", "limit"),
        ("/v1/stories?state=lost", "state"),
        ("/v1/stories?uri=a%00b", "uri"),
        ("/v1/stories?uri=" + "a" * 2049, "uri"),
    ],
)
def test_a_parameter_that_is_not_valid_is_named(visitor: httpx2.Client, path: str, name: str) -> None:
    reply = visitor.get(path)
    assert (reply.status_code, reply.json()["code"]) == (422, "bad_parameter")
    assert name in reply.json()["detail"]


def test_an_unknown_story_is_not_found(visitor: httpx2.Client) -> None:
    assert visitor.get(f"/v1/stories/{uuid.UUID(int=1)}").json()["code"] == "not_found"


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer x", "Basic dXNlcjpwYXNz", "Bearer cdk_" + "a" * 43, "Bearer \x80"]
)
def test_without_a_key_nothing_is_told(standing: Ingest, header: str | None) -> None:
    headers = {} if header is None else {b"authorization": header.encode("latin-1")}
    for method, path in (("POST", "/v1/stories"), ("GET", "/v1/stories"), ("GET", "/v1/stories/x")):
        reply = httpx2.request(method, standing.url + path, headers=headers)
        assert (reply.status_code, reply.json()["code"]) == (401, "unauthenticated")
        assert reply.headers["www-authenticate"] == "Bearer"


def test_a_key_without_the_scope_is_forbidden(client: httpx2.Client, new_key: Callable[..., str]) -> None:
    token = new_key("afp", Scope.RECORDS_READ)
    reply = client.post("/v1/stories", json=STORY, headers=bearer(token))
    assert (reply.status_code, reply.json()["code"]) == (403, "forbidden")
    assert reply.json()["scope"] == "stories:write"


def test_a_revoked_key_is_unknown(ingest: Ingest, database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(text("UPDATE api_keys SET revoked_at = now()"))
    with ingest.client as client:
        assert client.get("/v1/stories").status_code == 401


def test_a_key_that_was_just_used_is_remembered_for_a_few_seconds_and_no_longer(
    ingest: Ingest, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "REMEMBER_SECONDS", 0.5)
    with ingest.client as client:
        assert client.get("/v1/stories").status_code == 200
        with database.transaction() as connection:
            connection.execute(text("UPDATE api_keys SET revoked_at = now()"))
        deadline = time.monotonic() + 5
        while client.get("/v1/stories").status_code == 200:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert client.get("/v1/stories").status_code == 401


def test_the_methods_of_a_path_are_all_named(visitor: httpx2.Client) -> None:
    reply = visitor.delete("/v1/stories")
    assert (reply.status_code, reply.headers["allow"]) == (405, "GET, POST")


def test_openapi_has_the_contract_as_request_body(visitor: httpx2.Client) -> None:
    document = visitor.get("/openapi.json").json()
    post = document["paths"]["/v1/stories"]["post"]
    content = post["requestBody"]["content"]["application/json"]
    assert content == {"schema": {"$ref": "#/components/schemas/story"}}
    assert "title" in document["components"]["schemas"]["story"]["required"]
    assert {"200", "202", "400", "401", "403", "408", "409", "413", "415", "422", "503"} == set(
        post["responses"]
    )


def test_accepted_stories_are_counted_by_lane(client: httpx2.Client) -> None:
    def count(name: str) -> float:
        return REGISTRY.get_sample_value(f"copydesk_stories_{name}_total", {"lane": "backfill"}) or 0

    before = count("accepted"), count("repeated")
    for _ in range(2):
        client.post("/v1/stories", json={**STORY, "priority": "backfill"})
    assert (count("accepted"), count("repeated")) == (before[0] + 1, before[1] + 1)
