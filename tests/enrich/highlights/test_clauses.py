"""Where a long sentence may end early, and where it may not."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrich.highlights.clauses import LONG, cuts, is_balanced


def heads(text: str) -> list[str]:
    return [text[:end] for end, _ in cuts(text, 0, len(text))]


@pytest.mark.parametrize(
    ("kind", "head", "tail"),
    [
        (
            "relative",
            "The court freed the former minister of transport",
            ", who had spent two years in prison.",
        ),
        (
            "adverbial",
            "The city closed four of its bridges on Monday",
            " after engineers found cracks in one.",
        ),
        (
            "adverbial",
            "The airline cancelled its flights to the coast",
            ", as the wind rose to its highest yet.",
        ),
        (
            "coordinate",
            "The union called off its strike at the port",
            ", and the ships were unloaded in a day.",
        ),
        ("coordinate", "The union called off its strike at the port", ", but many drivers stayed at home."),
        (
            "participle",
            "The river flooded the lower half of the town",
            ", leaving many families without a roof.",
        ),
        ("adverbial", "The city closed four of its bridges on Monday", ", shortly after it found a crack."),
        ("dash", "The museum has bought back the stolen painting", " -- the third such purchase since 2019."),
        (
            "semicolon",
            "The parliament passed the water tax on Friday",
            "; farmers have blocked the main road.",
        ),
    ],
)
def test_a_main_clause_is_offered_without_what_trails_it(kind: str, head: str, tail: str) -> None:
    head = f"In the capital, late in the evening of that day, {head[0].lower()}{head[1:]}"
    text = head + tail
    assert (len(head), kind) in list(cuts(text, 0, len(text)))


@pytest.mark.parametrize(
    ("why", "text"),
    [
        ("short", "The city closed four of its bridges on Monday after engineers found cracks."),
        (
            "the tail says who says so",
            "The city will close four of its bridges on Monday, as one of them has cracks, a man told us.",
        ),
        (
            "the sentence goes on after the clause",
            "The top court freed the former minister, who had spent two years in jail, on Monday in Lyon.",
        ),
        (
            "what would be left only looks like a verb",
            "The Moss-owned ferries of three isles, including some of the new ones from the old town of Bo.",
        ),
        (
            "the examples stand in the middle",
            "The groups that were in town, including one from the island, began to talk on a day in May.",
        ),
        (
            "a list goes on",
            "In May it damaged some nine hundred homes in the town, and all of the mills in the valley.",
        ),
        (
            "no verb is left",
            "The former minister of transport and of public works, who spent two years in a jail for it.",
        ),
        (
            "an opening clause has not reached its subject",
            "When the engineers of the city had found the cracks in it, as they tested it, nobody was told.",
        ),
        (
            "a quote stays open",
            'He said "the bridges have had cracks since they were new, but the town has no money for it".',
        ),
        (
            "but answers what is not only so",
            "The talks of the two might not only prevent a war in the spring but could lead to a peace.",
        ),
        (
            "the verb of its last clause says what happens next",
            "The city has passed a long set of rules for its bridges that govern when they may be closed.",
        ),
        (
            "it would end in a word that leads on",
            "The three of them have met in the old palace and after they had dined the talks were to go on.",
        ),
    ],
)
def test_a_sentence_is_not_cut_where(why: str, text: str) -> None:
    assert heads(text) == []
    assert (len(text.split()) < LONG) is (why == "short")


@pytest.mark.parametrize(
    ("text", "balanced"),
    [
        ("plain", True),
        ('"closed"', True),
        ('"open', False),
        ("\u201cclosed\u201d", True),
        ("\u201copen", False),
        ("\u2018closed\u2019", True),
        ("\u2018open", False),
        ("the ministers\u2019 house", True),
        ("'closed' here", True),
        ("'open here", False),
        ("it's the ministers' house", True),
        ("(closed)", True),
        ("(open", False),
    ],
)
def test_quotation_marks_and_parentheses_must_be_closed(text: str, balanced: bool) -> None:
    assert is_balanced(text) is balanced


PARTS = ("was", "after", ", who", ";", " -- ", '"', "city", "(", "and the", ", but")


@given(st.lists(st.sampled_from(PARTS), max_size=60))
def test_any_clause_is_a_true_and_shorter_part(parts: list[str]) -> None:
    text = " ".join(parts)
    found = list(cuts(text, 0, len(text)))
    assert found == list(cuts(text, 0, len(text)))
    assert len(found) <= 4
    assert all(0 < end < len(text) and is_balanced(text[:end]) for end, _ in found)


@pytest.mark.parametrize("unit", ["; ", ", and ", " -- ", " ", ", who was ", "after ", "'", "word was, but "])
def test_a_sentence_of_one_thing_over_and_over_costs_little(unit: str) -> None:
    text = (unit * 1500)[:1500]
    began = time.process_time()
    list(cuts(text, 0, len(text)))
    assert time.process_time() - began < 0.5
