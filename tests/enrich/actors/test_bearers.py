"""Names that many bear: whose they are is told by the country beside them, or by the story as a whole."""

from collections.abc import Sequence
from typing import Any

import pytest

from services.enrich.actors.finder import ActorFinder
from services.enrich.actors.tagger import Label, Tagged
from services.enrich.bounds import MAX_CANDIDATES
from services.enrich.catalogue import Catalogue, Entry
from services.enrich.sentences import Span, split
from tests.enrich.known import FINDER, finder_with


def find(body: str, finder: ActorFinder = FINDER) -> dict[str, dict[str, Any]]:
    return {actor["id"]: actor for actor in finder.find("", body, [], split(body)).actors}


@pytest.mark.parametrize(
    ("body", "id_"),
    [
        ("The Iraqi Foreign Ministry said so.", "iraq-foreign-ministry"),
        ("Iraq's Foreign Ministry said so.", "iraq-foreign-ministry"),
        ("The Ministry of Foreign Affairs of Iraq said so.", "iraq-foreign-ministry"),
        ("The Turkish Ministry of National Defence said so.", "turkey-defence-ministry"),
        ("The French Senate voted.", "french-senate"),
        ("Leaders of the Angolan National Assembly met.", "angola-parliament"),
        ("The Kenyan Parliament met.", "kenya-parliament"),
        ("Canada votes soon. The Conservative Party said it was ready.", "conservative-party-of-canada"),
        ("In Peru the vote was close. The Congress of the Republic sat late.", "peru-parliament"),
    ],
)
def test_a_shared_name_is_its_countrys(body: str, id_: str) -> None:
    actor = find(body)[id_]
    assert actor["resolved_by"] == "catalogue"
    assert "candidates" not in actor


@pytest.mark.parametrize(
    ("name", "label", "resolved"),
    [("Conservatives", "PER", True), ("Conservatives", "PLACE", False), ("Senate", "PER", False)],
)
def test_a_plural_is_nobodys_surname(name: str, label: Label, resolved: bool) -> None:
    body = f"Canada voted. {name} won."

    def tagger(text: str, _: Sequence[Span]) -> list[Tagged]:
        at = text.find(name)
        return [Tagged(at, at + len(name), label, 0.9)] if at >= 0 else []

    assert ("conservative-party-of-canada" in find(body, finder_with(tagger))) is resolved


def test_two_ministries_of_one_name_stay_two() -> None:
    actors = find("The Iraqi Foreign Ministry met the Iranian Foreign Ministry. The Foreign Ministry left.")
    assert {"iraq-foreign-ministry", "iran-foreign-ministry"} <= set(actors)
    assert actors["x-foreign-ministry"]["candidates"] == ["iran-foreign-ministry", "iraq-foreign-ministry"]


def test_a_name_alone_follows_the_one_that_was_told() -> None:
    actors = find("Iran and Iraq met. The Iraqi Foreign Ministry spoke. The Foreign Ministry left.")
    assert [m["text"] for m in actors["iraq-foreign-ministry"]["mentions"]] == ["Foreign Ministry"] * 2


def test_a_name_without_any_country_stays_unresolved() -> None:
    (actor,) = find("The Foreign Ministry said so.").values()
    assert actor["resolved_by"] == "model"
    assert "candidates" not in actor


def test_a_country_that_has_no_such_body_gives_none() -> None:
    (actor,) = find("The Tuvaluan Foreign Ministry met.").values()
    assert actor["resolved_by"] == "model"


def test_candidates_are_bounded() -> None:
    many = tuple(
        Entry(f"e-{n}", f"Body {n}", "organization", "KEN", ("GOV",), shared_names=("River Council",))
        for n in range(MAX_CANDIDATES + 5)
    )
    kenya = Entry("kenya", "Kenya", "state", "KEN", ("GOV",), adjectives=("Kenyan",))
    actors = find("Kenya voted. The River Council met.", ActorFinder(Catalogue("1", (kenya, *many))))
    (council,) = [actor for actor in actors.values() if actor["name"] == "River Council"]
    assert len(council["candidates"]) == MAX_CANDIDATES
