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
        ("they met angela merkel", "angela merkel", "PER", 0.9, [("angela merkel", "PER")]),
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
