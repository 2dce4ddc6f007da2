import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import Result

from tests.cli.conftest import RECORD

Run = Callable[..., Result]


def _item(number: int) -> dict[str, Any]:
    event = {"type": "story.published", "timestamp": "2026-11-22T12:00:00Z", "data": RECORD}
    return {"id": f"id-{number}", "cursor": f"c{number}", "event": event}


@pytest.fixture
def pages(desk: Any, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What publish answers, page by page."""
    pages: list[dict[str, Any]] = []
    monkeypatch.setattr(type(desk), "story", property(lambda _: pages.pop(0), lambda *_: None), raising=False)
    return pages


def _asked(desk: Any) -> list[dict[str, list[str]]]:
    return [parse_qs(urlsplit(path).query) for _, path, _, _ in desk.requests]


def test_events_are_shown_and_the_next_run_told_where_to_go_on(
    run: Run, desk: Any, pages: list[dict[str, Any]]
) -> None:
    pages += [
        {"items": [_item(1)], "next": "c1", "more": True},
        {"items": [_item(2)], "next": "c2", "more": False},
    ]
    answer = run("events")
    assert answer.exit_code == 0
    assert answer.stdout.count("A visit") == 2
    assert answer.stderr == "Go on with: --after c2\n"
    assert _asked(desk) == [{"limit": ["100"]}, {"limit": ["100"], "after": ["c1"]}]


def test_what_is_asked_for_is_part_of_the_request(run: Run, desk: Any, pages: list[dict[str, Any]]) -> None:
    pages += [
        {"items": [_item(1)], "next": "c1", "more": True},
        {"items": [_item(2)], "next": "c2", "more": True},
    ]
    answer = run(
        "events", "--after", "c0", "--follow", "--subscription", "s", "--filter", "{}", "--event-type",
        "story.updated", "--event-type", "story.published", "--count", "2", "--json",
    )  # fmt: skip
    assert [json.loads(line)["id"] for line in answer.stdout.splitlines()] == ["id-1", "id-2"]
    common = {
        "event_type": ["story.updated", "story.published"],
        "subscription": ["s"],
        "filter": ["{}"],
        "wait": ["20"],
    }
    assert _asked(desk) == [
        {**common, "limit": ["2"], "after": ["c0"]},
        {**common, "limit": ["1"], "after": ["c1"]},
    ]


def test_a_refusal_is_told_with_where_one_stands(
    run: Run, desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = (410, {"code": "cursor_gone", "detail": "Go on with `next`."}, {})
    monkeypatch.setattr(desk, "answer", lambda *_: refusal)
    answer = run("events", "--after", "c7")
    assert answer.exit_code == 1
    assert "410 cursor_gone Go on with `next`." in answer.stderr
    assert "--after c7" in answer.stderr
