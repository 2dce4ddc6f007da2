from typing import Any

import pytest

from copydesk.model import OPERATIONAL, EventType, Listener, Unplaced, new_id
from services.publish import filters
from services.publish.filters import may_know, wants

ENRICHMENT = {
    "actors": [
        {"id": "kenya", "type": "state", "country": "KEN", "sectors": ["GOV"], "salience": 0.8},
        {"id": "x-amina", "type": "person", "country": None, "sectors": [], "salience": 0.3},
        {
            "id": "x-army",
            "type": "organization",
            "country": "UGA",
            "sectors": ["MIL", "GOV"],
            "salience": 0.1,
        },
    ],
    "places": [{"name": "Dar es Salaam", "country": "TZA"}, {"name": "Lake Victoria", "country": None}],
}


def event(**more: Any) -> Unplaced:
    values = {
        "id": new_id(),
        "type": EventType.PUBLISHED,
        "source": "desk",
        "language": "en-GB",
        "enrichment": ENRICHMENT,
        "title": "Ex-minister opens Côte d\u2019Ivoire's fair",
        "body": "The harbour reopened.\nDredging costs fell, the ports' chief said.",
        **more,
    }
    return Unplaced(**values)


def _wants(wanted: dict[str, Any] | None, **more: Any) -> bool:
    return wants(event(**more), Listener(new_id(), "mine", wanted))


@pytest.mark.parametrize(
    ("wanted", "matches"),
    [
        (None, True),
        ({"actors": ["kenya"]}, True),
        ({"actors": ["uganda", "x-amina"]}, True),
        ({"actors": ["uganda"]}, False),
        ({"actor_types": ["state", "people"]}, True),
        ({"actor_types": ["people"]}, False),
        ({"countries": ["KEN"]}, True),
        ({"countries": ["TZA"]}, True),
        ({"countries": ["NOR"]}, False),
        ({"sectors": ["GOV"]}, True),
        ({"sectors": ["REB"]}, False),
        ({"places": ["dar  ES salaam"]}, True),
        ({"places": ["Victoria"]}, False),
        ({"sources": ["desk"]}, True),
        ({"sources": ["reuters"]}, False),
        ({"languages": ["en"]}, True),
        ({"languages": ["EN-gb"]}, True),
        ({"languages": ["e"]}, False),
        ({"languages": ["fr", "en-US"]}, False),
        ({"countries": ["KEN"], "sources": ["desk"]}, True),
        ({"countries": ["KEN"], "sources": ["reuters"]}, False),
    ],
)
def test_every_field_must_match_by_any_of_its_values(wanted: dict[str, Any] | None, matches: bool) -> None:
    assert _wants(wanted) is matches


@pytest.mark.parametrize(
    ("keyword", "matches"),
    [
        ("harbour", True),
        ("HARBOUR", True),
        ("harbours", False),
        ("harb", False),
        ("harbour reopened", True),
        ("reopened harbour", False),
        ("reopened dredging", True),  # a line end is as good as a space
        ("fair the", False),  # the title ends before the body begins
        ("ex minister", True),
        ("minister", True),
        ("co\u0302te d'ivoire", True),  # composed or not, and whichever apostrophe
        ("cote", False),
        ("…", False),
    ],
)
def test_a_keyword_is_found_as_whole_words_in_title_or_body(keyword: str, matches: bool) -> None:
    assert _wants({"keywords": ["nowhere to be found", keyword]}) is matches


@pytest.mark.parametrize(
    ("wanted", "matches"),
    [
        ({"min_salience": 0}, True),
        ({"min_salience": 0.8}, True),
        ({"min_salience": 0.81}, False),
        ({"actors": ["x-amina"], "min_salience": 0.3}, True),
        ({"actors": ["x-amina"], "min_salience": 0.4}, False),
        ({"actors": ["x-amina", "kenya"], "min_salience": 0.4}, True),
        ({"actor_types": ["person"], "min_salience": 0.4}, False),
        ({"sectors": ["GOV"], "min_salience": 0.5}, True),  # by the most salient that has it
        ({"sectors": ["MIL"], "min_salience": 0.5}, False),
        ({"countries": ["KEN"], "min_salience": 0.5}, True),
        ({"countries": ["TZA"], "min_salience": 0}, False),  # a place is not salient
        ({"countries": ["TZA", "KEN"], "min_salience": 0.5}, True),
        ({"places": ["Dar es Salaam"], "min_salience": 0.5}, True),
        ({"min_salience": 0.5, "any": [{"actors": ["x-amina"]}]}, True),  # it holds for its own condition
    ],
)
def test_less_salient_actors_do_not_count_beside_min_salience(wanted: dict[str, Any], matches: bool) -> None:
    assert _wants(wanted) is matches


YES, NO = {"sources": ["desk"]}, {"sources": ["reuters"]}


@pytest.mark.parametrize(
    ("wanted", "matches"),
    [
        ({"any": [NO, YES]}, True),
        ({"any": [NO, NO]}, False),
        ({"all": [YES, YES]}, True),
        ({"all": [YES, NO]}, False),
        ({"none": [NO]}, True),
        ({"none": [NO, YES]}, False),
        ({**YES, "none": [YES]}, False),
        ({**YES, "any": [NO], "all": [YES]}, False),
        ({"any": [{**YES, "none": [NO]}, NO]}, True),
        ({"none": [{"any": [NO, YES]}]}, False),
        ({"none": [{"all": [NO, YES]}]}, True),
        ({"all": [{"countries": ["KEN"]}, {"countries": ["TZA"]}]}, True),
        ({"all": [{"countries": ["KEN"]}, {"countries": ["NOR"]}]}, False),
    ],
)
def test_conditions_are_combined(wanted: dict[str, Any], matches: bool) -> None:
    assert _wants(wanted) is matches


@pytest.mark.parametrize(
    "wanted",
    [
        {"actors": ["kenya"]},
        {"actor_types": ["state"]},
        {"countries": ["KEN"]},
        {"sectors": ["GOV"]},
        {"places": ["Lake Victoria"]},
        {"languages": ["en"]},
        {"keywords": ["harbour"]},
        {"min_salience": 0},
    ],
)
@pytest.mark.parametrize("enrichment", [None, {"actors": [], "places": []}])
def test_what_the_event_does_not_have_never_matches(wanted: dict[str, Any], enrichment: Any) -> None:
    empty = {"enrichment": enrichment, "language": None, "title": "", "body": ""}
    assert not _wants(wanted, **empty)
    assert not _wants({"any": [wanted]}, **empty)
    assert _wants({"none": [wanted]}, **empty)


def test_quarantine_is_told_to_the_source_alone() -> None:
    assert _wants(None, type=EventType.QUARANTINED, source="mine", enrichment=None)
    assert not _wants(None, type=EventType.QUARANTINED, source="desk", enrichment=None)


def test_the_size_of_a_filter_is_that_of_all_its_conditions() -> None:
    assert filters.size(None) == 0
    inner = {"keywords": ["a", "b"], "none": [{"sources": ["x"]}]}
    assert filters.size({"min_salience": 0.1, "actors": ["a"], "any": [inner, inner], "all": [inner]}) == 11


@pytest.mark.parametrize(
    ("wanted", "record", "text"),
    [
        (None, False, False),
        ({"sources": ["desk"], "languages": ["en"]}, False, False),
        ({"keywords": ["a"]}, False, True),
        ({"min_salience": 0.2}, True, False),
        ({"any": [{"none": [{"places": ["x"]}]}, {"all": [{"keywords": ["a"]}]}]}, True, True),
    ],
)
def test_a_condition_says_what_it_looks_at(wanted: dict[str, Any] | None, record: bool, text: bool) -> None:
    found = filters.condition(wanted)
    assert (filters.reads_record(found), filters.reads_text(found)) == (record, text)


def test_a_clause_says_which_of_its_values_were_found() -> None:
    facts = filters.facts(event())
    for wanted, found in (
        ({"countries": ["NOR", "TZA", "KEN"]}, ["TZA", "KEN"]),
        ({"countries": ["NOR", "TZA", "KEN"], "min_salience": 0.5}, ["KEN"]),
        ({"keywords": ["port", "dredging costs"]}, ["dredging costs"]),
        ({"min_salience": 0.5}, [0.5]),
    ):
        [clause, *_] = filters.condition(wanted).clauses
        assert clause.found(facts) == found


@pytest.mark.parametrize("kind", sorted(OPERATIONAL))
@pytest.mark.parametrize(
    ("source", "is_admin", "is_itself", "knows"),
    [
        ("mine", False, False, True),
        ("mine", False, True, False),
        ("mine", True, True, False),
        ("another", False, False, False),
        ("another", True, False, True),
    ],
)
def test_of_a_subscription_the_others_of_its_source_and_admins_may_know(
    kind: EventType, source: str, is_admin: bool, is_itself: bool, knows: bool
) -> None:
    listener = Listener(new_id(), source, {"countries": ["KEN"]}, is_admin)
    about = listener.id if is_itself else new_id()
    told = Unplaced(new_id(), kind, "mine", None, None, about)
    assert may_know(told, listener) is knows
    assert wants(told, listener) is knows
