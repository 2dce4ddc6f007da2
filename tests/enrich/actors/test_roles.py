"""Whose an office is, and what somebody does, in the many ways in which a story says so."""

from typing import Any

import pytest

from services.enrich.sentences import split
from tests.enrich.known import FINDER


def found(body: str, name: str) -> dict[str, Any]:
    actors, _, _ = FINDER.find("", body, [], split(body))
    return next(actor for actor in actors if actor["name"] == name)


def codes(body: str, name: str) -> tuple[str | None, list[str]]:
    actor = found(body, name)
    return actor["country"], actor["sectors"]


@pytest.mark.parametrize(
    ("body", "name", "expected"),
    [
        (
            "Tore Lindahl, who teaches at the University of Oslo in Norway, agreed.",
            "Tore Lindahl",
            ("NOR", ["EDU"]),
        ),
        ('"It is late," said coach Uwe Brandt, a German who came in May.', "Uwe Brandt", ("DEU", [])),
        ("Rain fell on Ana Torres, a farmer from a village near Lima.", "Ana Torres", ("PER", ["AGR"])),
        (
            "Kenya waited. Its commander, General Peter Otieno, did not.",
            "Peter Otieno",
            ("KEN", ["MIL"]),
        ),
        (
            "The Quds Force answered. Majid Rahimi, a spokesman, denied it.",
            "Majid Rahimi",
            ("IRN", ["MIL"]),
        ),
        ("Aino Salo, who plays for Finland, scored twice.", "Aino Salo", ("FIN", [])),
        ("Moussa Diop was born in Dakar and sings.", "Moussa Diop", ("SEN", [])),
        (
            "The votes came from the Greens of Canada, whose leader, Naomi White, smiled.",
            "Naomi White",
            ("CAN", ["PTY"]),
        ),
        ("OCHA's coordinator in Bunia, Annika Keller, warned of hunger.", "Annika Keller", (None, ["IGO"])),
        ("The Emir of Kano, Muhammadu Sanusi, led the prayer.", "Muhammadu Sanusi", ("NGA", ["GOV"])),
        (
            "Thailand's prime minister-elect, Kanya Rattanaporn, named a cabinet.",
            "Kanya Rattanaporn",
            ("THA", ["GOV"]),
        ),
        (
            '"It harms nobody," Chinese foreign ministry spokesman Wang Shuo said.',
            "Wang Shuo",
            ("CHN", ["GOV"]),
        ),
        (
            "Sophie Laurent-Dufour, who became chief financial officer in May, left.",
            "Sophie Laurent-Dufour",
            (None, ["BUS"]),
        ),
        ('"No," said Sandra Clegg, general secretary of the RMT union.', "Sandra Clegg", ("GBR", ["LAB"])),
        ("Hernán Rojas, one of Peru's lawmakers, left.", "Hernán Rojas", ("PER", ["LEG"])),
        ("Hernán Rojas, one of her lawyers, left.", "Hernán Rojas", (None, ["JUD"])),
        ("Musa Bello, acting Inspector-General of Police, left.", "Musa Bello", (None, ["COP"])),
        (
            "Tahmina Rahman, the water adviser of the interim government, left.",
            "Tahmina Rahman",
            (None, ["GOV"]),
        ),
        ("Tahmina Rahman, a spokeswoman for the army, left.", "Tahmina Rahman", (None, ["MIL"])),
        ("Morocco's captain, Tarik El Amrani, scored.", "Tarik El Amrani", ("MAR", [])),
        ("Captain Tarik El Amrani fell.", "Tarik El Amrani", (None, ["MIL"])),
        ("Tarik El Amrani, an army captain, fell.", "Tarik El Amrani", (None, ["MIL"])),
        ("A lieutenant identified as Iván Robles fell.", "Iván Robles", (None, ["MIL"])),
        ("A Kenyan farmer named Musa Bello wept.", "Musa Bello", ("KEN", ["AGR"])),
        ("Her Japanese colleague Takeda Haruki laughed.", "Takeda Haruki", ("JPN", [])),
        ("Ana Ruiz, director general of the Zabrin Lubar Club, left.", "Ana Ruiz", (None, [])),
        ("Ana Ruiz, director general of customs, left.", "Ana Ruiz", (None, ["GOV"])),
        ("Kwesi Okai, a retired commodore, left.", "Kwesi Okai", (None, ["ELI"])),
        ("Kwesi Okai, a retired farmer, left.", "Kwesi Okai", (None, ["AGR"])),
        ("Transnistria's leader, Vadim Krasnoselsky, left.", "Vadim Krasnoselsky", ("MDA", ["PRE"])),
        ("Moldova's leader, Vadim Krasnoselsky, left.", "Vadim Krasnoselsky", ("MDA", ["GOV"])),
        ("Former Moldovan leader Vadim Krasnoselsky left.", "Vadim Krasnoselsky", ("MDA", ["ELI"])),
        ("Moldovan union leader Vadim Krasnoselsky left.", "Vadim Krasnoselsky", ("MDA", ["LAB"])),
        ("Aisha Bello, the wife of the former police chief, wept.", "Aisha Bello", (None, [])),
    ],
)
def test_the_words_about_a_person_tell_country_and_sectors(
    body: str, name: str, expected: tuple[str | None, list[str]]
) -> None:
    assert codes(body, name) == expected


@pytest.mark.parametrize(
    ("body", "country", "words"),
    [
        ("Former French minister Ana Ruiz spoke.", "FRA", "Former French minister"),
        ("The ex-Chilean president Ana Ruiz spoke.", "CHL", "ex-Chilean president"),
        ("France's former minister Ana Ruiz spoke.", "FRA", "former minister"),
        ("Ana Ruiz, a former Kenyan senator, spoke.", "KEN", "former Kenyan senator"),
        ("Ana Ruiz, the ex-Kenyan army chief, spoke.", "KEN", "ex-Kenyan army chief"),
        ("Ana Ruiz, Kenya's former army chief, spoke.", "KEN", "former army chief"),
        ("Ana Ruiz, a former head of Mossad, spoke.", "ISR", "former head of Mossad"),
        ("Ana Ruiz, an ex-lawmaker from Ghana, spoke.", "GHA", "ex-lawmaker"),
    ],
)
def test_what_says_that_an_office_is_over_is_evidence_of_the_elite(
    body: str, country: str, words: str
) -> None:
    actor = found(body, "Ana Ruiz")
    assert (actor["country"], actor["sectors"]) == (country, ["ELI"])
    assert [each["text"] for each in actor["evidence"] if each["code"] == "sector"] == [words]


@pytest.mark.parametrize(
    ("body", "name", "role"),
    [
        ("OCHA's coordinator in Bunia, Annika Keller, warned of hunger.", "Annika Keller", "coordinator"),
        ("Thailand's prime minister-elect, Ana Ruiz, left.", "Ana Ruiz", "prime minister-elect"),
        ('"No," said Lars Holm, the Danish group\'s head in Seoul.', "Lars Holm", "head"),
        ("Kwesi Okai, the ranking member on the committee, left.", "Kwesi Okai", "ranking member"),
        ("A cousin of former Prime Minister Ana Ruiz left.", "Ana Ruiz", "former Prime Minister"),
        ("Ana Ruiz, who became chief financial officer in May, left.", "Ana Ruiz", "chief financial officer"),
        ("Chinese foreign ministry spokesman Wang Shuo left.", "Wang Shuo", "foreign ministry spokesman"),
    ],
)
def test_a_role_has_all_its_words_and_no_other(body: str, name: str, role: str) -> None:
    assert found(body, name)["role"] == role


def test_what_somebody_does_is_no_title_but_its_words_are_evidence() -> None:
    actor = found("Tore Lindahl, who teaches at the University of Oslo in Norway, agreed.", "Tore Lindahl")
    assert actor["role"] is None
    assert ("sector", "EDU", "teaches") in [
        (each["code"], each["value"], each["text"]) for each in actor["evidence"]
    ]


def test_who_works_for_a_body_of_all_countries_is_of_none() -> None:
    body = "NAIROBI - Lars Hauge, an epidemiologist with the World Health Organization, sighed. Kenya agreed."
    assert found(body, "Lars Hauge")["country"] is None
    body = "NAIROBI - Lars Hauge, a researcher at Amnesty International, sighed. Kenya agreed."
    assert found(body, "Lars Hauge")["country"] is None


def test_an_owner_far_before_its_is_not_looked_for() -> None:
    body = "Kenya " + "and so on " * 200 + "its commander, General Peter Otieno, left."
    assert found(body, "Peter Otieno")["country"] is None
