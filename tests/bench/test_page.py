from dataclasses import replace

from bench import page
from bench.figures import Figure, Goal, Plan, Row, Spread
from bench.kept import Measured

FIGURE = Figure(
    "Posts a second",
    "Stories are posted.",
    (
        Row("ingest", Spread.of([100.0, 300.0, 200.0]), "posts/s"),
        Row("bare route", Spread.of([1_000.0]), "posts/s", "peer"),
    ),
    (Goal("ratio ≥ 0.15", "0.20", reached=True), Goal("cost ≤ 5 ms", "19.0 ms", reached=False)),
    ("Cores are shared.",),
    (Plan("claim: UPDATE deliveries", ("Update on deliveries", "  ->  Index Scan")),),
)


MACHINE = {"cores": "2", "PostgreSQL": "18.4"}
MEASURED = Measured(FIGURE, "make bench", "2026-11-10", 0.12, MACHINE)


def _page(*more: Measured) -> str:
    return page.render([MEASURED, *more], words=416)


def test_every_value_stands_with_its_range_and_its_role() -> None:
    assert "| ingest | 200 | 100 to 300 | posts/s |  |" in _page()
    assert "| bare route | 1,000 |  | posts/s | peer |" in _page()


def test_goals_say_plainly_whether_they_are_reached() -> None:
    assert "| Posts a second | ratio ≥ 0.15 | 0.20 | reached |" in _page()
    assert "| Posts a second | cost ≤ 5 ms | 19.0 ms | **not reached** |" in _page()


def test_a_figure_tells_when_it_was_measured_and_how() -> None:
    assert "\n`make bench`, 2026-11-10; load before it: 0.1.\n" in _page()
    for line in ("| what | value |", "| cores | 2 |", "| PostgreSQL | 18.4 |"):
        assert line in _page()


def test_figures_of_two_machines_tell_which() -> None:
    other = replace(MEASURED, date="2026-11-11", machine={"cores": "8", "memory": "24 GiB"})
    shown = _page(MEASURED, other)
    for line in (
        "| what | A | B |",
        "| cores | 2 | 8 |",
        "| PostgreSQL | 18.4 |  |",
        "| memory |  | 24 GiB |",
    ):
        assert line in shown
    assert "`make bench`, 2026-11-10 on machine A; load before it: 0.1." in shown
    assert "`make bench`, 2026-11-11 on machine B; load before it: 0.1." in shown


def test_plans_are_shown_as_they_are() -> None:
    assert "### claim: UPDATE deliveries\n\n```text\nUpdate on deliveries\n  ->  Index Scan\n```\n" in _page()
