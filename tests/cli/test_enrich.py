import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]
STORY = b'{"title": "A visit", "body": "The European Union welcomed the visit. Kenya did too."}'


def test_one_story_is_enriched_without_a_server(run: Run, tmp_path: Path) -> None:
    (tmp_path / "story.json").write_bytes(STORY)
    answer = run("enrich", str(tmp_path / "story.json"))
    assert answer.exit_code == 0
    assert "European Union" in {actor["name"] for actor in json.loads(answer.stdout)["actors"]}


def test_lines_come_out_as_lines_in_order(run: Run) -> None:
    answer = run("enrich", "--jsonl", "-", stdin=STORY + b"\n{}\n" + STORY + b"\n")
    lines = [json.loads(line) for line in answer.stdout.splitlines()]
    assert [("error" in line) for line in lines] == [False, True, False]
    assert lines[1]["line"] == 2
    assert answer.exit_code == 1
    assert "3 stories, 1 bad" in answer.stderr


def test_lines_that_are_all_good_end_well(run: Run, tmp_path: Path) -> None:
    (tmp_path / "stories.jsonl").write_bytes(STORY + b"\n" + STORY)
    answer = run("enrich", "--jsonl", "--jobs", "2", str(tmp_path / "stories.jsonl"))
    assert answer.exit_code == 0
    assert len(answer.stdout.splitlines()) == 2


def test_what_is_no_story_is_explained(run: Run) -> None:
    answer = run("enrich", "-", stdin=b'{"title": "x"}')
    assert answer.exit_code == 1
    assert "- holds no story: " in answer.stderr
    assert "body" in answer.stderr


def test_a_file_that_is_not_there_is_named(run: Run, tmp_path: Path) -> None:
    answer = run("enrich", str(tmp_path / "none"))
    assert answer.exit_code == 2
    assert "none cannot be read" in answer.stderr


@pytest.mark.parametrize("way", ["option", "environment"])
def test_a_broken_catalogue_stops_it(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    catalogue = tmp_path / "actors.json"
    catalogue.write_text("{}")
    arguments = ["--catalogue", str(catalogue)] if way == "option" else []
    if way == "environment":
        monkeypatch.setenv("COPYDESK_CATALOGUE", str(catalogue))
    answer = run("enrich", *arguments, "-", stdin=STORY)
    assert answer.exit_code == 1
    assert "actors.json" in answer.stderr


def test_a_story_is_explained_in_the_terminal(run: Run) -> None:
    answer = run("enrich", "-", "--explain", stdin=STORY)
    assert answer.exit_code == 0
    assert "why: the catalogue knows it as eu" in answer.stdout
    assert "The European Union welcomed the visit" in answer.stdout


def test_an_explained_story_is_written_as_a_page(run: Run, tmp_path: Path) -> None:
    page = tmp_path / "story.html"
    answer = run("enrich", "-", "--html", str(page), stdin=STORY)
    assert answer.exit_code == 0
    assert answer.stdout == ""
    assert str(page) in answer.stderr
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_page_that_cannot_be_written_is_named(run: Run, tmp_path: Path) -> None:
    answer = run("enrich", "-", "--html", str(tmp_path / "none" / "story.html"), stdin=STORY)
    assert answer.exit_code == 1
    assert "story.html cannot be written" in answer.stderr


def test_many_stories_are_not_explained(run: Run) -> None:
    answer = run("enrich", "-", "--jsonl", "--explain", stdin=STORY)
    assert answer.exit_code == 2
    assert "leave out --jsonl" in answer.stderr


def test_a_page_can_go_to_standard_output(run: Run) -> None:
    answer = run("enrich", "-", "--html", "-", stdin=STORY)
    assert answer.exit_code == 0
    assert answer.stdout.startswith("<!doctype html>")
    assert answer.stdout.endswith("</html>\n")
