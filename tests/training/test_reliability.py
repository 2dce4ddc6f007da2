"""How true confidences are, by whole records on documents."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrich.actors.tagger import Tagged
from training import calibrate, reliability
from training.convert import Peoples
from training.texts import Text

PEOPLES = Peoples(frozenset({"Kenyan"}))
TEXT = Text("Kenyan Ana Ruiz saw Ulysses", {(7, 15, "PER"), (20, 27, "OTHER")})


def actor(start: int, end: int, type_: str = "person", **mention: Any) -> dict[str, Any]:
    told = {"field": "body", "start": start, "end": end, "text": TEXT.body[start:end], **mention}
    return {"type": type_, "confidence": 0.9, "resolved_by": "model", "mentions": [told]}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (actor(7, 15), [((0.9, True), "model")]),
        (actor(11, 15), [((0.9, False), "model")]),
        (actor(7, 15, "organization"), [((0.9, False), "model")]),
        (actor(0, 6, "people"), []),
        (actor(20, 27), []),
        (actor(7, 15, field="title"), []),
        (actor(7, 15, kind="nominal"), []),
    ],
)
def test_what_the_sources_leave_out_is_not_judged(found: dict[str, Any], expected: list[object]) -> None:
    assert list(reliability.judged(TEXT, {"actors": [found]}, PEOPLES)) == expected


def test_names_of_the_model_alone_are_judged_alike() -> None:
    found = [Tagged(0, 6, "NORP", 0.5), Tagged(7, 15, "PER", 0.6), Tagged(16, 19, "ORG", 0.7)]
    found.append(Tagged(20, 27, "OTHER", 0.8))
    assert list(calibrate.judged(TEXT, found, PEOPLES)) == [(0.6, True), (0.7, False)]


def test_the_table_says_how_often_each_confidence_is_right() -> None:
    found = [(0.6, True), (0.6, False), (0.99, True)]
    assert reliability.table("confidence", found).splitlines()[2:] == [
        "| 0.5 to 0.7 | 2 | 0.60 | 0.50 |",
        "| 0.95 to 1 | 1 | 0.99 | 1.00 |",
    ]


@given(st.lists(st.tuples(st.floats(0.01, 0.99), st.booleans()), min_size=1))
def test_a_fitted_curve_rises_through_what_was_found(found: list[tuple[float, bool]]) -> None:
    curve = reliability.fitted(found)
    assert (curve[0], curve[-1][0]) == ((0.0, 0.0), 1.0)
    assert all(a[0] <= b[0] and a[1] <= b[1] for a, b in pairwise(curve))


def test_the_surest_temperature_is_not_the_truest_where_names_are_wrong() -> None:
    assert calibrate.loss([(0.9, True), (0.9, False)]) > calibrate.loss([(0.5, True), (0.5, False)])
    assert calibrate.loss([]) == 0


def test_temperature_and_curve_are_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    row = {
        "tokens": ["Angela", "Merkel", "met", "Ruvimbo", "Chikwanda", "in", "Oslo", "."],
        "ner_tags": ["B-PER", "I-PER", "O", "B-PER", "I-PER", "O", "B-LOC", "O"],
        "split": "dev",
    }
    rows = [{**row, "doc": str(number)} for number in range(4)]
    (tmp_path / "wikigold.jsonl").write_bytes(b"\n".join(map(orjson.dumps, rows)))
    fitted, rest = reliability.halves(tmp_path)
    assert (len(fitted), len(rest)) == (2, 2)
    monkeypatch.setattr("sys.argv", ["calibrate", str(tmp_path)])
    calibrate.main()
    assert 1 <= float(capsys.readouterr().out) <= 3
    monkeypatch.setattr(calibrate.confidence, "CURVE", calibrate.confidence.CURVE)
    monkeypatch.setattr("sys.argv", ["calibrate", str(tmp_path), "--curve"])
    calibrate.main()
    assert capsys.readouterr().out.startswith("curve ((0.0, 0.0), ")
