"""What the enrichment changes in what the model finds."""

from services.enrich.actors.forms import Forms
from tests.enrich.known import CATALOGUE
from training.changes import changes, known_spans, table
from training.texts import Text


def test_each_change_has_an_outcome_and_who_told() -> None:
    text = Text("", {(0, 4, "GEO"), (10, 14, "PER"), (20, 30, "ORG"), (40, 44, "PER"), (50, 54, "OTHER")})
    alone = {(0, 4, "ORG"), (5, 9, "PER"), (10, 17, "PER"), (20, 30, "ORG"), (50, 54, "PER")}
    whole = {(0, 4, "GEO"), (10, 14, "PER"), (20, 30, "GEO"), (40, 44, "PER"), (60, 64, "PER")}
    found = changes(text, whole, alone, [(0, 4), (18, 30)])
    assert dict(found) == {
        ("catalogue", "won"): 1,  # a class
        ("catalogue", "shed"): 1,
        ("catalogue", "lost"): 1,  # a class, too
        ("catalogue", "added"): 1,
        ("doubts and titles", "won"): 1,  # a shorter span
        ("doubts and titles", "shed"): 2,  # a longer one, and one that is gone
        ("repetitions", "won"): 1,
        ("repetitions", "added"): 1,
    }
    assert table({"own": found, "other": changes(Text("", set()), [], [], [])}) == (
        "| source | told by | won | shed | lost | added |\n"
        "| --- | --- | ---: | ---: | ---: | ---: |\n"
        "| own | catalogue | 1 | 1 | 1 | 1 |\n"
        "| own | doubts and titles | 1 | 2 | 0 | 0 |\n"
        "| own | repetitions | 1 | 0 | 0 | 1 |"
    )


def test_the_catalogue_knows_names_by_itself() -> None:
    assert known_spans(Forms(CATALOGUE), "Iran wept. Zorb met Hamas.") == [(0, 4), (20, 25)]
