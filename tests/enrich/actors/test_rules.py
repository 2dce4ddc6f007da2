"""Names found by rule in single sentences."""

import pytest

from services.enrich.actors.forms import Forms
from services.enrich.actors.rules import RuleTagger
from services.enrich.catalogue import load
from services.enrich.sentences import split

TAGGER = RuleTagger(Forms(load()))


def tagged(text: str) -> list[tuple[str, str]]:
    return [(text[t.start : t.end], t.label) for t in TAGGER(text, split(text))]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Mr. Okello spoke.", [("Okello", "PER")]),
        ("It was Lee Dae-hyun who spoke.", [("Lee Dae-hyun", "PER")]),
        ("It was Jean-Claude Duval.", [("Jean-Claude Duval", "PER")]),
        ("It was Martin Odhiambo Jr. who spoke.", [("Martin Odhiambo Jr.", "PER")]),
        ("It was Pieter van der Berg.", [("Pieter van der Berg", "PER")]),
        ("It was Omar bin Rashid.", [("Omar bin Rashid", "PER")]),
        ("It was A. B. Kowalska.", [("A. B. Kowalska", "PER")]),
        ("Then Zora Vrba, 45, left.", [("Zora Vrba", "PER")]),
        ("Then Zora Vrba told them.", [("Zora Vrba", "PER")]),
        ("Vrba said no.", [("Vrba", "PER")]),
        ("Texas Gov. Rick Alden left.", [("Rick Alden", "PER")]),
        ("The Minister of Foreign Affairs Jose Ruiz left.", [("Jose Ruiz", "PER")]),
        ("He met Minister of Ghana.", []),
        ("They joined the Water and Soil Agency.", [("Water and Soil Agency", "ORG")]),
        ("They joined the Ministry of Fish and Game.", [("Ministry of Fish and Game", "ORG")]),
        ("They joined Smith & Sons Ltd.", [("Smith & Sons Ltd", "ORG")]),
        ("They joined the Centre for the Oceans.", [("Centre for the Oceans", "ORG")]),
        ("They joined the Scarlet Hats.", [("Scarlet Hats", "ORG")]),
        ("They joined the ZQX.", [("ZQX", "ORG")]),
        ("They met One Two Three Four.", [("One Two Three Four", "ORG")]),
        ("They have AIDS, a DVD and a TV.", []),
        ("They went to Lake Mirny.", [("Lake Mirny", "PLACE")]),
        ("They went to Orsk.", [("Orsk", "PLACE")]),
        ("They went to Nova Orsk.", [("Nova Orsk", "PLACE")]),
        ("The Orsk district lies there.", [("Orsk", "PLACE")]),
        ("The Nova Orsk district lies there.", [("Nova Orsk", "PLACE")]),
        ("It rained in Orsk, Russia, again.", [("Orsk", "PLACE")]),
        ("It fell into the Gulf of Orsk.", [("Gulf of Orsk", "PLACE")]),
        ("They saw The Last Lantern.", [("The Last Lantern", "OTHER")]),
        ("The Orsk War ended.", [("Orsk War", "OTHER")]),
        ("They read of Orsk there.", []),
        ("The Progressive Conservative Party won.", [("Progressive Conservative Party", "ORG")]),
        ("Then John Odessa left.", [("John Odessa", "PER")]),
        ("The Army Trump Brigade left.", [("Army Trump Brigade", "ORG")]),
        ("Iran-backed Houthi fighters left.", []),
        ("Sunday, I rest.", []),
        ("It was Abu-.", []),
        ("They Meet Good Friends From Orsk", []),
        ("THEY MET ANA RUIZ", []),
        ("They met Ana and and Bob Ruiz.", [("Bob Ruiz", "PER")]),
    ],
)
def test_a_name_is_found_and_told(text: str, names: list[tuple[str, str]]) -> None:
    assert tagged(text) == names


def test_an_office_in_capitals_is_no_part_of_a_name() -> None:
    assert tagged("They met Brightwater Bank CEO again.") == [("Brightwater Bank", "ORG")]
