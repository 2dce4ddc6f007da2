"""The committed figures, and the check that the pipeline does not fall below them."""

from pathlib import Path

import pytest

from tests.gold import figures
from tests.gold.evaluation import evaluate
from tests.gold.gold import load
from tests.gold.scoring.counts import FIGURES, Count, Tally

NOW = {
    "bus": {"actors": Count(8, 10, 10), "places": Count(1, 1, 1)},
    "tram": {"actors": Count(9, 10, 10)},
}


pytestmark = pytest.mark.xdist_group("gold")  # all stories are enriched for them, once


@pytest.fixture(scope="module")
def tallies() -> dict[str, Tally]:
    return evaluate(load())


def test_no_figure_falls(tallies: dict[str, Tally]) -> None:
    fallen = list(figures.fallen(figures.counts_of(tallies), figures.read()))
    assert not fallen, "\n".join(
        [*fallen, "make evaluate-gold shows all figures; tests/gold/README.md says what next"]
    )


def test_of_mentions_at_nine_tenths_nine_in_ten_are_right(tallies: dict[str, Tally]) -> None:
    right = [right for tally in tallies.values() for sure, right in tally.sure if sure >= 0.9]
    assert len(right) > 500
    assert sum(right) >= 0.9 * len(right)


def test_every_figure_is_declared(tallies: dict[str, Tally]) -> None:
    assert {name for tally in tallies.values() for name in tally.counts} <= set(FIGURES)


def test_every_story_is_committed(tallies: dict[str, Tally]) -> None:
    assert set(figures.read()) == set(tallies), "commit the figures: python -m tests.gold --write"


def test_the_same_story_scores_the_same_twice(tallies: dict[str, Tally]) -> None:
    again = evaluate(story for story in load() if story.slug == "hard-metonyms")
    assert again["hard-metonyms"] == tallies["hard-metonyms"]


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    figures.write(NOW, path)
    assert figures.read(path) == NOW
    assert '"actors": 85.0' in path.read_text()


def test_a_figure_that_holds_or_rises_is_silent() -> None:
    better = {**NOW, "tram": {"actors": Count(10, 10, 10)}}
    assert not list(figures.fallen(NOW, NOW))
    assert not list(figures.fallen(better, NOW))


def test_a_fall_within_the_tolerance_is_silent() -> None:
    before = {"bus": {"actors": Count(500, 1000, 1000)}}
    assert not list(figures.fallen({"bus": {"actors": Count(490, 1000, 1000)}}, before))
    assert list(figures.fallen({"bus": {"actors": Count(489, 1000, 1000)}}, before))


def test_a_fall_names_figure_story_and_change() -> None:
    worse = {**NOW, "tram": {"actors": Count(6, 10, 10)}}
    assert list(figures.fallen(worse, NOW)) == [
        f"actors fell from 85.0 to 70.0:\n  tram had {NOW['tram']['actors']}, now {worse['tram']['actors']}"
    ]


def test_a_figure_that_is_gone_has_fallen() -> None:
    lost = {"bus": {"actors": Count(8, 10, 10)}, "tram": NOW["tram"]}
    worse = {"bus": {**lost["bus"], "places": Count(0, 0, 1)}, "tram": NOW["tram"]}
    assert [sentence.split(":")[0] for sentence in figures.fallen(worse, NOW)] == [
        "places fell from 100.0 to 0.0"
    ]


def test_a_fall_by_a_new_story_says_so() -> None:
    more = {**NOW, "ferry": {"actors": Count(0, 10, 10)}}
    assert list(figures.fallen(more, NOW)) == [
        "actors fell from 85.0 to 56.7:\n  stories were added or removed"
    ]
