"""Capitals in sentences: the place, or the government that acts."""

import pytest

from services.enrich.sentences import split
from tests.enrich.known import FINDER

ACTS = """
[Washington] said it would send more aid.
[Washington] has imposed new tariffs on steel.
[Moscow] will respond to the expulsions.
[Moscow] would not agree to a truce.
[Beijing] has repeatedly warned against the sale.
[Tehran] denied the report.
Talks between [Moscow] and [Kyiv] broke down.
Relations between [Beijing] and [Canberra] have thawed.
The new sanctions against [Tehran] bite.
Britain strengthened its ties with [Riyadh] this year.
He put pressure on [Ankara] over the deal.
The president urged [Tehran] to return to the talks.
Poland accused [Minsk] of sending migrants.
The minister warned [Beijing] against the move.
[Tehran]'s nuclear programme worries its neighbours.
[Moscow]'s invasion changed the continent.
The [Moscow]-backed fighters left the village.
A [Tehran]-backed militia claimed the attack.
The anti-[Moscow] protest drew thousands.
[Washington] and [Beijing] agreed to resume flights.
[Paris] recalled its ambassador.
[Ankara] is considering the offer.
[Kiev] rejected the plan.
The envoy brought a message to [Tehran].
Critics of [Beijing] were jailed.
[Pyongyang] has not responded.
[Khartoum] accused its neighbour of arming the rebels.
[Caracas], which offered its services, was thanked.
One side wanted a deadline, and [Paris] had not.
The deal would let [Ankara] claim a victory.
[Tokyo] has asked to be told of every step.
[Tehran] pulled out of the talks.
[Moscow] has walked away from the grain deal.
[Washington] will not return to the nuclear accord.
[Ankara] left the coalition.
[Beijing] broke off trade talks.
[Cairo] took part in the negotiations.
[Berlin] ruled out a delay.
The minister rejected a truce that [Cairo] had proposed.
[Moscow] "will answer for every child", he said.
It is unclear whether [Delhi] likes the plan.
[Beijing] and [Delhi] trade barbs over a dam.
The vote weakens [Tehran]'s friends.
[Seoul] has vetoed the sale.
[Pyongyang] tested another missile.
[Washington] designated the group a terrorist organization.
[Riyadh] has blocked similar texts before.
[Beijing]'s negotiators declined to comment.
[Berlin], [Paris] and [London] condemned the hanging.
[Tehran] has executed eleven people.
[Beijing]'s drills would not work, he said.
[Jakarta] stepped up pressure on its neighbour.
"""
STANDS = """
In [Berlin], [Paris] and [London] thousands marched.
[Tokyo] was proposed as the venue.
[Kyiv] has been bombed again.
[Paris] "will be hot", he said.
In [Washington], thousands marched.
The ministers met in [Moscow] on Monday.
He flew from [Paris] to [Cairo] overnight.
A bomb went off near [Baghdad].
[Tehran]'s airport was closed.
[Kyiv]'s streets were empty.
She was born in [Nairobi] in 1970.
The [London]-based group counts the dead.
[Athens] was hit by a heatwave.
Residents of [Damascus] queued for bread.
The road to [Kabul] is closed.
[Rome] has a new tram line.
Fighting raged around [Khartoum] for a third day.
Protests spread across [Dhaka] at night.
[Vienna] is a pleasant city.
The summit in [Brussels] ended late.
[Madrid] pulled out of the race.
[Paris] left visitors cold.
[Tehran] woke up to rain.
[London] came to a halt.
[Rome] left, and the talks went on.
[Lima] took part of the blame.
"""


def capitals(line: str) -> tuple[str, list[str]]:
    """Returns a sentence without its brackets, and what stood in them."""
    parts = line.replace("]", "[").split("[")
    return "".join(parts), parts[1::2]


def named(body: str) -> tuple[list[str], list[str]]:
    actors, places, _ = FINDER.find("", body, [], split(body))
    states = [actor for actor in actors if actor["type"] == "state"]
    return tuple([m["text"] for item in kind for m in item["mentions"]] for kind in (states, places))  # type: ignore[return-value]


@pytest.mark.parametrize("line", ACTS.strip().splitlines())
def test_a_capital_that_acts_is_the_government(line: str) -> None:
    body, expected = capitals(line)
    states, places = named(body)
    assert set(expected) <= set(states)
    assert not set(expected) & set(places)


@pytest.mark.parametrize("line", STANDS.strip().splitlines())
def test_a_capital_where_things_happen_is_a_place(line: str) -> None:
    body, expected = capitals(line)
    states, places = named(body)
    assert set(expected) <= set(places)
    assert not set(expected) & set(states)


@pytest.mark.parametrize(
    ("body", "text", "country"),
    [
        ("The Kremlin rejected the claim.", "Kremlin", "RUS"),
        ("Downing Street said no.", "Downing Street", "GBR"),
        ("The Élysée declined to comment.", "Élysée", "FRA"),
        ("A White House spokesman spoke.", "White House", "USA"),
    ],
)
def test_a_seat_is_its_state(body: str, text: str, country: str) -> None:
    actors, _, _ = FINDER.find("", body, [], split(body))
    assert [(a["country"], a["mentions"][0]["text"]) for a in actors if a["type"] == "state"] == [
        (country, text)
    ]


def test_brussels_is_the_union_where_the_story_names_it_and_else_a_place() -> None:
    body = "The European Union met. Brussels said the deal was close."
    actors, places, _ = FINDER.find("", body, [], split(body))
    assert [[m["text"] for m in a["mentions"]] for a in actors] == [["European Union", "Brussels"]]
    assert not places
    actors, places, _ = FINDER.find("", "Brussels said so.", [], split("Brussels said so."))
    assert not actors
    assert [place["name"] for place in places] == ["Brussels"]
    body = "The European Union met in Brussels."
    _, places, _ = FINDER.find("", body, [], split(body))
    assert [(place["name"], place["country"]) for place in places] == [("Brussels", "BEL")]
