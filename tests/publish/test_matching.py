from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk import contracts
from copydesk.model import EventType, Listener, Unplaced, new_id
from services.publish import filters
from services.publish.matching import Index, keys

VALUES = {
    "actors": ("a", "b", "c"),
    "actor_types": ("state", "person"),
    "countries": ("KEN", "UGA", "NOR"),
    "sectors": ("GOV", "MIL"),
    "places": ("Oslo", "oslo", "Dar es Salaam"),
    "sources": ("desk", "mine"),
    "languages": ("en", "en-GB", "fr"),
    "keywords": ("x", "x y", "y x", "Y", "…"),
}
SALIENCES = st.sampled_from((0.0, 0.5, 1.0))
LISTS = {name: st.lists(st.sampled_from(values), min_size=1, max_size=3) for name, values in VALUES.items()}
COUNTRIES = st.sampled_from((*VALUES["countries"], None))


def conditions(depth: int) -> st.SearchStrategy[dict[str, Any]]:
    groups = {
        name: st.lists(conditions(depth - 1), min_size=1, max_size=2) for name in filters.GROUPS if depth
    }
    members = st.fixed_dictionaries({}, optional={**LISTS, "min_salience": SALIENCES, **groups})
    return members.filter(bool)


ACTORS = st.fixed_dictionaries(
    {
        "id": st.sampled_from(VALUES["actors"]),
        "type": st.sampled_from(VALUES["actor_types"]),
        "country": COUNTRIES,
        "sectors": st.lists(st.sampled_from(VALUES["sectors"]), max_size=2),
        "salience": SALIENCES,
    }
)
PLACES = st.fixed_dictionaries({"name": st.sampled_from(VALUES["places"]), "country": COUNTRIES})
TEXTS = st.lists(st.sampled_from(("x", "y", "Y-x", "z.")), max_size=4).map(" ".join)
IDS = [new_id() for _ in range(4)]  # of subscriptions: one may be told what became of another
EVENTS = st.builds(
    Unplaced,
    id=st.builds(new_id),
    type=st.sampled_from(EventType),
    source=st.sampled_from(VALUES["sources"]),
    language=st.sampled_from(("en", "EN-gb", "fr-CA", None)),
    enrichment=st.none()
    | st.fixed_dictionaries({"actors": st.lists(ACTORS, max_size=2), "places": st.lists(PLACES, max_size=2)}),
    title=TEXTS,
    body=TEXTS,
    subscription_id=st.sampled_from([None, *IDS]),
)
LISTENERS = st.builds(
    Listener,
    id=st.sampled_from(IDS),
    source=st.sampled_from(VALUES["sources"]),
    filter=st.none() | conditions(2),
)
TYPES = st.sets(st.sampled_from(EventType), min_size=1)


@pytest.mark.no_cover
@given(
    st.lists(st.tuples(LISTENERS, TYPES), max_size=6),
    st.sets(st.sampled_from(IDS)),
    EVENTS,
    st.sets(st.sampled_from(VALUES["sources"])),
)
def test_the_index_finds_whom_the_loop_finds(
    subscribed: list[tuple[Listener, set[EventType]]], gone: set[UUID], event: Unplaced, admins: set[str]
) -> None:
    index = Index()
    for listener, types in subscribed:  # the same one again is a change of it
        index.put(listener, types)
    for each in gone:
        index.drop(each)
    present = {listener.id: (listener, types) for listener, types in subscribed if listener.id not in gone}
    assert sorted(index.wanting(event, frozenset(admins))) == sorted(
        listener.id
        for listener, types in present.values()
        if event.type in types and filters.wants(event, replace(listener, is_admin=listener.source in admins))
    )
    assert len(index) == len(present)


@pytest.mark.no_cover
@given(conditions(2))
def test_whatever_the_strategies_make_is_a_filter(condition: dict[str, Any]) -> None:
    assert contracts.violations("subscription", condition, part="filter") == []


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (None, None),
        ({"languages": ["en"], "actors": ["a", "b"]}, {"actors:a", "actors:b"}),
        ({"sources": ["desk"]}, {"sources:desk"}),
        ({"keywords": ["x y", "z"]}, {"keywords:x", "keywords:z"}),
        ({"keywords": ["…"]}, set()),
        ({"none": [{"actors": ["a"]}]}, None),
        ({"none": [{"actors": ["a"]}], "languages": ["en"]}, {"languages:en"}),
        ({"any": [{"actors": ["a"]}, {"places": ["Oslo"]}]}, {"actors:a", "places:oslo"}),
        ({"any": [{"actors": ["a"]}, {"none": [{"places": ["Oslo"]}]}]}, None),
        ({"all": [{"languages": ["en"]}, {"actors": ["a"]}]}, {"actors:a"}),
        ({"min_salience": 0.5}, {"min_salience:"}),
    ],
)
def test_a_filter_is_kept_under_the_rarest_terms_that_must_be_there(
    wanted: dict[str, Any] | None, expected: set[str] | None
) -> None:
    assert keys(filters.condition(wanted)) == expected


def test_an_index_says_what_its_filters_look_at_and_forgets_who_left() -> None:
    index = Index()
    listeners = [Listener(new_id(), "desk", each) for each in ({"actors": ["a"]}, {"keywords": ["x"]}, None)]
    assert (index.reads_record, index.reads_text) == (False, False)
    for listener in (*listeners, *listeners):
        index.put(listener, ["story.published"])
    assert (len(index), index.reads_record, index.reads_text) == (3, True, True)
    index.put(Listener(listeners[0].id, "desk", {"keywords": ["x"]}), ["story.published"])
    assert (len(index), index.reads_record, index.reads_text) == (3, False, True)
    for listener in (*listeners, *listeners):
        index.drop(listener.id)
    assert (len(index), index.reads_record, index.reads_text) == (0, False, False)
    assert index.wanting(Unplaced(new_id(), EventType.PUBLISHED, "desk", "en", None, "x", "x")) == []
