from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result

Run = Callable[..., Result]
FIRST, SECOND = "01990b2e-8f7a-7cc1-9d53-2f6f3c1f0c11", "01990b2e-8f7a-7cc1-9d53-2f6f3c1f0c12"


def _answers(desk: Any, monkeypatch: pytest.MonkeyPatch, status: int, problem: Any = None) -> list[Any]:
    """Lets publish answer so, always. Returns what it was asked."""
    asked: list[Any] = []

    def answer(method: str, path: str, _body: bytes, authorization: str) -> Any:
        asked.append((method, path, authorization))
        return status, problem, {}

    monkeypatch.setattr(desk, "answer", answer)
    return asked


def test_it_asks_and_erases(run: Run, desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _answers(desk, monkeypatch, 204)
    answer = run("erase", FIRST, stdin=b"y\n")
    assert answer.exit_code == 0, answer.output
    assert f"Erase the content of story {FIRST} for good?" in answer.stderr
    assert answer.stdout == f"{FIRST} is erased.\n"
    assert asked == [("DELETE", f"/v1/records/{FIRST}", "Bearer cdk_test")]


def test_who_says_no_erases_nothing(run: Run, desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _answers(desk, monkeypatch, 204)
    answer = run("erase", FIRST, SECOND, stdin=b"n\n")
    assert answer.exit_code == 1
    assert "Erase the content of 2 stories for good?" in answer.stderr
    assert asked == []


def test_several_are_erased_one_after_the_other(run: Run, desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _answers(desk, monkeypatch, 204)
    answer = run("erase", FIRST, SECOND, "--yes")
    assert answer.stdout == f"{FIRST} is erased.\n{SECOND} is erased.\n"
    assert [path for _, path, _ in asked] == [f"/v1/records/{FIRST}", f"/v1/records/{SECOND}"]


def test_a_story_that_is_not_there_is_said_with_what_to_do(
    run: Run, desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = _answers(desk, monkeypatch, 404, {"code": "not_found", "detail": "There is no such story."})
    answer = run("erase", FIRST, SECOND, "--yes")
    assert answer.exit_code == 1
    assert f"There is no story {FIRST}, or it is not of this key's source." in answer.stderr
    assert "copydesk trace" in answer.stderr
    assert len(asked) == 1


def test_replies_to_deliveries_are_erased_alone(run: Run, desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _answers(desk, monkeypatch, 204)
    answer = run("erase", "--replies", FIRST, stdin=b"y\n")
    assert f"Erase the replies to delivery {FIRST} for good?" in answer.stderr
    assert answer.stdout == f"What was answered to {FIRST} is erased.\n"
    assert asked == [("DELETE", f"/v1/deliveries/{FIRST}/replies", "Bearer cdk_test")]
    answer = run("erase", "--replies", FIRST, SECOND, stdin=b"n\n")
    assert "Erase the replies to 2 deliveries for good?" in answer.stderr
    assert len(asked) == 1


def test_a_delivery_that_is_not_there_is_said_with_what_to_do(
    run: Run, desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _answers(desk, monkeypatch, 404, {"code": "not_found", "detail": "There is no such delivery."})
    answer = run("erase", "--replies", FIRST, "--yes")
    assert answer.exit_code == 1
    assert f"There is no delivery {FIRST}, or its subscription is not of this key's source." in answer.stderr
    assert "GET /v1/deliveries" in answer.stderr


@pytest.mark.parametrize(
    ("status", "problem", "said"),
    [
        (403, {"code": "forbidden", "detail": "The key lacks stories:write."}, "403 forbidden The key lacks"),
        (404, {}, "publish refused: 404"),
    ],
)
def test_what_publish_refuses_is_a_sentence(
    run: Run, desk: Any, monkeypatch: pytest.MonkeyPatch, status: int, problem: Any, said: str
) -> None:
    _answers(desk, monkeypatch, status, problem)
    answer = run("erase", FIRST, "--yes")
    assert answer.exit_code == 1
    assert said in answer.stderr


@pytest.mark.parametrize("wrong", [["../subscriptions/1"], ["1"], []])
def test_what_is_no_id_is_a_wrong_argument(run: Run, desk: Any, wrong: list[str]) -> None:
    answer = run("erase", *wrong, "--yes")
    assert answer.exit_code == 2
    assert "ID" in answer.output
    assert desk.requests == []
