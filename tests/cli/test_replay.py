import importlib
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result

Run = Callable[..., Result]
COUNTS = {"id": "r1", "again": 2, "added": 1, "superseded": 0, "expired": 0, "waiting": 0}


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.import_module("services.cli.replay"), "LOOK_SECONDS", 0.01)


def _answers(desk: Any, monkeypatch: pytest.MonkeyPatch, *replies: dict[str, Any]) -> list[Any]:
    """Scripts publish: what it answers, in order. Returns what it was asked."""
    asked: list[Any] = []
    left = list(replies)

    def answer(method: str, path: str, body: bytes, _authorization: str) -> Any:
        asked.append((method, path, body.decode()))
        return 202, {**COUNTS, **left.pop(0)}, {}

    monkeypatch.setattr(desk, "answer", answer)
    return asked


def test_it_counts_asks_and_waits_until_all_is_on_its_way(
    run: Run, desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = _answers(
        desk, monkeypatch, {"state": "running"}, {"state": "done"}, {"state": "running"},
        {"state": "done", "again": 3, "superseded": 1, "waiting": 2},
    )  # fmt: skip
    answer = run("replay", "s", "--failed", "--since", "2026-11-22T12:00:00Z", stdin=b"y\n")
    assert answer.exit_code == 0, answer.output
    assert "To be sent: 2 again, 1 for the first time." in answer.stdout
    assert (
        "done: 3 again, 1 for the first time, 2 due already, 1 passed over for a newer version."
        in answer.stdout
    )
    document = '{"subscription": "s", "only": "failed", "since": "2026-11-22T12:00:00Z"'
    assert asked == [
        ("POST", "/v1/replays", document + ', "dry_run": true}'),
        ("GET", "/v1/replays/r1", ""),
        ("POST", "/v1/replays", document + "}"),
        ("GET", "/v1/replays/r1", ""),
    ]


@pytest.mark.parametrize(
    ("options", "counted"),
    [(["--dry-run"], {}), (["--yes"], {"again": 0, "added": 0}), (["--filter", '{"a": 1}', "--dry-run"], {})],
)
def test_where_nothing_is_to_be_sent_nothing_is_asked(
    run: Run, desk: Any, monkeypatch: pytest.MonkeyPatch, options: list[str], counted: dict[str, int]
) -> None:
    asked = _answers(desk, monkeypatch, {"state": "done", **counted})
    assert run("replay", "s", "--missing", *options).exit_code == 0
    assert len(asked) == 1


def test_who_says_no_sends_nothing(run: Run, desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _answers(desk, monkeypatch, {"state": "done"})
    assert run("replay", "s", stdin=b"n\n").exit_code == 1
    assert len(asked) == 1


def test_a_filter_that_is_no_json_is_a_wrong_option(run: Run, desk: Any) -> None:
    answer = run("replay", "s", "--filter", "{")
    assert answer.exit_code == 2
    assert "--filter takes JSON" in answer.output
    assert desk.requests == []
