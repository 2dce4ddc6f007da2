import json
import re

import pytest
from fastapi import FastAPI

from copydesk import contracts
from copydesk.web import openapi
from tests.web.wire import ask, request


def references(document: object) -> set[str]:
    return set(re.findall(r'"\$ref": "#/components/schemas/([^"]+)"', json.dumps(document)))


def test_openapi_carries_the_contracts(edge: str) -> None:
    document = ask(edge, request("GET", "/openapi.json")).json()
    schemas = document["components"]["schemas"]
    assert schemas["story"]["properties"].keys() == contracts.schema("story")["properties"].keys()
    assert references(document) <= schemas.keys()
    assert document["openapi"].startswith("3.1")


def test_the_documentation_is_served(edge: str) -> None:
    reply = ask(edge, request("GET", "/docs"))
    assert (reply.status, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_a_part_of_a_contract_can_be_a_component() -> None:
    components = openapi.components(("subscription.patch",))
    assert "subscription.patch" in components
    assert references(components) <= components.keys()


def test_the_document_is_made_once() -> None:
    app = FastAPI()
    openapi.install(app, ("problem",))
    assert app.openapi() is app.openapi()


def test_a_request_body_refers_to_its_contract() -> None:
    content = openapi.request_body("story")["requestBody"]["content"]
    assert content == {"application/json": {"schema": {"$ref": "#/components/schemas/story"}}}


def test_problem_responses_are_grouped_by_status() -> None:
    responses = openapi.problem_responses("bad_json", "bad_utf8", "not_found")
    assert responses.keys() == {400, 404}
    assert "bad_utf8" in responses[400]["description"]
    with pytest.raises(KeyError):
        openapi.problem_responses("teapot")
