"""Whole stories of our own writing: who acts in them, by what names, and what is a place."""

import re
from typing import Any

import pytest

from services.enrich.actors.tagger import Label, Tagged
from services.enrich.sentences import Span, split
from tests.enrich.known import CATALOGUE, FINDER, finder_with


def find(body: str, title: str = "") -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    actors, places, _ = FINDER.find(title, body, split(title), split(body))
    for mention in [m for item in [*actors, *places] for m in item["mentions"]]:
        field = {"title": title, "body": body}[mention["field"]]
        assert field[mention["start"] : mention["end"]] == mention["text"]
    assert len({actor["id"] for actor in actors}) == len(actors)
    return {actor["name"]: actor for actor in actors}, {place["name"]: place for place in places}


def texts(item: dict[str, Any], field: str = "body") -> list[str]:
    return [mention["text"] for mention in item["mentions"] if mention["field"] == field]


STORIES = {
    "kenya": (
        "Kenyan president names envoy to Sudan talks",
        (
            "NAIROBI - President William Ruto on Monday named retired diplomat Grace Wanjiku Mwangi "
            "as his envoy to the Sudan talks in Addis Ababa. Mwangi, 58, said she would meet the "
            "Rapid Support Forces (RSF) and the army. The RSF did not comment. The African Union "
            "welcomed the move."
        ),
        {
            "William Ruto": ("person", "KEN"),
            "Grace Wanjiku Mwangi": ("person", None),
            "Rapid Support Forces": ("armed_group", "SDN"),
            "African Union": ("intergovernmental", None),
            "Kenya": ("state", "KEN"),
            "Sudan": ("state", "SDN"),
        },
        {"Addis Ababa", "Nairobi"},
    ),
    "andes": (
        "Quito orders curfew after port attack",
        (
            "Ecuador's interior minister, Rosa Cevallos, ordered a curfew in Guayaquil after gunmen "
            "attacked the port. Cevallos told reporters that Colombian police had offered help. The "
            "Organization of American States (OAS) called for calm, and the OAS will send observers."
        ),
        {
            "Rosa Cevallos": ("person", "ECU"),
            "Ecuador": ("state", "ECU"),
            "Colombia": ("state", "COL"),
            "Organization of American States": ("intergovernmental", None),
        },
        {"Guayaquil"},
    ),
    "baltic": (
        "Latvia and Estonia open joint cyber centre",
        (
            "Latvian Defence Minister Andris Kalnins and his Estonian counterpart opened a centre in "
            "Riga on Tuesday. NATO officials attended. Kalnins said the centre would share data with "
            "the Baltic Cyber Institute."
        ),
        {
            "Andris Kalnins": ("person", "LVA"),
            "Latvia": ("state", "LVA"),
            "Estonia": ("state", "EST"),
            "NATO": ("intergovernmental", None),
            "Baltic Cyber Institute": ("organization", None),
        },
        {"Riga"},
    ),
    "delta": (
        "Court frees union leader in Dhaka",
        (
            "A court in Dhaka freed union leader Shahida Rahman on bail on Thursday. The Bangladesh "
            "Garment Workers Union (BGWU) said her arrest had been illegal. BGWU lawyer Karim "
            "Chowdhury said Rahman would appeal. Human Rights Watch had urged the government to "
            "release her."
        ),
        {
            "Shahida Rahman": ("person", "BGD"),
            "Bangladesh Garment Workers Union": ("organization", "BGD"),
            "Karim Chowdhury": ("person", "BGD"),
            "Human Rights Watch": ("organization", "USA"),
        },
        {"Dhaka"},
    ),
    "pacific": (
        "",
        (
            "Japanese Prime Minister Kenta Mori met Australian Foreign Minister Helen Sharpe in "
            "Canberra. Both warned China over the South China Sea. Beijing rejected the criticism. "
            "Mori's plane left for Tokyo at 6 p.m."
        ),
        {
            "Kenta Mori": ("person", "JPN"),
            "Helen Sharpe": ("person", "AUS"),
            "Japan": ("state", "JPN"),
            "Australia": ("state", "AUS"),
            "China": ("state", "CHN"),
        },
        {"Canberra", "South China Sea", "Tokyo"},
    ),
    "levant": (
        "Hezbollah fires rockets as Israeli army strikes",
        (
            "Hezbollah fired rockets at the Galilee after the Israel Defense Forces (IDF) struck "
            "Sidon. The IDF said two of its soldiers had been hurt. UNIFIL urged both sides to hold "
            "fire. Lebanese officials condemned the strike, and the White House called for restraint."
        ),
        {
            "Hezbollah": ("armed_group", "LBN"),
            "Israel Defense Forces": ("organization", "ISR"),
            "UNIFIL": ("intergovernmental", None),
            "Lebanon": ("state", "LBN"),
            "United States": ("state", "USA"),
            "Israel": ("state", "ISR"),
        },
        {"Galilee", "Sidon"},
    ),
    "carpathia": (
        "Bank buys rival",
        (
            "Carpatia Holdings SA will buy its rival Dunav Bank, its chief executive, Mihai Popescu, "
            "said. Popescu added that the European Central Bank had approved the deal. Shares of "
            "Carpatia Holdings rose 4.5 percent."
        ),
        {
            "Carpatia Holdings SA": ("organization", None),
            "Dunav Bank": ("organization", None),
            "Mihai Popescu": ("person", None),
            "European Central Bank": ("intergovernmental", None),
        },
        set(),
    ),
    "sahel": (
        "Mali junta and JNIM trade blame",
        (
            "Malian forces and fighters of Jama'at Nusrat al-Islam wal-Muslimin blamed each other for "
            'a raid near Mopti. "They came at night," said Amadou Diallo, a teacher. Tuareg leaders '
            "fled. Malians are tired of the war, Diallo said."
        ),
        {
            "JNIM": ("armed_group", "MLI"),
            "Mali": ("state", "MLI"),
            "Amadou Diallo": ("person", "MLI"),
            "Tuaregs": ("people", None),
            "Malians": ("people", "MLI"),
        },
        {"Mopti"},
    ),
    "isthmus": (
        "Canal talks stall",
        (
            'Talks between the United States and Panama stalled on Friday. "We will not sign," said '
            "Panamanian lawmaker Jose Luis Batista. U.S. Secretary of State Marco Rubio flew home, "
            "the State Department said. Rubio will return in May."
        ),
        {
            "United States": ("state", "USA"),
            "Panama": ("state", "PAN"),
            "Jose Luis Batista": ("person", "PAN"),
            "Marco Rubio": ("person", "USA"),
            "State Department": ("organization", "USA"),
        },
        set(),
    ),
}


@pytest.mark.parametrize("name", STORIES)
def test_the_actors_and_places_of_a_story_are_found(name: str) -> None:
    title, body, expected, places = STORIES[name]
    actors, found_places = find(body, title)
    assert {who: (a["type"], a["country"]) for who, a in actors.items()} == expected
    assert set(found_places) == places


def test_a_title_is_kept_as_role_and_no_part_of_the_mention() -> None:
    actors, _ = find("Zambian Deputy Finance Minister Chola Mwansa resigned. Gen. Peter Banda replaced him.")
    minister = actors["Chola Mwansa"]
    assert (minister["role"], minister["country"], minister["sectors"]) == (
        "Deputy Finance Minister",
        "ZMB",
        ["GOV"],
    )
    assert minister["resolved_by"] == "role"
    assert (actors["Peter Banda"]["role"], actors["Peter Banda"]["sectors"]) == ("Gen.", ["MIL"])


@pytest.mark.parametrize(
    ("body", "role", "country", "sectors"),
    [
        ("Ana Torres, a spokeswoman for Hamas, spoke.", "spokeswoman", "PSE", ["REB"]),
        ("Ana Torres, the Chilean defence minister, spoke.", "defence minister", "CHL", ["GOV"]),
        ("Ana Torres, who is Peru's chief prosecutor, spoke.", "chief prosecutor", "PER", ["JUD"]),
        ("Ana Torres, an economist at the World Bank, spoke.", "economist", None, ["IGO"]),
        ("Ana Torres, a spokeswoman for the group, spoke.", "spokeswoman", None, []),
        ("Hamas leader Ana Torres spoke.", "leader", "PSE", ["REB"]),
        ("Turkey's foreign minister, Ana Torres, spoke.", "foreign minister", "TUR", ["GOV"]),
        ("Iraqi Shiite cleric Ana Torres spoke.", "cleric", "IRQ", ["REL"]),
        ("U.S. Secretary of State Ana Torres spoke.", "Secretary of State", "USA", ["GOV"]),
        ("U.N. Secretary-General Ana Torres spoke.", "Secretary-General", None, ["IGO"]),
        ("As Iraqi leaders met, Prime Minister Ana Torres spoke.", "Prime Minister", "IRQ", ["GOV"]),
        ("As Iraqi leaders met, singer Ana Torres spoke.", "singer", None, []),
        ("Mrs. Ana Torres spoke.", None, None, []),
        ("Ana Torres, tired of it all, spoke.", None, None, []),
        ("Ana Torres, in Lima, spoke.", None, None, []),
        ("Ana Torres said so.", None, None, []),
    ],
)
def test_the_role_of_a_person_gives_country_and_sector(
    body: str, role: str | None, country: str | None, sectors: list[str]
) -> None:
    actors, _ = find(body)
    person = actors["Ana Torres"]
    assert (person["role"], person["country"], person["sectors"]) == (role, country, sectors)


@pytest.mark.parametrize(
    ("body", "role", "country", "sectors", "how"),
    [
        ("Ana Torres, a midwife from Caracas, spoke.", "midwife", "VEN", ["MED"], "apposition"),
        (
            "Ana Torres, 58, a cocoa farmer, spoke.",
            "cocoa farmer",
            None,
            ["AGR"],
            "apposition",
        ),
        ("Ana Torres, a commander of the Quds Force, spoke.", "commander", "IRN", ["MIL"], "apposition"),
        ("Ana Torres of Hamas spoke.", None, "PSE", ["REB"], "apposition"),
        ("Former Chilean minister Ana Torres spoke.", "minister", "CHL", ["ELI"], "role"),
        ("Chilean former minister Ana Torres spoke.", "former minister", "CHL", ["ELI"], "role"),
        ("Kenyan midwife Ana Torres spoke.", "midwife", "KEN", ["MED"], "role"),
        ("Ana Torres, President Joe Biden and others spoke.", None, None, [], "model"),
        ("Datu Ana Torres, chairman of Hamas, spoke.", "chairman", "PSE", ["REB"], "apposition"),
    ],
)
def test_occupations_and_affiliations_give_codes(
    body: str, role: str | None, country: str | None, sectors: list[str], how: str
) -> None:
    person = find(body)[0]["Ana Torres"]
    assert (person["role"], person["country"], person["sectors"], person["resolved_by"]) == (
        role,
        country,
        sectors,
        how,
    )


def test_each_code_that_words_gave_has_them_as_evidence() -> None:
    actors, _ = find("Iraqi Prime Minister Ana Torres met Joao Silva, a commander of the Quds Force.")
    told = {
        name: [(e["code"], e["value"], e["text"]) for e in a.get("evidence", [])]
        for name, a in actors.items()
    }
    assert told["Ana Torres"] == [
        ("role", "Prime Minister", "Prime Minister"),
        ("country", "IRQ", "Iraqi"),
        ("sector", "GOV", "Prime Minister"),
    ]
    assert told["Joao Silva"] == [
        ("role", "commander", "commander"),
        ("country", "IRN", "Quds Force"),
        ("sector", "MIL", "commander"),
    ]
    assert told["Iraq"] == []


def test_a_body_lends_its_codes_to_whoever_works_for_it() -> None:
    body = "The Lima Dockers Union met in Peru. Ana Torres, a spokeswoman for the Lima Dockers Union, spoke."
    actors, _ = find(body)
    assert (actors["Ana Torres"]["sectors"], actors["Ana Torres"]["country"]) == (["LAB"], "PER")
    told = [(item["code"], item["text"]) for item in actors["Ana Torres"]["evidence"]]
    assert ("sector", "Lima Dockers Union") in told


def test_the_people_that_somebody_is_of_tells_the_country() -> None:
    coach = find("It rained. Ana Torres, a German who came in May, spoke to Peru and Chile.")[0]["Ana Torres"]
    assert (coach["role"], coach["country"], coach["resolved_by"]) == (None, "DEU", "apposition")


def test_a_title_at_the_front_of_a_found_name_is_its_role() -> None:
    def tagger(text: str, sentences: object) -> list[Tagged]:
        del sentences
        return [Tagged(0, 21, "PER", 0.9)] if text else []

    body = "Father Boutros Khoury spoke."
    (priest,), _, _ = finder_with(tagger).find("", body, [], [Span(0, len(body))])
    assert (priest["name"], priest["role"], priest["sectors"]) == ("Boutros Khoury", "Father", ["REL"])


def test_a_description_tells_what_a_body_is() -> None:
    actors, _ = find("Fighters of the Saraya Board, a militia, met the Blue Lagoon Group, an aid agency.")
    assert (actors["Saraya Board"]["type"], actors["Saraya Board"]["sectors"]) == ("armed_group", ["REB"])
    assert actors["Blue Lagoon Group"]["sectors"] == ["NGO"]
    assert actors["Blue Lagoon Group"]["resolved_by"] == "apposition"
    assert find("He left the power company Blue Group.")[0]["Blue Group"]["sectors"] == ["BUS"]
    assert [e["text"] for e in actors["Blue Lagoon Group"]["evidence"]] == ["aid agency"]


def test_a_known_person_keeps_the_role_of_the_story() -> None:
    actors, _ = find("French President Emmanuel Macron spoke. Macron left.")
    assert actors["Emmanuel Macron"]["role"] == "President"
    assert texts(actors["Emmanuel Macron"]) == ["Emmanuel Macron", "Macron"]
    assert actors["Emmanuel Macron"]["resolved_by"] == "catalogue"


@pytest.mark.parametrize(
    "spelling",
    [
        "Kata'ib Hezbollah",
        "Kata\u2019ib Hezbollah",
        "Kata\u02bfib Hezbollah",
        "Kataib Hezbollah",
        "KATAIB HEZBOLLAH",
    ],
)
def test_apostrophes_of_any_kind_name_the_same_group(spelling: str) -> None:
    actors, _ = find(f"Fighters of {spelling} (KH) left. KH said so.")
    assert texts(actors["Kata'ib Hezbollah"]) == [spelling, "KH", "KH"]


@pytest.mark.parametrize(
    "name", ["Abdel Fattah el-Sisi", "Abdel Fattah al-Sisi", "Recep Tayyip Erdo\u011fan"]
)
def test_articles_and_accents_do_not_hide_a_person(name: str) -> None:
    actors, _ = find(f"He met {name} twice.")
    assert [actor["resolved_by"] for actor in actors.values()] == ["catalogue"]


def test_an_ambiguous_acronym_needs_its_name_in_the_story() -> None:
    assert "Kata'ib Hezbollah" not in find("The KH label sold the song to listeners.")[0]
    actors, _ = find("KH spoke. Later Kata'ib Hezbollah left.")
    assert texts(actors["Kata'ib Hezbollah"]) == ["KH", "Kata'ib Hezbollah"]


def test_an_introduced_acronym_names_its_body_from_then_on() -> None:
    actors, _ = find(
        "The Coastal Fisheries Board (CFB) met. A CFB engineer left, and the CFB's chair stayed."
    )
    assert texts(actors["Coastal Fisheries Board"]) == ["Coastal Fisheries Board", "CFB", "CFB", "CFB"]
    assert actors["Coastal Fisheries Board"]["aliases"] == ["CFB"]


def test_a_name_in_parentheses_after_its_acronym_is_joined_too() -> None:
    actors, _ = find("The RHA (Rural Housing Agency) told reporters so.")
    assert texts(actors["Rural Housing Agency"]) == ["RHA", "Rural Housing Agency"]


def test_a_known_acronym_tells_who_an_unknown_spelling_is() -> None:
    actors, _ = find("The Nuclear Atom Agency (IAEA) met. The IAEA left.")
    assert list(actors) == ["International Atomic Energy Agency"]


def test_names_inside_longer_names_do_not_count() -> None:
    actors, places = find(
        "The Bank of Ghana met ministers. The Iraq War ended. ISIS in Iraq fell. Baghdad University opened."
    )
    assert texts(actors["Iraq"]) == ["Iraq"]
    assert "Ghana" not in actors
    assert actors["Bank of Ghana"]["country"] == "GHA"
    assert actors["Baghdad University"]["country"] == "IRQ"
    assert not places


def test_a_ministry_after_its_state_is_a_name_of_its_own() -> None:
    actors, _ = find("The Afghan Defense Ministry said so.")
    ministry = actors["Afghan Defence Ministry"]
    assert (ministry["id"], ministry["country"]) == ("afghanistan-defence-ministry", "AFG")
    assert texts(ministry) == ["Defense Ministry"]
    assert texts(actors["Afghanistan"]) == ["Afghan"]


@pytest.mark.parametrize(
    ("body", "name", "mentions"),
    [
        ("The Iraqi government fell.", "Iraq", ["Iraqi"]),
        ("Iraqi and Syrian troops met.", "Iraq", ["Iraqi"]),
        ("Two Iraqi-made rifles were found.", "Iraq", ["Iraqi"]),
        ("The minister is Iraqi.", "Iraq", ["Iraqi"]),
        ("Many Iraqis fled.", "Iraqis", ["Iraqis"]),
        ("The Iraqi said no.", "Iraqis", ["Iraqi"]),
        ("An Iraqi's car was found.", "Iraqis", ["Iraqi"]),
        ("Kurdish fighters left.", "Kurds", ["Kurdish"]),
        ("The Palestinians left.", "Palestinians", ["Palestinians"]),
    ],
)
def test_a_nationality_names_the_state_or_its_people(body: str, name: str, mentions: list[str]) -> None:
    assert texts(find(body)[0][name]) == mentions


def test_a_language_is_no_state() -> None:
    assert find("She speaks French.") == ({}, {})


def test_a_capital_is_a_place_until_it_acts() -> None:
    actors, places = find("Talks in Paris went on. Moscow warned of delays.")
    assert list(actors) == ["Russia"]
    assert list(places) == ["Paris"]
    assert places["Paris"]["country"] == "FRA"


def test_one_place_has_one_name() -> None:
    _, places = find("Kiev is old. Kyiv is new. In Zhovti Vody, Ukraine, rain fell. It hit Zhovti Vody.")
    assert texts(places["Kyiv"]) == ["Kiev", "Kyiv"]
    assert texts(places["Zhovti Vody"]) == ["Zhovti Vody", "Zhovti Vody"]
    assert places["Zhovti Vody"]["country"] == "UKR"


def test_persons_are_never_places() -> None:
    actors, places = find("Paris Newell met Jordan Ames. Christopher Hill stayed. Chelsea Manly said no.")
    assert set(actors) == {"Paris Newell", "Jordan Ames", "Christopher Hill", "Chelsea Manly"}
    assert not places


def test_words_that_begin_sentences_and_titles_alone_name_nobody() -> None:
    body = "Analyst perspectives differ. Reports say so. The Prime Minister left. They met on Monday in May."
    assert find(body) == ({}, {})


def test_a_surname_follows_the_first_full_name_only() -> None:
    actors, _ = find("Sokolova waited. Irina Sokolova spoke. Then Sokolova's car came.")
    assert texts(actors["Irina Sokolova"]) == ["Sokolova", "Irina Sokolova", "Sokolova"]


def test_another_person_of_a_known_surname_is_not_the_known_one() -> None:
    actors, _ = find("Jenna Trump sang. She is no kin of the president.")
    assert list(actors) == ["Jenna Trump"]
    assert actors["Jenna Trump"]["resolved_by"] == "model"


def test_two_known_persons_of_one_surname_need_a_full_name() -> None:
    unclear = find("They met Clinton.")[0]["Clinton"]
    assert (unclear["id"], unclear["type"], unclear["country"]) == ("x-clinton", "person", None)
    assert set(unclear["candidates"]) == {"bill-clinton", "hillary-clinton"}
    assert list(find("Hillary Clinton spoke. Clinton left.")[0]) == ["Hillary Clinton"]


def test_armed_groups_and_bodies_are_told_apart_by_rule() -> None:
    actors, _ = find(
        "The Green Valley Brigades attacked trucks of the Acme Mining Company, the River Police said."
    )
    assert actors["Green Valley Brigades"]["type"] == "armed_group"
    assert actors["Acme Mining Company"]["sectors"] == ["BUS"]
    assert actors["River Police"]["sectors"] == ["COP"]


@pytest.mark.parametrize(
    ("title", "names"),
    [
        ("WHO WARNS: US AND IRAN RISK WAR", ["Iran", "United States"]),
        ("Iran Says Talks With World Bank Are Over", ["Iran", "World Bank"]),
        ("iran says no", []),
        ("", []),
        ("\u0625\u064a\u0631\u0627\u0646 \u062a\u0631\u0641\u0636 \U0001f600", []),
        ("<b>Iran</b>&nbsp;says", ["Iran"]),
    ],
)
def test_headlines_of_any_kind_are_read(title: str, names: list[str]) -> None:
    assert sorted(find("It rained.", title)[0]) == names


def test_the_actor_of_the_headline_is_the_most_salient() -> None:
    actors, _ = find("Chad spoke. Chad left. Mali stayed.", "Mali wins")
    assert actors["Mali"]["salience"] > actors["Chad"]["salience"]
    assert list(actors) == ["Mali", "Chad"]


def test_who_speaks_is_more_salient_than_who_is_spoken_of() -> None:
    actors, _ = find("Peru heard of Chile. It rained. Mali said so, and then Chad.")
    assert actors["Mali"]["salience"] - actors["Chad"]["salience"] > 0.1


def test_another_tagger_can_stand_in() -> None:
    def tagger(text: str, sentences: object) -> list[Tagged]:
        del sentences
        at = text.find("zorblaxians")
        return [Tagged(at, at + 11, "NORP", 0.7)] if at >= 0 else []

    body = "the zorblaxians met Iran"
    actors, _, _ = finder_with(tagger).find("", body, [], [Span(0, len(body))])
    assert {(a["id"], a["type"], a["confidence"]) for a in actors} == {
        ("iran", "state", 0.92),
        ("x-zorblaxians", "people", 0.661),
    }


def test_two_found_actors_of_one_slug_have_ids_of_their_own() -> None:
    def tagger(text: str, sentences: object) -> list[Tagged]:
        del sentences
        return [Tagged(0, 7, "PER", 0.7), Tagged(19, 22, "ORG", 0.95)] if text else []

    actors, _, _ = finder_with(tagger).find("", "Ken Foo met Kenyan Foo", [], [Span(0, 22)])
    assert [actor["id"] for actor in actors] == ["x-ken-foo", "kenya", "x-ken-foo-2"]


@pytest.mark.parametrize(
    ("start", "end", "names"),
    [
        (4, 13, ["Iran", "World Bank"]),  # crosses the catalogue's name: the catalogue wins
        (0, 13, ["Iran", "World Bank"]),  # holds one and crosses the other
        (5, 15, ["Iran", "World Bank"]),  # the same span
        (6, 11, ["Iran", "World Bank"]),  # inside it
        (0, 15, ["Iran World Bank"]),  # holds both
    ],
)
def test_the_longer_name_wins_and_else_the_catalogue(start: int, end: int, names: list[str]) -> None:
    def tagger(text: str, sentences: object) -> list[Tagged]:
        del sentences
        return [Tagged(start, end, "ORG", 0.7)] if text else []

    actors, _, _ = finder_with(tagger).find("", "Iran World Bank", [], [Span(0, 15)])
    assert sorted(actor["name"] for actor in actors) == names


def test_a_country_of_a_known_city_is_the_owners() -> None:
    actors, _ = find("Osaka mayor Kenta Mori spoke. Ana Ruiz, the head of the Fish Office in Lima, wept.")
    assert actors["Kenta Mori"]["role"] == "mayor"
    assert actors["Ana Ruiz"]["role"] == "head"


@pytest.mark.no_cover
def test_every_name_of_the_catalogue_names_its_entry() -> None:
    """By name, alias or acronym; one that others share at least as a candidate."""
    finder = finder_with(lambda _text, _sentences: [])  # what the catalogue finds by itself
    lost = []
    for entry in CATALOGUE.entries:
        for name in (entry.name, *entry.aliases, *entry.acronyms):
            body = f"Yesterday {name} was named in it."
            actors = finder.find("", body, [], [Span(0, len(body))]).actors
            named = {actor["id"] for actor in actors} | {
                id_ for actor in actors for id_ in actor.get("candidates", ())
            }
            if entry.id not in named:
                lost.append((entry.id, name, named))
    assert lost == []


@pytest.mark.parametrize(
    ("body", "name", "label", "confidence", "names"),
    [
        (
            "The Italian Republican Party met.",
            "Italian Republican Party",
            "ORG",
            0.9,
            ["Italian Republican Party"],
        ),
        ("The Iranian Quds Force met.", "Iranian Quds Force", "ORG", 0.9, ["Iran", "Quds Force"]),
        ("The Mali junta met.", "Mali junta", "PLACE", 0.9, ["Mali"]),
        ("Then Jordan sang.", "Jordan", "PER", 0.99, ["Jordan"]),
        ("Sudan: The Quds Force met.", "The Quds Force", "ORG", 0.9, ["Quds Force", "Sudan"]),
        ("Nestlé SA paid.", "Nestlé SA", "ORG", 0.9, ["Nestle"]),
        ("The UN's Office met.", "UN's Office", "ORG", 0.9, ["Office", "United Nations"]),
        ("They left the Netherlands.", "Netherlands", "PLACE", 0.9, ["Netherlands"]),
        ("She met Pope Francis.", "Pope Francis", "PER", 0.9, ["Pope Francis"]),
        ("The Independent Polls Body met.", "Independent Polls Body", "ORG", 0.9, ["Independent Polls Body"]),
        ("Pope Francis Fund met.", "Francis Fund", "ORG", 0.9, ["Pope Francis"]),
    ],
)
def test_the_catalogue_and_the_tagger_settle_who_is_named(
    body: str, name: str, label: Label, confidence: float, names: list[str]
) -> None:
    def tagger(text: str, sentences: object) -> list[Tagged]:
        del sentences
        at = text.find(name)
        return [Tagged(at, at + len(name), label, confidence)] if text else []

    actors, _, _ = finder_with(tagger).find("", body, [], split(body))
    assert sorted(actor["name"] for actor in actors) == names
    assert {actor["type"] for actor in actors if label == "PER"} <= {"person"}


@pytest.mark.parametrize(
    ("second", "alone", "label", "confidence", "mentions"),
    [
        ("Holland said no.", "Holland", "PER", 0.4, ["Paul Holland", "Holland"]),
        ("She flew to Holland.", "Holland", "PER", 0.4, ["Paul Holland"]),
        ("Holland said no.", "Holland", "PLACE", 0.4, ["Paul Holland"]),
        ("Jordan said no.", "Jordan", "PER", 0.4, ["Paul Holland"]),
        ("Later Austin smiled.", "Austin", "PLACE", 0.6, ["Jack Austin", "Austin"]),
        ("Later Austin smiled.", "Austin", "PLACE", 0.95, ["Jack Austin"]),
        ("She lives in Austin.", "Austin", "PLACE", 0.6, ["Jack Austin"]),
    ],
)
def test_the_surname_of_a_person_is_no_land_and_no_city(
    second: str, alone: str, label: Label, confidence: float, mentions: list[str]
) -> None:
    full = "Jack Austin" if alone == "Austin" else "Paul Holland"
    body = f"{full} came. {second}"

    def tagger(text: str, sentences: object) -> list[Tagged]:
        del sentences
        at = text.rfind(alone)
        whole = Tagged(0, len(full), "PER", 0.95)
        return [whole, Tagged(at, at + len(alone), label, confidence)] if text else []

    actors, _, _ = finder_with(tagger).find("", body, [], split(body))
    assert {actor["name"]: texts(actor) for actor in actors}[full] == mentions


def test_a_surname_with_its_particle_and_a_family_name_that_comes_first_are_followed() -> None:
    actors, _ = find("Pieter van Wyk left. Van Wyk said no. Zhou Minghai came. Zhou said yes.")
    assert texts(actors["Pieter van Wyk"]) == ["Pieter van Wyk", "Van Wyk"]
    assert texts(actors["Zhou Minghai"]) == ["Zhou Minghai", "Zhou"]


def test_a_first_name_that_two_persons_have_names_neither() -> None:
    actors, _ = find("Ruth Otieno met Ruth Wanjiru. Ruth laughed.")
    assert texts(actors["Ruth Otieno"]) == ["Ruth Otieno"]
    assert texts(actors["Ruth Wanjiru"]) == ["Ruth Wanjiru"]


def test_an_apposition_makes_a_body_of_what_looks_like_a_person() -> None:
    actors, _ = find("Gunmen of Saraya al-Shimal, a militia that was founded in May, fled.")
    assert actors["Saraya al-Shimal"]["type"] == "armed_group"


def test_a_short_form_may_be_introduced_by_words() -> None:
    actors, _ = find("The Department of Agrarian Reform, usually called DAR, waited. DAR has land.")
    assert texts(actors["Department of Agrarian Reform"]) == ["Department of Agrarian Reform", "DAR", "DAR"]


@pytest.mark.parametrize(
    ("body", "alone", "label", "confidence", "type_"),
    [
        ("Ilinca Voicu came. Voicu spoke.", "Voicu", "ORG", 0.7, None),
        ("Ilinca Voicu came. Voicu spoke.", "Voicu", "ORG", 0.95, "organization"),
        ("Ilinca Voicu came. Tarnis said no.", "Tarnis", "PLACE", 0.7, "organization"),
        ("Ilinca Voicu came. She told Tarnis so.", "Tarnis", "PLACE", 0.7, "organization"),
        ("Ilinca Voicu came. It was Tarnis.", "Tarnis", "PLACE", 0.7, "place"),
        ("Ilinca Voicu came. Tarnis said no.", "Tarnis", "PLACE", 0.95, "place"),
        ("Ilinca Voicu came. Rika, the confederation of miners, left.", "Rika", "PLACE", 0.7, "organization"),
    ],
)
def test_surnames_and_places_that_speak_are_no_bodies_and_no_places(
    body: str, alone: str, label: Label, confidence: float, type_: str | None
) -> None:
    def tagger(text: str, sentences: object) -> list[Tagged]:
        del sentences
        at = text.rfind(alone)
        other = Tagged(at, at + len(alone), label, confidence)
        return [Tagged(0, 12, "PER", 0.95), other] if text else []

    actors, places, _ = finder_with(tagger).find("", body, [], split(body))
    types = {thing["name"]: thing.get("type", "place") for thing in [*actors, *places]}
    assert types.get(alone) == type_
    assert types["Ilinca Voicu"] == "person"


@pytest.mark.parametrize(
    ("body", "found", "name", "mention", "role"),
    [
        ("She met Pope Francis there.", "Francis", "Pope Francis", "Francis", "Pope"),
        ("She met Pope Francis there.", "Pope Francis", "Pope Francis", "Pope Francis", None),
        ("She met Sheikh Hasina there.", "Sheikh Hasina", "Sheikh Hasina", "Sheikh Hasina", None),
        ("She met Juan Manuel Santos there.", "Santos", "Juan Manuel Santos", "Juan Manuel Santos", None),
    ],
)
def test_the_title_of_a_known_person_is_the_role_where_the_tagger_leaves_it_out(
    body: str, found: str, name: str, mention: str, role: str | None
) -> None:
    def tagger(text: str, sentences: object) -> list[Tagged]:
        del sentences
        at = text.find(found)
        return [Tagged(at, at + len(found), "PER", 0.9)] if text else []

    actors, _, _ = finder_with(tagger).find("", body, [], split(body))
    assert [(a["name"], texts(a), a["role"]) for a in actors] == [(name, [mention], role)]


def test_a_repeated_title_before_a_name_is_no_mention() -> None:
    body = "The Speaker rose. Later Speaker Ana Ruiz left, and the Speaker with her."

    def tagger(text: str, sentences: object) -> list[Tagged]:
        del sentences
        return [Tagged(4, 11, "PER", 0.5), Tagged(32, 40, "PER", 0.9)] if text else []

    actors, _, _ = finder_with(tagger).find("", body, [], split(body))
    mentions = [(m["start"], m["text"]) for a in actors for m in a["mentions"] if m.get("kind") != "nominal"]
    assert sorted(mentions) == [(4, "Speaker"), (32, "Ana Ruiz"), (55, "Speaker")]


@pytest.mark.parametrize(
    ("body", "ids"),
    [
        (
            "The Emir of Kano, Muhammadu Sanusi, prayed. Then the Emir left, and the Emir wept.",
            ["x-muhammadu-sanusi"],
        ),
        (
            "The Emir of Kano, Musa Bello, met the Emir of Katsina, Umar Sanusi. Then the Emir left.",
            ["x-emir", "x-musa-bello", "x-umar-sanusi"],
        ),
    ],
)
def test_an_office_alone_is_whoever_holds_it_if_one_does(body: str, ids: list[str]) -> None:
    def tagger(text: str, sentences: object) -> list[Tagged]:
        del sentences
        names = re.finditer(r"Muhammadu Sanusi|Musa Bello|Umar Sanusi|Emir(?! of)", text)
        return [Tagged(name.start(), name.end(), "PER", 0.9) for name in names]

    actors = finder_with(tagger).find("", body, [], split(body)).actors
    assert sorted(actor["id"] for actor in actors) == ids


@pytest.mark.parametrize(
    ("body", "sectors"),
    [
        ("The opposition Zabrin left.", ["PTY"]),
        ("The ruling Zabrin left.", ["PTY"]),
        ("The quiet Zabrin left.", []),
    ],
)
def test_what_is_in_opposition_or_rules_is_a_party(body: str, sectors: list[str]) -> None:
    at = body.index("Zabrin")
    finder = finder_with(lambda text, _: [Tagged(at, at + 6, "ORG", 0.9)] if text else [])
    (actor,) = finder.find("", body, [], split(body)).actors
    assert actor["sectors"] == sectors
    assert [each["text"] for each in actor.get("evidence", ())] == body.split()[1:2] * len(sectors)


def test_a_known_person_is_named_without_a_title() -> None:
    actors, _ = find("The office of Grand Ayatollah Ali al-Sistani kept silent.")
    sistani = actors["Ali al-Sistani"]
    assert (texts(sistani), sistani["role"]) == (["Ali al-Sistani"], "Grand Ayatollah")


def test_a_member_of_parliament_is_no_parliament() -> None:
    actors, _ = find("She is the Member of Parliament (MP) for Leeds. An MP waited.")
    assert "MP" not in [text for actor in actors.values() for text in texts(actor)]
    actors, _ = find("The Market Party (MP) of Peru met. The MP waited.")
    assert texts(actors["Market Party"]) == ["Market Party", "MP", "MP"]


def test_a_company_is_nobody_of_its_name() -> None:
    body = "Ken Voicu came. Voicu Corp paid."

    def tagger(text: str, sentences: object) -> list[Tagged]:
        del sentences
        return [Tagged(0, 9, "PER", 0.95), Tagged(16, 26, "ORG", 0.8)] if text else []

    actors, _, _ = finder_with(tagger).find("", body, [], split(body))
    assert {a["name"]: a["type"] for a in actors} == {"Ken Voicu": "person", "Voicu Corp": "organization"}


@pytest.mark.parametrize(
    ("body", "places"),
    [
        ("A SWAT team came.", []),
        ("A SWAT.", []),
        ("They fled from Swat.", ["Swat Valley"]),
        ("GAZA - The army left.", ["Gaza"]),
        ("KHAN YOUNIS, GAZA: The army left.", ["Gaza"]),
        ("HE WAS IN GAZA", ["Gaza"]),
        ('He said: "Nice work!"', []),
        ("... Nice work!", []),
        ("He was in “Nice” again.", []),
        ("He left Nice, he said.", ["Nice"]),
    ],
)
def test_capitals_that_say_nothing_make_no_place(body: str, places: list[str]) -> None:
    found = finder_with(lambda _text, _sentences: []).find("", body, [], split(body)).places
    assert [place["name"] for place in found if place["name"] != "Khan Younis"] == places


def test_what_is_short_for_two_words_and_a_camera_are_nobody() -> None:
    finder = finder_with(lambda _text, _sentences: [])
    body = "By that measure: She'll win. It was in CCTV footage."
    assert finder.find("", body, [], split(body)).actors == []
    body = "China Central Television (CCTV) left. She likes McDonald's."
    found = {actor["id"]: texts(actor) for actor in finder.find("", body, [], split(body)).actors}
    assert found == {"cctv": ["China Central Television", "CCTV"], "mcdonalds": ["McDonald's"]}


@pytest.mark.parametrize("words", ["African-Americans", "African Americans", "African-American men"])
def test_a_people_of_two_words_is_one(words: str) -> None:
    finder = finder_with(lambda _text, _sentences: [])
    body = f"They saw {words} there."
    found = finder.find("", body, [], split(body)).actors
    assert [(actor["id"], actor["type"]) for actor in found] == [("african-americans", "people")]
