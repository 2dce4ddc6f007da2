"""Stories a line in, enrichments a line out, in order."""

import io
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.enrich import offline
from services.enrich.catalogue import CatalogueError
from services.enrich.offline import StoryError, enrich_bytes, main_jsonl
from tests.enrich.known import PIPELINE


def lines(*stories: Any) -> bytes:
    return b"".join(orjson.dumps(story) + b"\n" for story in stories)


def story(number: int) -> dict[str, Any]:
    return {
        "uri": f"urn:test:{number}",
        "title": f"Story {number}",
        "body": f"Kenya met Mali {number} times.",
    }


def run(data: bytes, jobs: int = 1, **more: Any) -> tuple[int, list[dict[str, Any]], str]:
    out, err = io.BytesIO(), io.StringIO()
    code = main_jsonl(io.BytesIO(data), out, err, jobs, **more)
    return code, [orjson.loads(line) for line in out.getvalue().splitlines()], err.getvalue()


@pytest.mark.parametrize("jobs", [1, 2])
def test_answers_come_in_the_order_of_the_stories(jobs: int) -> None:
    code, answers, progress = run(lines(*map(story, range(120))), jobs)
    assert code == 0
    assert [answer["uri"] for answer in answers] == [f"urn:test:{n}" for n in range(120)]
    assert {actor["id"] for actor in answers[0]["actors"]} == {"kenya", "mali"}
    assert "120 stories, 0 bad" in progress


def test_a_bad_line_is_answered_in_its_place() -> None:
    data = lines(story(1)) + b"{\n\n" + lines({"title": "no body"}, story(2))
    code, answers, progress = run(data)
    assert code == 1
    assert [("error" in answer, answer.get("line")) for answer in answers] == [
        (False, None),
        (True, 2),
        (True, 4),
        (False, None),
    ]
    assert "no JSON" in answers[1]["error"]
    assert "body" in answers[2]["error"]
    assert "4 stories, 2 bad" in progress


def test_a_line_without_end_is_no_burden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offline, "MAX_LINE", 100)
    code, answers, _ = run(lines(story(1)) + b"x" * 1000 + b"\n" + lines(story(2)))
    assert code == 1
    assert ["error" in answer for answer in answers] == [False, True, False]
    assert answers[1]["line"] == 2


def test_nothing_in_is_nothing_out() -> None:
    assert run(b"") == (0, [], "0 stories, 0 bad\n")


def test_progress_is_told_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offline, "_PROGRESS_EVERY", 2)
    assert run(lines(*map(story, range(4))))[2] == "2 stories\n4 stories\n4 stories, 0 bad\n"


def test_one_story_is_enriched() -> None:
    answer = enrich_bytes(orjson.dumps({"title": "T", "body": "Kenya won."}), PIPELINE)
    assert [actor["id"] for actor in answer["actors"]] == ["kenya"]
    assert "uri" not in answer


def test_what_is_no_story_says_why() -> None:
    with pytest.raises(StoryError, match="title"):
        enrich_bytes(b"{}", PIPELINE)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_broken_catalogue_stops_at_once(jobs: int, tmp_path: Path) -> None:
    with pytest.raises(CatalogueError):
        run(lines(story(1)), jobs, catalogue=tmp_path / "gone.json")
