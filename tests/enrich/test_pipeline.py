"""The pipeline as its callers see it: whole enrichments, failing steps, any text at all."""

import gc
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given

from copydesk.contracts import violations
from services.enrich import language, pipeline
from services.enrich.actors.model import ModelTagger
from services.enrich.actors.tagger import Tagged
from services.enrich.catalogue import CatalogueError
from services.enrich.pipeline import Pipeline, Story, load_pipeline
from services.enrich.sentences import Span
from tests.enrich.known import CATALOGUE, PIPELINE
from tests.enrich.newslike import NEWS_LIKE

language.load()  # here, so that no example is timed with it
STORY = Story(
    "Chad sends aid to Sudan",
    "Chad sent food to Sudan on Monday. President Amina Deby Youssouf said more would follow. "
    "The World Food Programme (WFP) thanked Chad. WFP trucks left N'Djamena at noon.",
)


class Boom(Exception):  # noqa: N818 - a fake
    pass


def steady(enrichment: dict[str, Any]) -> dict[str, Any]:
    """Returns it without the durations."""
    steps = [{k: v for k, v in s.items() if k != "duration_ms"} for s in enrichment["enrichment"]["steps"]]
    return {**enrichment, "enrichment": {**enrichment["enrichment"], "steps": steps}}


def mentions(enrichment: dict[str, Any]) -> list[dict[str, Any]]:
    return [m for item in [*enrichment["actors"], *enrichment["places"]] for m in item["mentions"]]


def check(story: Story, enrichment: dict[str, Any]) -> None:
    fields = {"title": story.title, "body": story.body}
    spans = [(m["field"], m["start"], m["end"]) for m in mentions(enrichment)]
    assert len(set(spans)) == len(spans)
    for mention in mentions(enrichment):
        assert fields[mention["field"]][mention["start"] : mention["end"]] == mention["text"] != ""
    for highlight in enrichment["highlights"]:
        assert story.body[highlight["start"] : highlight["end"]] == highlight["text"] != ""
    for actor in enrichment["actors"]:
        assert actor["mentions"]
        assert 0 <= actor["salience"] <= 1
        assert 0 <= actor["confidence"] <= 1
    ids = [actor["id"] for actor in enrichment["actors"]]
    assert len(set(ids)) == len(ids)
    for opinion in enrichment["opinions"]:
        assert story.body[opinion["start"] : opinion["end"]] == opinion["text"] != ""
        assert opinion["actor"] in {None, *ids}
    unsure = "detected_language" in enrichment["enrichment"]
    usual = {"ok", "partial", "skipped"} if unsure else {"ok"}
    steps = enrichment["enrichment"]["steps"]
    assert {step["status"] for step in steps if step.get("error") != "too_long"} <= usual


def test_an_enrichment_has_the_shape_of_the_record() -> None:
    enrichment = PIPELINE.enrich(STORY)
    check(STORY, enrichment)
    assert list(enrichment) == ["highlights", "actors", "places", "opinions", "enrichment"]
    assert [opinion["text"] for opinion in enrichment["opinions"]] == ["more would follow"]
    assert enrichment["opinions"][0]["speaker"]["text"] == "Amina Deby Youssouf"
    assert enrichment["enrichment"]["pipeline"] == pipeline.VERSION
    assert enrichment["enrichment"]["catalogue"] == CATALOGUE.version
    assert enrichment["enrichment"]["model"] == ModelTagger().version
    assert [step["name"] for step in enrichment["enrichment"]["steps"]] == [
        "language",
        "sentences",
        "actors",
        "opinions",
        "highlights",
    ]
    assert len(enrichment["highlights"]) == 3
    assert enrichment["actors"][0]["id"] == "chad"
    assert orjson.dumps(enrichment)


def test_a_story_is_read_from_its_document() -> None:
    document = {"title": "T", "body": "B", "language": "en", "highlight_count": 5, "uri": "urn:x"}
    assert Story.from_document(document) == Story("T", "B", "en", 5)
    assert Story.from_document({"title": "T", "body": "B"}) == Story("T", "B", None, 3)


def test_as_many_highlights_come_as_the_story_asks_for() -> None:
    assert len(PIPELINE.enrich(Story(STORY.title, STORY.body, highlight_count=1))["highlights"]) == 1


def failing(error: BaseException) -> Any:
    def tagger(_text: str, _sentences: Sequence[Span]) -> list[Tagged]:
        raise error

    return tagger


def test_a_step_that_fails_says_so_and_the_others_go_on() -> None:
    enrichment = Pipeline(CATALOGUE, tagger=failing(Boom("secret"))).enrich(STORY)
    steps = {step["name"]: step for step in enrichment["enrichment"]["steps"]}
    assert steps["actors"]["status"] == "failed"
    assert steps["actors"]["error"] == "Boom"
    assert steps["highlights"]["status"] == "ok"
    assert enrichment["actors"] == enrichment["places"] == []
    assert len(enrichment["highlights"]) == 3
    assert "secret" not in str(enrichment)


GERMAN = Story(
    "Kenia und Norwegen einigen sich",
    'Nairobi - Norwegen und Kenia haben sich am Dienstag geeinigt. "Wir haben neun Jahre gewartet", sagte '
    "Ministerin Amina Wekesa. Norway war der Name des Schiffes, das die Briten 1913 in Kenya bauten.",
)


def statuses(enrichment: dict[str, Any]) -> dict[str, tuple[str, str | None]]:
    return {step["name"]: (step["status"], step.get("error")) for step in enrichment["enrichment"]["steps"]}


def test_another_language_gets_highlights_and_the_catalogue_and_says_what_is_left_out() -> None:
    enrichment = PIPELINE.enrich(GERMAN)
    check(GERMAN, enrichment)
    assert enrichment["enrichment"]["detected_language"]["language"] == "de"
    assert {"norway", "kenya"} <= {actor["id"] for actor in enrichment["actors"]}
    assert {actor["resolved_by"] for actor in enrichment["actors"]} == {"catalogue"}
    assert enrichment["opinions"] == []
    assert enrichment["highlights"]
    limited = "unsupported_language"
    assert statuses(enrichment) == {
        "language": ("ok", None),
        "sentences": ("ok", None),
        "actors": ("partial", limited),
        "opinions": ("skipped", limited),
        "highlights": ("ok", None),
    }


def test_of_a_long_story_the_rest_is_left_to_what_is_known_and_it_says_so() -> None:
    body = "Kenya met Ana Ruiz in Oslo. " * 3_500 + "Kenya met Ana Ruiz and Mia Solberg in Oslo."
    story = Story("Talks", body, "en")
    enrichment = PIPELINE.enrich(story)
    assert statuses(enrichment)["actors"] == ("partial", "too_long")
    last = {m["text"] for m in mentions(enrichment) if m["start"] > len(body) - 45}
    assert {"Kenya", "Ana Ruiz", "Oslo"} <= last
    assert "Mia Solberg" not in last


@pytest.mark.parametrize(("tag", "status"), [("de", "skipped"), ("en", "ok"), ("en-KE", "ok"), ("und", "ok")])
def test_what_the_source_says_of_the_language_is_believed(tag: str, status: str) -> None:
    enrichment = PIPELINE.enrich(Story(STORY.title, STORY.body, tag))
    assert statuses(enrichment)["opinions"][0] == status
    assert ("detected_language" in enrichment["enrichment"]) == (tag == "und")


def test_a_text_too_short_to_tell_is_read_as_english() -> None:
    enrichment = PIPELINE.enrich(Story("Kenya", "Kenya said no."))
    assert "detected_language" not in enrichment["enrichment"]
    assert statuses(enrichment)["opinions"] == ("ok", None)


@pytest.mark.parametrize("error", [MemoryError(), SystemExit(), KeyboardInterrupt()])
def test_what_is_no_fault_of_a_step_goes_through(error: BaseException) -> None:
    with pytest.raises(type(error)):
        Pipeline(CATALOGUE, tagger=failing(error)).enrich(STORY)


def test_the_caller_names_what_goes_through() -> None:
    with pytest.raises(Boom):
        Pipeline(CATALOGUE, (MemoryError, Boom), tagger=failing(Boom())).enrich(STORY)


def test_an_empty_catalogue_stops_the_start(tmp_path: Path) -> None:
    file = tmp_path / "empty.json"
    file.write_text('{"catalogue": "1", "entries": []}')
    with pytest.raises(CatalogueError):
        load_pipeline(file)


def test_the_built_in_catalogue_is_loaded_by_default() -> None:
    assert load_pipeline().enrich(STORY)["enrichment"]["catalogue"] == CATALOGUE.version


@pytest.mark.parametrize("looks", [True, False])
def test_loading_leaves_the_search_for_cycles_as_it_was(tmp_path: Path, looks: bool) -> None:
    (gc.enable if looks else gc.disable)()
    try:
        with pytest.raises(CatalogueError):
            load_pipeline(tmp_path / "missing.json")
        assert gc.isenabled() is looks
    finally:
        gc.enable()


def record(story: Story) -> dict[str, Any]:
    own = {"id": "0192f0c0-0000-7000-8000-000000000000", "version": 1, "uri": "urn:x", "source": "desk"}
    return {**own, "title": story.title, "body": story.body, **PIPELINE.enrich(story)}


@pytest.mark.no_cover
@pytest.mark.parametrize(
    "body",
    [
        STORY.body,
        "word " * 3000,
        "x" * 20_000,
        "Ana " + "very " * 300 + "Ruiz said.",
        "Ministry of " * 200,
        "Deputy " * 50 + "Minister Ana Ruiz spoke.",
        "Kenya " * 6000,
        "".join(f"Ana Ruiz{chr(97 + n % 26)}{chr(97 + n // 26)} said no. " for n in range(676)) * 2,
    ],
)
def test_a_record_made_of_it_satisfies_the_contract(body: str) -> None:
    assert violations("record", record(Story("A title", body))) == []


@pytest.mark.no_cover
@given(NEWS_LIKE)
def test_any_text_makes_a_record_that_satisfies_the_contract(body: str) -> None:
    assert violations("record", record(Story("A title", f"{body} x"))) == []


@pytest.mark.no_cover
@given(NEWS_LIKE, NEWS_LIKE)
def test_any_text_is_enriched_with_true_offsets_and_the_same_twice(title: str, body: str) -> None:
    story = Story(title, body)
    enrichment = PIPELINE.enrich(story)
    check(story, enrichment)
    assert steady(enrichment) == steady(PIPELINE.enrich(story))


@pytest.mark.no_cover
@pytest.mark.parametrize(
    "unit",
    [
        "Iraqi ",
        "Iraq of ",
        "John Smith, ",
        "A. ",
        "Ministry of ",
        "KH (",
        "al-",
        "'",
        "U.S.-",
        "Mr. Paul Noe ",
        "x",
    ],
)
def test_a_large_body_stays_within_bounds(unit: str) -> None:
    story = Story("T", unit * (30_000 // len(unit)))
    began = time.process_time()
    enrichment = PIPELINE.enrich(story)
    assert time.process_time() - began < 20
    check(story, enrichment)
    assert len(enrichment["actors"]) <= 1000
    assert all(len(actor["mentions"]) <= 5000 for actor in enrichment["actors"])


def test_the_sample_has_exactly_its_actors(samples: Path) -> None:
    document = orjson.loads((samples / "iraq-militias.json").read_bytes())
    wanted = orjson.loads((samples / "iraq-militias.actors.json").read_bytes())
    enrichment = PIPELINE.enrich(Story.from_document(document))
    found = {actor["name"]: actor for actor in enrichment["actors"]}
    assert sorted(found) == sorted(actor["name"] for actor in wanted)
    assert len(enrichment["actors"]) == len(wanted)
    for actor in wanted:
        mine = found[actor["name"]]
        assert mine["type"] in actor["type_any"]
        assert mine["country"] == actor["country"]
        assert not actor["sector_any"] or mine["sectors"][0] in actor["sector_any"]
        spans = [[m["start"], m["end"], m["text"]] for m in mine["mentions"] if m["field"] == "body"]
        assert spans == actor["mentions"]


@pytest.mark.parametrize(("published_at", "sectors"), [("2015-06-01T09:00:00Z", ["GOV"]), (None, ["IGO"])])
def test_an_office_is_that_of_the_day_of_publication(published_at: str | None, sectors: list[str]) -> None:
    document = {"title": "A visit", "body": "Mark Rutte came to Nairobi."}
    story = Story.from_document(document | ({"published_at": published_at} if published_at else {}))
    (actor,) = PIPELINE.enrich(story)["actors"]
    assert (actor["id"], actor["sectors"]) == ("mark-rutte", sectors)


def test_numpy_starts_no_threads() -> None:
    script = "import psutil, services.enrich.language, numpy; print(psutil.Process().num_threads())"
    bare = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    assert subprocess.check_output([sys.executable, "-c", script], text=True, env=bare) == "1\n"
