import ast
import json
from pathlib import Path

import pytest

import copydesk
from copydesk import contracts
from copydesk.web import problems
from copydesk.web.problems import PROBLEMS
from tests.web.wire import ask, request

ROOT = Path(copydesk.__file__).parents[1]


def codes_in_use() -> set[tuple[str, str]]:
    """Returns (code, file) for every literal code that the sources raise."""
    found = set()
    for path in [*ROOT.glob("copydesk/**/*.py"), *ROOT.glob("services/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name in {"CallerError", "ProblemError"}:
                    found.add((str(node.args[0].value), path.name))
    return found


@pytest.mark.parametrize("code", PROBLEMS)
def test_every_problem_is_valid(code: str) -> None:
    document = problems.document(
        code, "Why.", instance="/v1/stories", members={"max_bytes": 1, "scope": None}
    )
    assert contracts.violations("problem", json.loads(problems.encode(document))) == []
    assert (document["status"], document["title"]) == PROBLEMS[code][:2]


def test_every_code_that_is_raised_is_in_the_list() -> None:
    used = codes_in_use()
    assert used
    assert {(code, file) for code, file in used if code not in PROBLEMS} == set()


def test_an_unknown_code_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        problems.document("teapot", "Short and stout.")


def test_long_texts_are_cut_and_broken_ones_mended() -> None:
    document = problems.document("bad_json", "x\ud800" * 5000, instance="/" + "y" * 5000)
    assert contracts.violations("problem", json.loads(problems.encode(document))) == []


def test_a_problem_without_a_detail_says_its_title() -> None:
    assert problems.document("internal", "")["detail"] == PROBLEMS["internal"].title


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/nowhere", "/nowhere"),
        ("/nowhere?key=secret", "/nowhere"),
        ("/a%20b%00%ff", "/a%20b%00%ff"),
        ("/<script>", "/%3Cscript%3E"),
        ("//double", "//double"),
    ],
)
def test_the_instance_is_the_path_as_it_was_sent(edge: str, path: str, expected: str) -> None:
    reply = ask(edge, request("GET", path))
    assert reply.status == 404
    assert reply.problem()["instance"] == expected


def test_the_instance_of_a_scope_without_a_raw_path_is_quoted() -> None:
    assert problems.instance({"path": "/a b/ü"}) == "/a%20b/%C3%BC"


def test_a_method_that_is_not_allowed_names_those_that_are(edge: str) -> None:
    reply = ask(edge, request("DELETE", "/echo"))
    assert (reply.status, reply.problem()["code"]) == (405, "method_not_allowed")
    assert reply.headers["allow"] == "POST"
    for path in ("/metrics", "/openapi.json"):
        assert "GET" in ask(edge, request("POST", path)).headers["allow"]


def test_an_error_of_the_caller_is_answered_with_its_headers(edge: str) -> None:
    reply = ask(edge, request("GET", "/refuse"))
    assert (reply.status, reply.problem()["code"], reply.headers["x-more"]) == (409, "conflict", "yes")


def test_an_outage_says_when_to_try_again(edge: str) -> None:
    reply = ask(edge, request("GET", "/outage"))
    assert (reply.status, reply.problem()["code"]) == (503, "database_unavailable")
    assert reply.headers["retry-after"] == "5"


def test_a_parameter_that_is_not_valid_is_named(edge: str) -> None:
    for path in ("/slow?seconds=long", "/slow"):
        reply = ask(edge, request("GET", path))
        assert (reply.status, reply.problem()["code"]) == (422, "bad_parameter")
        assert reply.problem()["detail"].startswith("seconds: ")
