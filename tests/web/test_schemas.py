import pytest

from copydesk import contracts
from tests.web.wire import ask, request


@pytest.mark.parametrize("name", contracts.NAMES)
def test_each_contract_is_served_as_it_is(edge: str, name: str) -> None:
    for path in (f"/schemas/{name}", f"/schemas/{name}.schema.json"):
        reply = ask(edge, request("GET", path))
        assert reply.headers["content-type"] == "application/schema+json"
        assert reply.headers["cache-control"] == "public, max-age=3600"
        assert reply.body == contracts.schema_bytes(name)


def test_a_contract_that_was_fetched_before_is_not_sent_again(edge: str) -> None:
    tag = ask(edge, request("GET", "/schemas/story")).headers["etag"]
    reply = ask(edge, request("GET", "/schemas/story", if_none_match=tag))
    assert (reply.status, reply.body, reply.headers["etag"]) == (304, b"", tag)
    assert ask(edge, request("GET", "/schemas/record", if_none_match=tag)).status == 200


@pytest.mark.parametrize("name", ["nothing", "..%2f..%2fpyproject.toml", "story.schema.json.schema.json"])
def test_an_unknown_contract_is_not_found(edge: str, name: str) -> None:
    assert ask(edge, request("GET", f"/schemas/{name}")).problem()["code"] == "not_found"
