"""A sound catalogue has no clashes; each thing that can be wrong is told in a sentence."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrich.catalogue import Catalogue, Entry, Period, Place, load
from services.enrich.clashes import clashes

A = Entry("a", "Alpha", "organization", "KEN", ("BUS",))
B = Entry("b", "Beta", "organization", "FJI", ("BUS",))


def told(*entries: Entry, places: tuple[Place, ...] = ()) -> list[str]:
    return clashes(Catalogue("1", entries, places))


def period(first: str | None, last: str | None = None) -> Period:
    return Period("KEN", ("GOV",), first, last)


def test_the_built_in_catalogue_has_none() -> None:
    assert clashes(load()) == []


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ((A, replace(B, aliases=("Alpha",))), "The name Alpha means a and b"),
        ((replace(A, name="Kata'ib"), replace(B, aliases=("Kataeb",))), "The name Kata'ib or Kataeb means"),
        ((replace(A, acronyms=("XYZ",)), replace(B, acronyms=("XYZ",))), "The acronym XYZ means a and b"),
        (
            (replace(A, acronyms=("XYZ",)), replace(B, ambiguous_acronyms=("XYZ",))),
            "The acronym XYZ means a and b",
        ),
        ((replace(A, acronyms=("XYZ",)), replace(B, name="XYZ")), "The acronym XYZ means a and b"),
        ((replace(A, country="ZZZ"),), "a is of the country ZZZ"),
        ((replace(A, periods=(Period("QQQ", (), "2001"),)),), "a is of the country QQQ"),
        ((replace(A, valid_from="2024-02-31"),), "a has the date 2024-02-31, which is no day"),
        ((replace(A, valid_from="2024", valid_to="2023-12"),), "a ends on 2023-12 before it begins on 2024"),
        ((replace(A, periods=(period("2001-02-03", "2001-02-01"),)),), "a ends on 2001-02-01 before"),
        (
            (replace(A, periods=(period("2001", "2003-05-02"), period("2003-05-01"))),),
            "a has periods that overlap: from 2001 and from 2003-05-01",
        ),
        ((replace(A, periods=(period("2001"), period("2003"))),), "a has periods that overlap"),
        ((replace(A, periods=(period(None, "2001"), period(None, "2003"))),), "a has periods that overlap"),
        (
            (replace(A, shared_names=("Senate",)), replace(B, country="KEN", shared_names=("Senate",))),
            "all of KEN",
        ),
    ],
)
def test_what_is_wrong_is_told(entries: tuple[Entry, ...], sentence: str) -> None:
    (said,) = told(*entries)
    assert sentence in said


def test_the_country_of_a_place_is_checked_too() -> None:
    (sentence,) = told(A, places=(Place("Qux", "XYZ"), Place("Quux", "KEN"), Place("Sea", None)))
    assert sentence == "The place Qux is in XYZ, which is no code of ISO 3166-1 alpha-3."


@pytest.mark.parametrize(
    "entries",
    [
        (replace(A, surnames=("Ek",)), replace(B, surnames=("Ek",))),
        (replace(A, ambiguous_acronyms=("XY",)), replace(B, ambiguous_acronyms=("XY",))),
        (replace(A, shared_names=("Senate",)), replace(B, shared_names=("Senate",))),
        (replace(A, periods=(period("2001", "2003-05-01"), period("2003-05-01"))),),
        (replace(A, periods=(period(None, "2001"), period("2002"))),),
    ],
)
def test_what_may_be_shared_is_not_told(entries: tuple[Entry, ...]) -> None:
    assert told(*entries) == []


NAMES = st.text(max_size=12)
DAYS = st.none() | st.from_regex(r"[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?", fullmatch=True)
ENTRIES = st.builds(
    Entry,
    st.sampled_from("abcdef"),
    NAMES,
    st.sampled_from(("person", "organization", "state")),
    st.none() | st.sampled_from(("KEN", "ZZZ")),
    st.just(("GOV",)),
    aliases=st.lists(NAMES, max_size=3).map(tuple),
    acronyms=st.lists(NAMES, max_size=2).map(tuple),
    shared_names=st.lists(NAMES, max_size=2).map(tuple),
    valid_from=DAYS,
    valid_to=DAYS,
    periods=st.lists(st.builds(Period, st.none(), st.just(()), DAYS, DAYS), max_size=3).map(tuple),
)


@pytest.mark.no_cover
@given(st.lists(ENTRIES, max_size=5, unique_by=lambda entry: entry.id))
def test_looking_for_clashes_never_raises_and_says_the_same_twice(entries: list[Entry]) -> None:
    assert told(*entries) == told(*entries)
