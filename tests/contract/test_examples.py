"""The examples under schemas/examples are documentation; this makes them true."""

import json
from pathlib import Path
from typing import Any

import pytest

from copydesk.contracts import NAMES, check_offsets, violations
from tests.contract.known import EXAMPLES

ROOT = Path(__file__).resolve().parents[2]
CATALOGUES = sorted((ROOT / "services" / "enrich" / "data").glob("*.json"))
ENOUGH = {
    "story": (6, 20),
    "record": (2, 8),
    "event": (4, 8),
    "subscription": (4, 12),
    "replay": (3, 6),
    "problem": (2, 4),
    "catalogue": (1, 6),
}


def examples(kind: str) -> list[Any]:
    paths = sorted(EXAMPLES.glob(f"*/{kind}/*.json"))
    return [pytest.param(path, id=f"{path.parts[-3]}/{path.stem}") for path in paths]


def reported(name: str, document: Any, part: str | None = None) -> list[tuple[str, str]]:
    found = violations(name, document, part=part)
    if name == "record" and not found:
        found = check_offsets(document)
    return [(violation.pointer, violation.keyword) for violation in found]


@pytest.mark.parametrize("path", examples("valid"))
def test_a_valid_example_has_no_violations(path: Path) -> None:
    assert reported(path.parts[-3], json.loads(path.read_text())) == []


@pytest.mark.parametrize("path", examples("invalid"))
def test_an_invalid_example_is_reported_as_it_says(path: Path) -> None:
    example = json.loads(path.read_text())
    expected = sorted((each["pointer"], each["keyword"]) for each in example["expect"])
    assert expected, "an invalid example expects something"
    assert reported(path.parts[-3], example["document"], example.get("part")) == expected
    assert example["why"].endswith(".")


@pytest.mark.parametrize("name", NAMES)
def test_every_contract_has_enough_examples(name: str) -> None:
    valid, invalid = (len(list((EXAMPLES / name / kind).glob("*.json"))) for kind in ("valid", "invalid"))
    assert valid >= ENOUGH[name][0]
    assert invalid >= ENOUGH[name][1]


def test_every_folder_of_examples_is_a_contract() -> None:
    assert sorted(path.name for path in EXAMPLES.iterdir()) == sorted(NAMES)


def test_published_and_updated_examples_have_true_offsets() -> None:
    for name in ("published", "updated"):
        event = json.loads((EXAMPLES / "event" / "valid" / f"{name}.json").read_text())
        assert check_offsets(event["data"]) == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_the_catalogue_that_ships_keeps_its_contract(path: Path) -> None:
    assert reported("catalogue", json.loads(path.read_text())) == []
