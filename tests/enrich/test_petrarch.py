"""Actor dictionaries become catalogue files; what cannot be read is told with its line."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.contracts import violations
from services.enrich import petrarch
from services.enrich.catalogue import Catalogue, load, parse
from services.enrich.clashes import clashes
from services.enrich.petrarch import read, written

KNOWN = load()
NOTHING = Catalogue("0", ())


def one(text: str, known: Catalogue = NOTHING) -> dict[str, Any]:
    entries, complaints = read(text.encode().splitlines(), known)
    assert complaints == []
    (entry,) = entries
    return entry


def test_a_dictionary_becomes_a_catalogue() -> None:
    lines = b"""
# a header
MARTA_VELL_ [KENGOV 20090120-20170120] [KENELI >20170121]  ; the governor
+GOVERNOR_VELL
RIVER_VALLEY_COUNCIL   ; from a list
	[FJICVL]
BLUE_HILL_BRIGADES [SDNREBPRM]
""".splitlines()
    entries, complaints = read(lines, NOTHING)
    assert complaints == []
    catalogue = parse([("own.json", written(entries, "own-1"))])
    assert catalogue.version == "own-1"
    vell, council, brigades = catalogue.entries
    assert (vell.id, vell.name, vell.type, vell.aliases) == (
        "marta-vell",
        "Marta Vell",
        "person",
        ("Governor Vell",),
    )
    assert vell.codes("2010-01-01") == ("KEN", ("GOV",))
    assert vell.codes("2018-01-01") == ("KEN", ("ELI",))
    assert (council.type, council.country, council.sectors) == ("organization", "FJI", ("CVL",))
    assert (brigades.type, brigades.sectors) == ("armed_group", ("REB", "PRM"))


def test_a_known_actor_keeps_its_names_and_gets_the_dictionarys_codes() -> None:
    entry = one("KATAIB_HIZBALLAH [IRQMIL]\n+BRIGADES_OF_THE_PARTY", KNOWN)
    assert (entry["id"], entry["name"], entry["type"]) == (
        "kataib-hezbollah",
        "Kata'ib Hezbollah",
        "armed_group",
    )
    assert entry["ambiguous_acronyms"] == ["KH"]
    assert entry["sectors"] == ["MIL"]
    assert {"Hezbollah Brigades", "Brigades of the Party"} <= set(entry["aliases"])
    assert one("IRAQ [IRQ]", KNOWN)["capital"] == "Baghdad"


@pytest.mark.parametrize(
    ("limit", "first", "last"),
    [
        ("<090120", None, "2009-01-20"),
        (">090120", "2009-01-20", None),
        ("> 19990120", "1999-01-20", None),
        ("990120-090120", "1999-01-20", "2009-01-20"),
        ("19450508", "1945-05-08", None),
    ],
)
def test_a_restriction_by_date_is_a_period(limit: str, first: str | None, last: str | None) -> None:
    (period,) = one(f"MARTA_VELL [KENGOV {limit}]")["periods"]
    assert (period["valid_from"], period["valid_to"]) == (first, last)


@pytest.mark.parametrize(
    ("name", "type_"),
    [
        ("JOHN_VELLMAN [KENGOV]", "person"),
        ("RIVER_AUTHORITY [IGORIV]", "intergovernmental"),
        ("VELLISTAS [KENREB]", "armed_group"),
        ("VELL_INDUSTRIES [KENBUS]", "organization"),
        ("QUUX_VELLMAN [KENGOV >090120]", "person"),
        ("QUUX [KENBUS]", "organization"),
    ],
)
def test_a_type_is_guessed_from_name_and_code(name: str, type_: str) -> None:
    assert one(name)["type"] == type_


@pytest.mark.parametrize(
    ("name", "written_"),
    [
        ("UN", "UN"),
        ("AL-SHAMAL_FRONT", "al-Shamal Front"),
        ("FRONT_OF_THE_RIVER", "Front of the River"),
        ("Already_Written", "Already Written"),
        ("O'NEILL_GROUP_", "O'neill Group"),
    ],
)
def test_a_name_is_written_as_names_are(name: str, written_: str) -> None:
    assert one(f"{name} [KENBUS]")["name"] == written_


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        (b"[KENGOV]", 1, "a code comes before any name"),
        (b"+VELL", 1, "a synonym comes before any name"),
        (b"\nVELL [XXXGOV]", 2, "begins with XXX"),
        (b"VELL [KENGOV]\n[KENQQQ]", 2, "has the part QQQ"),
        (b"VELL []", 1, "three letters"),
        (b"VELL [KENGOV/]", 1, "three letters"),
        (b"VELL", 1, "has no code that could be read"),
        (b"VELL [KENGOV >999999]", 1, "is no day"),
        (b"VELL [KENGOV tomorrow]", 1, "no restriction by date"),
        (b"VELL [KENGOV <090120-100120]", 1, "no restriction by date"),
        (b"VELL [KENGOV 100120-090120]", 1, "ends before it begins"),
        (b"VELL [KENGOV]\nVELL [FJIGOV]", 2, "comes twice"),
        (b"\xff\xfe [KENGOV]", 1, "not in UTF-8"),
        (b"A" * 201 + b" [KENGOV]", 1, "is no name"),
        (b"A" * 2001 + b" [KENGOV]", 1, "longer than 2000 bytes"),
        (b"<script> [KENGOV]", 1, "is no name"),
        (b"VELL [KENGOV]\n" + b"+V\n" * 101, 102, "more than 100 synonyms"),
        (b"VELL [KENGOV]\n" + b"[KENGOV >090120]\n" * 51, 52, "more than 50 dated codes"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(text: bytes, line: int, told: str) -> None:
    _, complaints = read(text.splitlines(), NOTHING)
    assert any(told in message for at, message in complaints if at == line), complaints


def test_the_number_of_actors_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(petrarch, "MAX_AGENTS", 2)
    entries, complaints = read([f"VELL{n} [KENGOV]".encode() for n in range(4)], NOTHING)
    assert len(entries) == 2
    assert "more than 2 actors" in complaints[0].message


LINES = st.lists(
    st.one_of(
        st.binary(max_size=60),
        st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace")),
        st.sampled_from(
            (
                b"VELL_ [USAGOV]",
                b"+PRESIDENT_VELL",
                b"[KENREB <090120]",
                b"[IGOUNO 090120-100120]",
                b"# x",
                b"B [",
            )
        ),
    ),
    max_size=12,
)


@given(LINES)
def test_any_bytes_become_a_valid_catalogue_or_complaints(lines: list[bytes]) -> None:
    entries, complaints = read(lines, NOTHING)
    assert all(1 <= complaint.line <= len(lines) for complaint in complaints)
    if entries:
        data = written(entries, "1")
        assert violations("catalogue", orjson.loads(data)) == []
        clashes(parse([("own.json", data)]))
