"""The catalogue that ships, and what is said of a broken one."""

import re
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.enrich.catalogue import CatalogueError, is_acronym, load, parse

CATALOGUE = load()
ENTRY: dict[str, Any] = {
    "id": "a",
    "name": "Alpha",
    "type": "organization",
    "country": "KEN",
    "sectors": ["BUS"],
    "aliases": [],
    "source": "made up",
}


def document(*entries: dict[str, Any], version: str = "1", **more: Any) -> bytes:
    return orjson.dumps({"catalogue": version, "entries": list(entries), **more})


def test_all_states_are_there_with_codes_and_capitals() -> None:
    states = [entry for entry in CATALOGUE.entries if entry.type == "state"]
    assert len(states) == 193 + 2 + 2
    assert len({entry.country for entry in states}) == len(states)
    assert all(re.fullmatch("[A-Z]{3}", entry.country or "") for entry in states)
    assert {entry.name for entry in states if entry.capital is None} <= {"Singapore", "Maldives"}


@pytest.mark.parametrize(
    ("id_", "type_", "country"),
    [
        ("taiwan", "state", "TWN"),
        ("kosovo", "state", "XKX"),
        ("holy-see", "state", "VAT"),
        ("isis", "armed_group", None),
        ("hamas", "armed_group", "PSE"),
        ("kataib-hezbollah", "armed_group", "IRQ"),
        ("quds-force", "organization", "IRN"),
        ("nato", "intergovernmental", None),
        ("donald-trump", "person", "USA"),
        ("kurds", "people", None),
    ],
)
def test_a_known_actor_has_its_codes(id_: str, type_: str, country: str | None) -> None:
    entry = next(entry for entry in CATALOGUE.entries if entry.id == id_)
    assert (entry.type, entry.country) == (type_, country)


def test_there_are_a_hundred_bodies_and_more_each_with_its_source() -> None:
    entries = CATALOGUE.entries
    bodies = [e for e in entries if e.type in {"organization", "armed_group", "intergovernmental"}]
    assert len(bodies) > 100
    assert all(entry.source for entry in entries)


def test_no_name_of_a_body_is_claimed_by_two() -> None:
    bodies = [e for e in CATALOGUE.entries if e.type not in {"person", "people"}]
    names = [name for entry in bodies for name in {entry.name, *entry.aliases, *entry.acronyms}]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_a_catalogue_of_ones_own_can_be_loaded(tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_bytes(document({**ENTRY, "aliases": ["Alfa"]}, version="mine-1"))
    catalogue = load(file)
    assert catalogue.version == "mine-1"
    assert catalogue.entries[0].aliases == ("Alfa",)
    assert catalogue.places == ()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"[]", "breaks its schema"),
        (b'{"catalogue": "1", "entries": []}', "."),
        (document({**ENTRY, "type": "robot"}), "/entries/0/type"),
        (document({**ENTRY, "colour": "red"}), "colour"),
        (document(ENTRY, ENTRY), "holds the id a twice"),
    ],
)
def test_a_broken_catalogue_is_refused_with_the_place(data: bytes, sentence: str) -> None:
    with pytest.raises(CatalogueError, match=re.escape(sentence)):
        parse([("mine.json", data)])


def test_files_of_different_versions_are_refused() -> None:
    other = {**ENTRY, "id": "b"}
    with pytest.raises(CatalogueError, match="different versions: 1, 2"):
        parse([("a.json", document(ENTRY)), ("b.json", document(other, version="2"))])


def test_a_catalogue_of_nothing_is_refused() -> None:
    with pytest.raises(CatalogueError, match="empty"):
        parse([])


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"gone\.json cannot be read"):
        load(tmp_path / "gone.json")


def test_an_error_of_the_catalogue_is_a_value_error() -> None:
    assert issubclass(CatalogueError, ValueError)


@pytest.mark.parametrize(("name", "expected"), [("NATO", True), ("Nato", False), ("G7", True), ("A", False)])
def test_acronyms_are_names_in_capitals(name: str, expected: bool) -> None:
    assert is_acronym(name) is expected
