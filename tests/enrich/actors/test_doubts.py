"""Names that the tagger is not sure of."""

import re

import pytest

from services.enrich.actors.doubts import weighed
from services.enrich.actors.tagger import Label, Tagged
from services.enrich.sentences import split


def kept(text: str, name: str, label: Label, confidence: float) -> list[tuple[str, str]]:
    start = text.index(name)
    found = weighed(text, split(text), [Tagged(start, start + len(name), label, confidence)])
    return [(text[one.start : one.end], one.label) for one in found]


@pytest.mark.parametrize(
    ("text", "name", "label", "confidence", "expected"),
    [
        ("Ana Ruiz left.", "Ana Ruiz", "PER", 0.9, [("Ana Ruiz", "PER")]),
        ("Zorb left.", "Zorb", "PER", 0.2, []),
        ("Tungsten is dear.", "Tungsten", "PER", 0.35, []),
        ("Then Zorb left.", "Zorb", "PER", 0.35, [("Zorb", "PER")]),
        ("The Lakes Water Board met.", "Lakes Water Board", "PLACE", 0.2, [("Lakes Water Board", "ORG")]),
        ("Acme Ltd paid.", "Acme Ltd", "PLACE", 0.97, [("Acme Ltd", "PLACE")]),
        ("Court frees man.", "Court", "ORG", 0.7, []),
        ("T", "T", "PLACE", 0.6, []),
        ("It was in Court.", "Court", "ORG", 0.7, [("Court", "ORG")]),
        ("Parliament met.", "Parliament", "ORG", 0.99, [("Parliament", "ORG")]),
        ("He is fluent in it. She speaks French.", "French", "NORP", 0.99, [("French", "OTHER")]),
        ("French troops left.", "French", "NORP", 0.9, [("French", "NORP")]),
        ("Ministry of Fish in Peru", "Ministry of Fish in", "ORG", 0.9, [("Ministry of Fish", "ORG")]),
        ("Chun Yung-woo spoke.", "Chun Yung-woo", "PER", 0.9, [("Chun Yung-woo", "PER")]),
        ("the village of Campo", "of Campo", "PLACE", 0.9, [("Campo", "PLACE")]),
        ("they met angela merkel", "angela merkel", "PER", 0.7, [("angela merkel", "PER")]),
        ("I love how dana fights", "dana", "PER", 0.9, [("dana", "PER")]),
        ("Ana Ruiz met welder.", "welder", "PER", 0.8, []),
        ("Ana Ruiz met the welder.", "welder", "PER", 0.9, []),
        ("His coalition with Labor fell.", "Labor", "ORG", 0.65, [("Labor", "ORG")]),
        ("His coalition with Labor fell.", "Labor", "ORG", 0.55, []),
        ("Labor fell.", "Labor", "ORG", 0.65, []),
        ("The Secretary of State left.", "State", "ORG", 0.75, []),
        ("Then the Counsel left.", "Counsel", "ORG", 0.75, []),
        ("Parliament adopted it.", "Parliament", "ORG", 0.45, [("Parliament", "ORG")]),
        ("In vain Senators wept.", "Senators", "PER", 0.45, []),
        ("In vain Senators wept.", "Senators", "ORG", 0.45, []),
        ("In vain Senators wept.", "Senators", "ORG", 0.75, [("Senators", "ORG")]),
        ("By May the Dow had fallen.", "Dow", "PER", 0.65, []),
        ("By May the Bush team had gone.", "Bush", "PER", 0.8, [("Bush", "PER")]),
        ("By May the Speaker had gone.", "Speaker", "PER", 0.5, [("Speaker", "PER")]),
        ("By May the Majlis had gone.", "Majlis", "PER", 0.5, [("Majlis", "PER")]),
        (
            "The State Railway of Siam",
            "State Railway of Siam",
            "PLACE",
            0.5,
            [("State Railway of Siam", "ORG")],
        ),
        ("Then the union federation CGTP met.", "union federation CGTP", "ORG", 0.9, [("CGTP", "ORG")]),
        ("Then EU Climate Commissioner Ana Ruiz left.", "EU Climate", "ORG", 0.9, [("EU", "ORG")]),
        (
            "Then U.N. Human Rights Commissioner met.",
            "U.N. Human Rights Commissioner",
            "ORG",
            0.9,
            [("U.N.", "ORG")],
        ),
        ("Then EU Climate met.", "EU Climate", "ORG", 0.9, [("EU Climate", "ORG")]),
        ("Then the marines met.", "marines", "ORG", 0.7, []),
        (
            "The Zabrin human rights centre met.",
            "Zabrin human rights centre",
            "ORG",
            0.9,
            [("Zabrin", "ORG")],
        ),
        ("Then B. V. Narasimha Rao met.", "Narasimha Rao", "PER", 0.9, [("B. V. Narasimha Rao", "PER")]),
        ("Then S. Rao met.", "Rao", "PER", 0.9, [("S. Rao", "PER")]),
        ("For the U.N. Rao met.", "Rao", "PER", 0.9, [("Rao", "PER")]),
        ("Then the RMT union met.", "RMT union", "ORG", 0.9, [("RMT", "ORG")]),
        (
            "Then the university of Pittsburgh met.",
            "university of Pittsburgh",
            "ORG",
            0.9,
            [("university of Pittsburgh", "ORG")],
        ),
        ("It was of Siam.", "of Siam", "PLACE", 0.5, [("Siam", "PLACE")]),
        ("Iraq War veterans", "Iraq War", "OTHER", 0.1, [("Iraq War", "OTHER")]),
        ("It was --.", "--", "ORG", 0.9, []),
        ("N" + "o" * 200 + " left.", "N" + "o" * 200, "ORG", 0.99, []),
    ],
)
def test_a_doubtful_name_is_weighed_by_its_own_words(
    text: str, name: str, label: Label, confidence: float, expected: list[tuple[str, str]]
) -> None:
    assert kept(text, name, label, confidence) == expected


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        ("Acme Mining Company paid.", [("Acme Mining", "ORG")], [("Acme Mining Company", "ORG")]),
        ("Helmand Police spoke.", [("Helmand", "PLACE")], [("Helmand Police", "ORG")]),
        ("The Iraq War ended.", [("Iraq", "PLACE")], [("Iraq War", "OTHER")]),
        ("The Labour Party Coalition", [("Labour Party", "ORG")], [("Labour Party", "ORG")]),
        ("IRAQ WAR ENDS", [("IRAQ", "PLACE")], [("IRAQ", "PLACE")]),
        ("Ana Police spoke.", [("Ana", "PER")], [("Ana", "PER")]),
        ("Kenya police spoke.", [("Kenya", "PLACE")], [("Kenya", "PLACE")]),
        ("The Bank of Ghana met.", [("Bank of", "ORG"), ("Ghana", "PLACE")], [("Bank of Ghana", "ORG")]),
        ("Oslo and Lima", [("Oslo", "PLACE"), ("Lima", "PLACE")], [("Oslo", "PLACE"), ("Lima", "PLACE")]),
        (
            "The Girl Guides of the USA met.",
            [("Girl Guides of the", "ORG"), ("USA", "ORG")],
            [("Girl Guides of the USA", "ORG")],
        ),
        (
            "The Front for the Liberation of Po met.",
            [("Front for", "ORG"), ("Liberation of Po", "ORG")],
            [("Front for the Liberation of Po", "ORG")],
        ),
        (
            "A Charity Commission for Kent and Wales met.",
            [("Charity Commission for Kent and", "ORG"), ("Wales", "PLACE")],
            [("Charity Commission for Kent and Wales", "ORG")],
        ),
        (
            "The Principality of Guria fell.",
            [("Principality of", "PLACE"), ("Guria", "PLACE")],
            [("Principality of Guria", "PLACE")],
        ),
        (
            "A Union for Ana Ruiz",
            [("Union for", "ORG"), ("Ana Ruiz", "PER")],
            [("Union", "ORG"), ("Ana Ruiz", "PER")],
        ),
        (
            "A Union for all Peru",
            [("Union for", "ORG"), ("Peru", "PLACE")],
            [("Union", "ORG"), ("Peru", "PLACE")],
        ),
        ("Oslo and Lima", [("Oslo and", "PLACE"), ("Lima", "PLACE")], [("Oslo", "PLACE"), ("Lima", "PLACE")]),
    ],
)
def test_a_name_takes_in_what_it_was_cut_off_from(
    text: str, names: list[tuple[str, Label]], expected: list[tuple[str, str]]
) -> None:
    tagged = [Tagged(text.index(n), text.index(n) + len(n), label, 0.9) for n, label in names]
    found = weighed(text, split(text), tagged)
    assert [(text[one.start : one.end], one.label) for one in found] == expected


def test_a_name_that_no_sentence_holds_is_left_out() -> None:
    text = '<script>var author = "Ana Ruiz";</script><p>Ana Ruiz spoke.</p>'
    tagged = [Tagged(found.start(), found.end(), "PER", 0.99) for found in re.finditer("Ana Ruiz", text)]
    assert [found.start for found in weighed(text, split(text), tagged)] == [text.rindex("Ana Ruiz")]


@pytest.mark.parametrize(
    ("text", "name", "label", "parts", "expected"),
    [
        ("The Atlantic City crash", "Atlantic City", "PLACE", ["Atlantic"], [("Atlantic City", "PLACE")]),
        ("The Rally for Lima met.", "Rally for Lima", "ORG", ["Lima"], [("Rally for Lima", "ORG")]),
        ("The Russian-U.S. talks", "Russian-U.S.", "PLACE", ["Russian", "U.S."], []),
        ("The Atlantic City crash", "Atlantic City", "PLACE", ["Atlantic City"], []),
        ("The Atlantic City crash", "Atlantic City", "PER", ["Atlantic"], []),
        ("The Atlantic City crash", "Atlantic City", "PLACE", ["City crash"], []),
        ("The Atlantic City crash", "Atlantic City", "PLACE", ["The", "crash"], []),
    ],
)
def test_a_name_is_more_likely_than_the_known_one_in_it(
    text: str, name: str, label: Label, parts: list[str], expected: list[tuple[str, str]]
) -> None:
    start = text.index(name)
    tagged = [Tagged(start, start + len(name), label, 0.2)]
    known = [Tagged(text.index(part), text.index(part) + len(part), "PLACE", 1) for part in parts]
    found = weighed(text, split(text), tagged, known)
    assert [(text[one.start : one.end], one.label) for one in found] == expected
