"""The scorer, on a story small enough to count by hand."""

from typing import Any

import pytest

from tests.gold.gold import GoldStory, parse
from tests.gold.scoring.counts import Count, Tally
from tests.gold.scoring.story import score

SOURCE = """\
# [[Mali|mali]] votes
region: Africa
beat: elections
style: wire

actors:
  mali = Mali; state; MLI; - (GOV)
  keita = Awa Keita; person; MLI; GOV LEG/PTY (ELI); former *mayor* of Ségou
  front = Front Uni; armed_group/organization; MLI/-; REB
places:
  segou = Ségou; MLI
---
^^1|[[Mali|mali]] voted on Sunday for its [[Sunday Cup|~]].^^ ^^2|Queues were long in [[Ségou|segou]].^^

^^3|"{{It was calm,|keita|direct|said|1}}" said [[Awa Keita|keita]], former mayor of [[Ségou|segou]]. \
"{{We are proud of that.|keita|direct|said|1}}"^^ [[The mayor|keita|nominal]] left. \
[[Front Uni|front]] did not come, and {{it had no reason to come|-|indirect|officials say}}, officials say.
"""

Thing = dict[str, Any]


@pytest.fixture(scope="module")
def story() -> GoldStory:
    return parse(SOURCE, "mali")


class Found:
    """Builds an enrichment from words of the story: everything right, until a test changes it."""

    def __init__(self, story: GoldStory) -> None:
        self._story = story
        self.mali = self.actor(
            "mali", "state", ["GOV"], [self.mention("Mali", field="title"), self.mention("Mali")]
        )
        keita = [self.mention("Awa Keita"), self.mention("The mayor", kind="nominal")]
        self.keita = self.actor("keita", "person", ["GOV", "PTY"], keita, role="former mayor")
        self.front = self.actor("front", "organization", ["REB"], [self.mention("Front Uni")])
        self.segou = {
            "name": "Ségou", "country": "MLI",
            "mentions": [self.mention("Ségou"), self.mention("Ségou", after="mayor of")],
        }  # fmt: skip
        self.calm = self.opinion("It was calm,", "keita", "direct", "said")
        self.proud = self.opinion("We are proud of that.", "keita", "direct", "said")
        self.reason = self.opinion("it had no reason to come", None, "indirect", "officials say")
        self.actors = [self.mali, self.keita, self.front]
        self.places = [self.segou]
        self.opinions = [self.calm, self.proud, self.reason]
        self.highlights = [
            self.span("Mali voted on Sunday for its Sunday Cup."),
            self.span("Queues were long in Ségou."),
        ]

    def span(self, words: str, *, field: str = "body", after: str = "") -> Thing:
        text = self._story.field(field)
        start = text.index(words, text.index(after))
        return {"start": start, "end": start + len(words), "text": words}

    def mention(self, words: str, *, field: str = "body", after: str = "", kind: str = "name") -> Thing:
        return {"field": field, "kind": kind, **self.span(words, field=field, after=after)}

    def opinion(self, words: str, actor: str | None, kind: str, cue: str | None) -> Thing:
        return {"actor": actor, "kind": kind, "cue": cue, **self.span(words)}

    @staticmethod
    def actor(
        key: str, kind: str, sectors: list[str], mentions: list[Thing], role: str | None = None
    ) -> Thing:
        return {
            "id": f"name:{key}", "name": key, "type": kind, "country": "MLI", "sectors": sectors,
            "role": role, "confidence": 0.9, "mentions": mentions,
        }  # fmt: skip

    def score(self) -> Tally:
        found = {
            "actors": [{**actor} for actor in self.actors],
            "places": self.places,
            "opinions": [
                {**opinion, "actor": f"name:{opinion['actor']}" if opinion["actor"] else None}
                for opinion in self.opinions
            ],
            "highlights": self.highlights,
        }
        return score(self._story, found)


@pytest.fixture
def found(story: GoldStory) -> Found:
    return Found(story)


def test_what_is_all_right_is_100(found: Found) -> None:
    tally = found.score()
    assert not tally.errors
    assert {name: count.f1 for name, count in tally.counts.items() if count.f1 != 100} == {}
    assert tally.counts["mentions all"] == Count(6, 6, 6)
    assert tally.counts["opinions"] == Count(2, 2, 2)
    assert set(tally.sure) == {(0.9, True)}


def test_a_mention_of_another_class_is_wrong_at_its_confidence(found: Found) -> None:
    found.keita["type"], found.keita["confidence"] = "organization", 0.6
    assert {right for sure, right in found.score().sure if sure == 0.6} == {False}


def test_nothing_found_is_all_missed(story: GoldStory) -> None:
    tally = score(story, {"actors": [], "places": [], "opinions": [], "highlights": []})
    assert {count.hit for count in tally.counts.values()} == {0}
    assert tally.counts["mentions all"] == Count(0, 0, 6)
    assert tally.counts["actors"] == Count(0, 0, 3)
    assert tally.counts["countries"] == Count(0, 3, 3)
    assert tally.counts["opinions"] == Count(0, 0, 2)


def test_a_wrong_boundary_is_a_miss_and_a_false_find_of_the_right_actor(found: Found) -> None:
    found.keita["mentions"][0] = found.mention("said Awa Keita")
    tally = found.score()
    assert tally.counts["mentions PER"] == Count(0, 1, 1)
    assert tally.counts["actors"] == Count(3, 3, 3)
    assert [kind for kind, _ in tally.errors] == ["missed person", "false person"]
    assert "«said Awa Keita»" in tally.errors[1][1]


def test_a_wrong_type_of_the_right_class_costs_only_the_type(found: Found) -> None:
    found.mali["type"] = "people"
    tally = found.score()
    assert tally.counts["mentions GEO"] == Count(4, 4, 4)
    assert tally.counts["type state"] == Count(0, 0, 2)
    assert tally.counts["type people"] == Count(0, 2, 0)
    assert tally.counts["actor types"] == Count(2, 3, 3)


def test_any_of_several_types_is_right(found: Found) -> None:
    found.front["type"] = "armed_group"
    assert found.score().counts["type armed_group"] == Count(1, 1, 1)


def test_what_is_free_is_neither_asked_for_nor_punished(found: Found) -> None:
    found.actors.append(found.actor("cup", "organization", [], [found.mention("Sunday Cup")]))
    assert not found.score().errors


def test_a_false_actor_is_found_too_many(found: Found) -> None:
    found.actors.append(found.actor("queues", "person", [], [found.mention("Queues")]))
    tally = found.score()
    assert tally.counts["actors"] == Count(3, 4, 3)
    assert ("false actor", "person «queues»") in tally.errors


def test_an_actor_in_two_is_split(found: Found) -> None:
    found.actors[0] = {**found.mali, "mentions": found.mali["mentions"][:1]}
    found.actors.append({**found.mali, "id": "name:again", "mentions": found.mali["mentions"][1:]})
    tally = found.score()
    assert tally.counts["actors unsplit"] == Count(2, 3, 3)
    assert tally.counts["actors"] == Count(3, 4, 3)
    assert [kind for kind, _ in tally.errors] == ["split actor"]


def test_two_actors_in_one_are_merged(found: Found) -> None:
    found.mali["mentions"] += found.front["mentions"]
    found.actors.remove(found.front)
    tally = found.score()
    assert tally.counts["actors unmerged"] == Count(1, 2, 2)
    assert tally.counts["actors"] == Count(2, 2, 3)
    assert ("merged actor", "«mali» holds «Mali», «Front Uni»") in tally.errors


@pytest.mark.parametrize(
    ("sectors", "expected"),
    [
        (["GOV", "LEG"], Count(2, 2, 2)),
        (["LEG", "PTY"], Count(1, 1, 2)),
        (["ELI"], Count(0, 0, 2)),
        (["GOV", "MIL"], Count(1, 2, 2)),
        (["UNK"], Count(0, 0, 2)),
    ],
)
def test_sectors_are_asked_for_allowed_or_false(found: Found, sectors: list[str], expected: Count) -> None:
    found.keita["sectors"] = sectors
    found.front["sectors"] = []
    counts = found.score().counts["sectors"]
    assert counts == expected + Count(0, 0, 1)


@pytest.mark.parametrize(
    ("role", "right"),
    [
        ("former mayor of Ségou", 1),
        ("Mayor", 1),
        ("the former mayor", 1),
        ("former", 0),
        ("town mayor", 0),
        (None, 0),
    ],
)
def test_a_role_holds_the_core_and_lies_in_the_whole(found: Found, role: str | None, right: int) -> None:
    found.keita["role"] = role
    assert found.score().counts["roles"] == Count(right, int(role is not None), 1)


def test_country_and_place_are_told_when_wrong(found: Found) -> None:
    found.keita["country"], found.front["country"], found.segou["country"] = None, None, "NER"
    tally = found.score()
    assert tally.counts["countries"] == Count(2, 3, 3)
    assert tally.counts["place countries"] == Count(0, 1, 1)
    assert ("place country", "«Ségou» MLI, found NER") in tally.errors


def test_a_description_of_another_actor_is_false(found: Found) -> None:
    found.mali["mentions"].append(found.keita["mentions"].pop())
    assert found.score().counts["nominal mentions"] == Count(0, 1, 1)


def test_one_span_with_the_attribution_inside_counts_like_its_parts(found: Found) -> None:
    whole = found.opinion(
        'It was calm," said Awa Keita, former mayor of Ségou. "We are proud of that.',
        "keita",
        "direct",
        "said",
    )
    found.opinions = [whole, found.reason]
    assert found.score().counts["opinions"] == Count(2, 2, 2)


def test_half_a_statement_is_none(found: Found) -> None:
    found.opinions = [found.calm, found.reason]
    tally = found.score()
    assert tally.counts["opinions"] == Count(1, 2, 2)
    assert [kind for kind, _ in tally.errors] == ["missed opinion", "false opinion"]


@pytest.mark.parametrize("actor", ["mali", "front", None])
def test_a_statement_of_another_speaker_is_found_and_its_speaker_is_not(
    found: Found, actor: str | None
) -> None:
    found.calm["actor"] = found.proud["actor"] = actor
    tally = found.score()
    assert tally.counts["opinions"] == Count(2, 2, 2)
    assert tally.counts["opinion speakers"] == Count(1, 2, 2)


def test_that_is_no_part_of_a_cue_and_its_case_does_not_count(found: Found) -> None:
    found.reason["cue"], found.calm["cue"], found.proud["cue"] = "Officials say that", None, None
    assert found.score().counts["opinion cues"] == Count(1, 2, 2)


def test_a_highlight_within_an_acceptable_sentence_is_acceptable(found: Found) -> None:
    found.highlights = [found.span("Queues were long"), found.span("The mayor left.")]
    tally = found.score()
    assert tally.counts["highlights acceptable"] == Count(1, 2, 2)
    assert tally.counts["best highlight"] == Count(0, 1, 1)
    assert [kind for kind, _ in tally.errors] == ["highlight"]
