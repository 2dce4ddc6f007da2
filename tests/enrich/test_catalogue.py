"""The catalogue that ships, and what is said of a broken one."""

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.enrich.catalogue import CatalogueError, Entry, Period, is_acronym, load, parse

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
    states = [entry for entry in CATALOGUE.entries if entry.type == "state" and entry.sectors != ("PRE",)]
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


def test_a_file_of_ones_own_extends_the_built_in_catalogue(tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    own = {**ENTRY, "id": "hamas", "name": "Hamas of my own"}
    place = {"name": "Rafah", "country": "PSE", "aliases": ["Rafiah"]}
    file.write_bytes(document({**ENTRY, "aliases": ["Alfa"]}, own, version="mine-1", places=[place]))
    catalogue = load(file)
    assert catalogue.version == f"{CATALOGUE.version}+mine-1"
    assert len(catalogue.entries) == len(CATALOGUE.entries) + 1
    assert len(catalogue.places) == len(CATALOGUE.places)
    assert [entry.name for entry in catalogue.entries if entry.id == "hamas"] == ["Hamas of my own"]
    assert next(place for place in catalogue.places if place.name == "Rafah").aliases == ("Rafiah",)


def test_a_file_of_ones_own_may_hold_places_only(tmp_path: Path) -> None:
    file = tmp_path / "places.json"
    file.write_bytes(b'{"catalogue": "1", "places": [{"name": "Qux", "country": null, "aliases": []}]}')
    assert load(file).entries == CATALOGUE.entries
    assert load(file).places[-1].name == "Qux"


def test_a_file_of_ones_own_replaces_the_built_in_catalogue_where_it_says_so(tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_bytes(document({**ENTRY, "aliases": ["Alfa"]}, version="mine-1", replace=True))
    catalogue = load(file)
    assert catalogue.version == "mine-1"
    assert catalogue.entries[0].aliases == ("Alfa",)
    assert catalogue.places == ()


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.enrich.catalogue._MAX_BYTES", 10)
    file = tmp_path / "mine.json"
    file.write_bytes(document(ENTRY))
    with pytest.raises(CatalogueError, match="larger than 10 bytes"):
        load(file)


PERIODS = Entry(
    "p",
    "P",
    "person",
    "KEN",
    ("ELI",),
    valid_to="2025-06",
    periods=(Period("KEN", ("LEG",), None, "2001"), Period(None, ("IGO",), "2020-02", "2025-03-01")),
)


@pytest.mark.parametrize(
    ("day", "codes", "current"),
    [
        ("1990-01-01", ("KEN", ("LEG",)), True),
        ("2001-12-31", ("KEN", ("LEG",)), True),
        ("2002-01-01", ("KEN", ("ELI",)), False),
        ("2020-01-31", ("KEN", ("ELI",)), False),
        ("2020-02-01", (None, ("IGO",)), True),
        ("2025-03-01", (None, ("IGO",)), True),
        ("2025-03-02", ("KEN", ("ELI",)), False),
        ("2025-07-01", ("KEN", ("ELI",)), False),
        (None, ("KEN", ("ELI",)), False),
    ],
)
def test_codes_are_those_of_the_day(day: str | None, codes: tuple[Any, ...], current: bool) -> None:
    assert PERIODS.codes(day) == codes
    assert PERIODS.is_current(day) is current


def test_without_a_day_an_office_with_no_known_end_counts() -> None:
    entry = replace(PERIODS, valid_to=None, periods=(Period("KEN", ("GOV",), "2022"),))
    assert entry.codes(None) == ("KEN", ("GOV",))
    assert entry.is_current(None)


def test_the_built_in_catalogue_holds_what_matters_in_world_news() -> None:
    counts = Counter(entry.type for entry in CATALOGUE.entries)
    assert len(CATALOGUE.entries) >= 1500
    assert counts["intergovernmental"] > 150
    assert counts["armed_group"] > 200
    assert counts["person"] > 500


def test_partially_recognised_states_are_coded_under_the_claimant() -> None:
    coded = {entry.id: entry.country for entry in CATALOGUE.entries if entry.sectors == ("PRE",)}
    for id_, country in {
        "abkhazia": "GEO",
        "northern-cyprus": "CYP",
        "transnistria": "MDA",
        "somaliland": "SOM",
    }.items():
        assert coded[id_] == country


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
