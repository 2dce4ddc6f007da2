from services.publish import filters
from services.publish.explanation import explain
from tests.publish.test_filters import event


def test_every_clause_says_whether_it_matched_and_by_what() -> None:
    condition = filters.condition(
        {
            "countries": ["NOR", "KEN"],
            "min_salience": 0.9,
            "any": [{"languages": ["fr"]}, {"all": [{"keywords": ["harbour"]}], "sources": ["desk"]}],
            "none": [{"places": ["Oslo"]}, {"sectors": ["GOV"]}],
        }
    )
    types = ["story.published", "story.updated"]
    assert explain(types, ["story.updated"], condition, filters.facts(event())) == [
        {"pointer": "/event_types", "matched": True, "found": ["story.updated"]},
        {"pointer": "/filter/countries", "matched": False, "found": []},
        {"pointer": "/filter/min_salience", "matched": False, "found": []},
        {"pointer": "/filter/any", "matched": True},
        {"pointer": "/filter/any/0", "matched": False},
        {"pointer": "/filter/any/0/languages", "matched": False, "found": []},
        {"pointer": "/filter/any/1", "matched": True},
        {"pointer": "/filter/any/1/sources", "matched": True, "found": ["desk"]},
        {"pointer": "/filter/any/1/all", "matched": True},
        {"pointer": "/filter/any/1/all/0", "matched": True},
        {"pointer": "/filter/any/1/all/0/keywords", "matched": True, "found": ["harbour"]},
        {"pointer": "/filter/none", "matched": False},
        {"pointer": "/filter/none/0", "matched": False},
        {"pointer": "/filter/none/0/places", "matched": False, "found": []},
        {"pointer": "/filter/none/1", "matched": True},
        {"pointer": "/filter/none/1/sectors", "matched": True, "found": ["GOV"]},
    ]


def test_without_a_filter_only_the_types_are_told() -> None:
    found = explain(["story.updated"], ["story.published"], filters.condition(None), filters.facts(event()))
    assert found == [{"pointer": "/event_types", "matched": False, "found": []}]
