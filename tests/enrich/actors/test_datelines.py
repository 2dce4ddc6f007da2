"""The head of a report is no actor: a dateline names a place, and who reports."""

import pytest

from services.enrich.actors.tagger import Label, Tagged
from services.enrich.sentences import split
from tests.enrich.known import FINDER, finder_with


@pytest.mark.parametrize(
    ("body", "label", "kind"),
    [
        ("ZABRIN, Switzerland, Oct 3 (Agency) - It rained.", "PER", "place"),
        ("ZABRIN (AP) \u2014 It rained.", "ORG", "place"),
        ("ZABRIN - It rained.", "ORG", "place"),
        ("ZABRIN said it rained.", "ORG", "organization"),
        ("ZABRIN-made cars sold.", "ORG", "organization"),
        ("Zabrin analyst Callum Wood left.", "PER", "organization"),
        ("Zabrin analysts left.", "PER", "person"),
        ("Zabrin lawyer Callum Wood left.", "PER", "person"),
    ],
)
def test_a_dateline_is_a_place_and_who_employs_an_analyst_a_body(body: str, label: Label, kind: str) -> None:
    actors, where = finder_with(lambda text, _: [Tagged(0, 6, label, 0.9)] if text else []).find(
        "", body, [], split(body)
    )[:2]
    types = {actor["name"].lower(): actor["type"] for actor in actors}
    types |= {place["name"].lower(): "place" for place in where}
    assert types["zabrin"] == kind


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("NAIROBI (AP) - Floods closed the road.", []),
        ("NAIROBI, Kenya (AP) \u2014 Floods closed the road.", []),
        ("London, May 3 (Reuters) - Rain is expected.", []),
        ("Rio de Janeiro, Oct. 12, 2026 (Xinhua) -- Rain is expected.", []),
        ("(Reuters) - Rain is expected.", []),
        ("PARIS (Reuters)Rain is expected.", []),
        ("It rained.\n\nLONDON (Reuters) - More rain is expected.", []),
        ("NAIROBI (AP) - Floods closed the road, The Associated Press reported.", ["The Associated Press"]),
        ("Rain is expected (Reuters) - and snow.", ["Reuters"]),
        ("A reporter (Reuters) asked.", ["Reuters"]),
        ("Police told Reuters - and nobody else - of it.", ["Reuters"]),
        ("Hamas (Hezbollah) - both denied it.", ["Hamas", "Hezbollah"]),
        ("NAIROBI (Kenya) - Floods closed the road.", []),
    ],
)
def test_who_only_reports_is_no_actor(body: str, named: list[str]) -> None:
    actors = FINDER.find("", body, [], split(body)).actors
    found = [mention["text"] for actor in actors for mention in actor["mentions"]]
    assert sorted(text for text in found if text != "Kenya") == sorted(named)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("NAIROBI, May 4 (ZTV) - Floods closed the road.", 0),
        ("It rained.\nNAIROBI (ZTV) - Floods closed the road.", 0),
        ("It rained. Nairobi (ZTV) - both were wet.", 1),
        ("NAIROBI (ZTV), the capital, is wet.", 1),
        ("NAIROBI (ZTV) - Floods closed the road. Police told ZTV of it.", 1),
    ],
)
def test_who_reports_at_the_head_of_a_line_need_not_be_known(body: str, found: int) -> None:
    at = body.rindex("ZTV")
    finder = finder_with(lambda text, _: [Tagged(at, at + 3, "ORG", 0.9)] if text else [])
    actors = finder.find("", body, [], split(body)).actors
    assert [mention["start"] for actor in actors for mention in actor["mentions"]] == [at] * found
