from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from services.cli import client as module

Run = Callable[..., Result]


def test_a_story_is_posted_with_the_key(run: Run, desk: Any, tmp_path: Path) -> None:
    (tmp_path / "story.json").write_text('{"title": "a", "body": "b"}')
    answer = run("post", str(tmp_path / "story.json"))
    assert answer.exit_code == 0
    assert "202 accepted 01990b2e-8f7a-7cc1-9d53-2f6f3c1f0c11 version 1" in answer.output
    assert desk.requests == [("POST", "/v1/stories", {"title": "a", "body": "b"}, "Bearer cdk_test")]


def test_arrays_and_lines_hold_many_stories(run: Run, desk: Any, tmp_path: Path) -> None:
    (tmp_path / "array.json").write_text('[{"title": "1"}, {"title": "2"}]')
    (tmp_path / "lines.jsonl").write_text('{"title": "3"}\n\n{"title": "4"\n')
    answer = run("post", str(tmp_path / "array.json"), str(tmp_path / "lines.jsonl"))
    assert [request[2] for request in desk.requests] == [
        {"title": "1"},
        {"title": "2"},
        {"title": "3"},
        b'{"title": "4"',
    ]
    assert "lines.jsonl:2: " in answer.output


def test_standard_input_is_a_file_too(run: Run, desk: Any) -> None:
    assert run("post", "-", stdin=b'\xef\xbb\xbf{"title": "a"}').exit_code == 0
    assert run("post", "-", stdin=b"").exit_code == 0
    assert len(desk.requests) == 1


def test_what_is_no_json_is_for_the_service_to_judge(run: Run, desk: Any) -> None:
    run("post", "-", stdin=b'{"title":\n"a",}')
    assert desk.requests[0][2] == b'{"title":\n"a",}'


def test_a_refused_story_is_explained_and_the_others_go_on(run: Run, desk: Any) -> None:
    violation = {"pointer": "/title", "keyword": "required", "message": "title is missing"}
    whole = {"pointer": "", "keyword": "type", "message": "an object is wanted"}
    problem = {"code": "schema_violation", "detail": "2 violations.", "violations": [violation, whole]}
    desk.replies = [(422, problem, {})]
    answer = run("post", "-", stdin=b'[{"body": "a"}, {"title": "b"}]')
    assert answer.exit_code == 1
    assert "-:1: 422 schema_violation 2 violations.\n  /title  title is missing\n" in answer.stderr
    assert "  (the whole document)  an object is wanted" in answer.stderr
    assert "-:2: 202 accepted" in answer.stdout
    assert "1 of 2 stories were refused" in answer.stderr


@pytest.mark.parametrize("body", [b"<html>", b"[]"])
def test_an_answer_that_is_no_problem_document_is_shown_by_its_status(
    run: Run, desk: Any, body: bytes
) -> None:
    desk.replies = [(502, body, {})]
    assert "502 the answer was no problem document" in run("post", "-", stdin=b"{}").stderr


@pytest.mark.parametrize("after", ["0", "soon"])
def test_a_busy_service_is_asked_again_when_it_says(
    run: Run, desk: Any, monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    monkeypatch.setattr(module, "LONGEST_PAUSE_SECONDS", 0.01)
    desk.replies = [(503, {}, {"Retry-After": after})] * 2
    assert run("post", "-", stdin=b"{}").exit_code == 0
    assert len(desk.requests) == 3


def test_a_service_that_stays_busy_is_given_up(run: Run, desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_PAUSE_SECONDS", 0.0)
    desk.replies = [(503, {"code": "database_unavailable", "detail": "Later."}, {})] * 10
    assert "503 database_unavailable Later." in run("post", "-", stdin=b"{}").stderr
    assert len(desk.requests) == module.TRIES


def test_a_service_that_is_away_is_named(run: Run) -> None:
    answer = run("post", "--key", "cdk_x", "--url", "http://127.0.0.1:9", "-", stdin=b"{}")
    assert answer.exit_code == 1
    assert "ingest does not answer at http://127.0.0.1:9" in answer.stderr
    assert "Is `copydesk up` running?" in answer.stderr


def test_a_url_that_is_none_is_refused(run: Run) -> None:
    answer = run("post", "--key", "cdk_x", "--url", "ingest", "-", stdin=b"{}")
    assert answer.exit_code == 1
    assert "ingest" in answer.stderr


def test_without_a_key_the_ways_to_one_are_told(run: Run) -> None:
    answer = run("post", "-", stdin=b"{}")
    assert answer.exit_code == 2
    assert "run `copydesk up` here" in answer.stderr


def test_a_file_that_cannot_be_read_is_named(run: Run, tmp_path: Path) -> None:
    answer = run("post", "--key", "k", str(tmp_path / "none.json"))
    assert answer.exit_code == 2
    assert "none.json cannot be read: No such file" in answer.stderr


def test_what_a_service_says_cannot_steer_the_terminal(run: Run, desk: Any) -> None:
    desk.replies = [(400, {"code": "bad_json", "detail": "\x1b[2Jgone"}, {})]
    assert "\x1b" not in run("post", "-", stdin=b"{}").stderr


def test_a_deeply_nested_file_is_posted_as_it_is(run: Run, desk: Any) -> None:
    deep = b"[" * 100_000
    run("post", "-", stdin=deep)
    assert desk.requests[0][2] == deep


def test_nothing_to_post_is_said(run: Run, desk: Any) -> None:
    for nothing in (b"", b"[]", b"\n \n"):
        answer = run("post", "-", stdin=nothing)
        assert (answer.exit_code, answer.stderr) == (0, "There was no story to post.\n")
    assert desk.requests == []
