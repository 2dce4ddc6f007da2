from bench import page
from bench.figures import Figure, Goal, Plan, Row, Spread

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


def _page() -> str:
    machine = {"cores": "2", "PostgreSQL": "18.4"}
    return page.render([FIGURE], machine=machine, command="make bench", date="2026-11-10", words=416)


def test_every_value_stands_with_its_range_and_its_role() -> None:
    assert "| ingest | 200 | 100 to 300 | posts/s |  |" in _page()
    assert "| bare route | 1,000 |  | posts/s | peer |" in _page()


def test_goals_say_plainly_whether_they_are_reached() -> None:
    assert "| Posts a second | ratio ≥ 0.15 | 0.20 | reached |" in _page()
    assert "| Posts a second | cost ≤ 5 ms | 19.0 ms | **not reached** |" in _page()


def test_page_tells_with_what_it_was_measured() -> None:
    for line in (
        "| command | `make bench` |",
        "| date | 2026-11-10 |",
        "| cores | 2 |",
        "| PostgreSQL | 18.4 |",
    ):
        assert line in _page()


def test_plans_are_shown_as_they_are() -> None:
    assert "### claim: UPDATE deliveries\n\n```text\nUpdate on deliveries\n  ->  Index Scan\n```\n" in _page()
