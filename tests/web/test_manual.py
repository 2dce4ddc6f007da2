"""The page of /docs: all that can be asked stands there, and nothing on it comes from elsewhere."""

from typing import Any

import pytest
from fastapi import APIRouter, FastAPI

from copydesk import contracts
from copydesk.contracts import fields
from copydesk.settings import IngestSettings, PublishSettings
from copydesk.spelling import KEY_BYTES
from copydesk.web import app as web
from copydesk.web import manual
from copydesk.web.operations import operations
from services.ingest import app as ingest
from services.publish import app as publish
from tests.pages import Reader, contrast, palettes
from tests.web.wire import NOWHERE, ask, request

SETTINGS: dict[str, Any] = {**NOWHERE, "secrets_key": (bytes(KEY_BYTES),)}
APPS = {
    "ingest": ingest.create_app(IngestSettings(**NOWHERE)),
    "publish": publish.create_app(PublishSettings.model_construct(**SETTINGS)),
}


def rendered(app: FastAPI) -> str:
    return manual.render(app, fields.SHOWN)


@pytest.mark.parametrize("app", APPS.values(), ids=APPS)
def test_every_request_is_told_with_its_parameters_and_problems(app: FastAPI) -> None:
    text = Reader(rendered(app)).text
    found = operations(app.openapi())
    assert len(found) == sum(len(methods) for methods in app.openapi()["paths"].values())
    for each in found:
        told = text[text.rindex(f"{each.request}\n") :]
        assert each.summary in told.splitlines()[1]
        names = [
            *(one.name for one in each.parameters),
            *(code for one in each.replies for code, _ in one.problems),
        ]
        assert all(name in told for name in names)


@pytest.mark.parametrize("app", APPS.values(), ids=APPS)
def test_links_lead_to_what_is_there(app: FastAPI) -> None:
    read = Reader(rendered(app))
    ids = read.values("id")
    assert len(ids) == len(set(ids))
    links = set(read.values("href", "src"))
    assert {link for link in links if not link.startswith("#")} == {"data:,", "/openapi.json"}
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)


def test_a_service_tells_of_its_own_contracts(edge: str) -> None:
    reply = ask(edge, request("GET", "/docs"))
    ids = Reader(reply.body.decode()).values("id")
    assert {"story", "problem"} <= set(ids)
    assert "subscription" not in ids
    assert all(name in reply.body.decode() for name in contracts.schema("story")["properties"])


def test_nothing_runs_and_nothing_is_fetched(edge: str) -> None:
    reply = ask(edge, request("GET", "/docs"))
    source = reply.body.decode()
    assert "script" not in Reader(source).tags
    assert not any(word in source for word in ("url(", "@import", "http://", "https://"))
    assert reply.headers["content-security-policy"].startswith("default-src 'none'")
    assert ask(edge, request("GET", "/docs/oauth2-redirect")).status == 404


def test_what_is_said_of_a_request_is_never_markup() -> None:
    routes = APIRouter()
    hostile = "<script>alert(1)</script> & `<b>`"

    @routes.get("/x", summary=hostile, description=hostile)
    def x(q: str = hostile) -> None:
        """Never called."""

    app = web.create("edge", description=hostile, checks={}, documented=(), routes=routes)
    read = Reader(rendered(app))
    assert {"script", "b"} & read.tags == set()
    assert read.text.count("<script>alert(1)</script> & <b>") >= 4


@pytest.mark.parametrize("ground", ["bg", "card"])
def test_words_stand_out_by_day_and_by_night(ground: str) -> None:
    found = palettes(rendered(APPS["ingest"]))
    assert len(found) == 2
    for palette in found:
        for name in palette.keys() - {"bg", "card", "line"}:
            assert contrast(palette[name], palette[ground]) >= 4.5, f"{name} on {ground}"
