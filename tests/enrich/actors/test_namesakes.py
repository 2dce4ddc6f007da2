"""Two persons of one surname stay two: the surname alone is whose the story says, else of neither."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrich import opinions
from services.enrich.actors.finder import ActorFinder
from services.enrich.actors.keys import Key
from services.enrich.actors.parts import MOST, Parts
from services.enrich.actors.tagger import Tagged
from services.enrich.actors.tokens import of_sentences
from services.enrich.sentences import Span, split
from tests.enrich.known import FINDER, finder_with

JOHN, MARY = "x-john-smith", "x-mary-smith"
BOTH = [JOHN, MARY]


def find(body: str, day: str | None = None, finder: ActorFinder = FINDER) -> list[dict[str, Any]]:
    return finder.find("", body, [], split(body), day=day).actors


def whose(body: str, surname: str, day: str | None = None) -> list[list[str]]:
    """Returns for each surname that stands alone, in order, its actor's id or its candidates."""
    seen = [
        (mention["start"], actor.get("candidates", [actor["id"]]))
        for actor in find(body, day)
        for mention in actor["mentions"]
        if mention["text"] == surname
    ]
    return [ids for _, ids in sorted(seen)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            (
                "John Smith, a farmer from Kansas, met Mary Smith, a teacher from Ohio, "
                "on Monday. Smith said the "
                "harvest was poor. The rain had not come in time. Smith added that prices would rise."
            ),
            [BOTH, BOTH],
        ),
        (
            (
                "John Smith came to the court. Mary Smith said the school was closed. "
                "Smith added that it would "
                "open. Smith said so twice."
            ),
            [[MARY], [MARY]],
        ),
        (
            (
                "John Smith came to the court. The rain had not come. The harvest was poor. The school was "
                "closed. Smith said so. Mary Smith, his wife, wept."
            ),
            [[JOHN]],
        ),
        (
            (
                "John Smith and Mary Smith came to the court. Mrs Smith said the harvest was poor. Mr. Smith "
                "denied it."
            ),
            [[MARY], [JOHN]],
        ),
        (
            (
                "John Smith, a farmer from Kansas, met Mary Smith, a teacher from Ohio. "
                "The farmer Smith spoke. "
                "Smith, the teacher, did not."
            ),
            [[JOHN], [MARY]],
        ),
        (
            (
                "John Smith came with Mary Smith. The Smiths left. The Smith family has a "
                "farm. It is held by a Smith."
            ),
            [],
        ),
        (
            (
                "John Smith came to the court. Mary Smith came to the court. It rained. "
                "It was late. All was dark. "
                "Smith spoke."
            ),
            [BOTH],
        ),
        ("John Smith came to the court. J. Smith is a farmer. Then Smith spoke.", [[JOHN]]),
    ],
)
def test_a_surname_is_whose_the_story_says(body: str, expected: list[list[str]]) -> None:
    assert whose(body, "Smith") == expected


def test_who_speaks_is_no_single_actor_where_the_surname_is_of_two() -> None:
    body = "Peter Otieno and James Otieno ran for the seat in Kisumu. It was late. "
    body += "Otieno said the vote was fair."
    actors = find(body)
    (said,) = opinions.find(body, of_sentences(body, split(body)), actors)
    (speaker,) = [actor for actor in actors if actor["id"] == said["actor"]]
    assert speaker["candidates"] == ["x-peter-otieno", "x-james-otieno"]
    assert (speaker["country"], speaker["sectors"]) == (None, [])


def test_somebody_of_the_catalogue_is_no_likelier_than_a_stranger_unless_in_office() -> None:
    body = "Bill Clinton met John Clinton, a farmer, in Accra. It rained. Clinton said the talks were good."
    assert whose(body, "Clinton", "2025-03-01") == [["bill-clinton", "x-john-clinton"]]
    assert whose(body, "Clinton", "1995-03-01") == [["bill-clinton"]]


def test_candidates_of_the_catalogue_are_told_apart_by_who_was_named_last() -> None:
    body = "Bill Clinton left. Hillary Clinton spoke to reporters. Clinton said the talks were good."
    assert whose(body, "Clinton") == [["hillary-clinton"]]


def test_a_surname_has_one_actor_with_its_particle_and_without() -> None:
    actors = find("Ana van Dyke and Bo van Dyke came. The room was full. Van Dyke said so. Dyke was glad.")
    (unclear,) = [actor for actor in actors if "candidates" in actor]
    assert [mention["text"] for mention in unclear["mentions"]] == ["Van Dyke", "Dyke"]


def test_a_family_of_one_that_is_named_is_nobody() -> None:
    assert [a["name"] for a in find("John Smith came to the court. The Smiths left early.")] == ["John Smith"]


@pytest.mark.parametrize(
    ("one", "two", "count"),
    [
        ("john smith", "mary smith", 2),
        ("john robert smith", "john paul smith", 2),
        ("john smith", "john paul smith", 1),
        ("j smith", "john smith", 1),
        ("mary smith", "speaker smith", 1),
        ("mohammed sisi", "muhammad al sisi", 1),
    ],
)
def test_two_names_that_may_be_one_persons_are_no_rivals(one: str, two: str, count: int) -> None:
    parts = Parts()
    for name in (one, two):
        parts.add(name.split(), Key("PER", name))
    assert len(parts.bearers(one.rsplit(maxsplit=1)[-1])) == count


def test_of_too_many_of_one_surname_none_is_meant() -> None:
    names = [f"{first}{last}" for first in "BCDFGH" for last in ("ana", "elo", "iro", "oto")]
    body = "".join(f"{name} Smith came. " for name in names) + "Smith spoke."

    def tag(text: str, _: Sequence[Span]) -> list[Tagged]:
        found = [(text.find(f"{name} Smith"), len(name) + 6) for name in names]
        return sorted(Tagged(at, at + length, "PER", 0.9) for at, length in found if at >= 0)

    (unclear,) = [actor for actor in find(body, finder=finder_with(tag)) if "candidates" in actor]
    assert len(unclear["candidates"]) == MOST - 1


@given(st.lists(st.sampled_from(("John Smith", "Mary Smith", "Smith", "Mrs Smith", "a farmer")), max_size=8))
def test_full_names_never_share_an_actor(said: list[str]) -> None:
    body = "".join(f"{who} spoke. " for who in said)

    def tag(text: str, _: Sequence[Span]) -> list[Tagged]:
        return [
            Tagged(at, at + 10, "PER", 0.9)
            for name in ("John Smith", "Mary Smith")
            for at in range(len(text))
            if text.startswith(name, at)
        ]

    for actor in find(body, finder=finder_with(tag)):
        full = {mention["text"] for mention in actor["mentions"]} & {"John Smith", "Mary Smith"}
        assert len(full) <= 1
        assert not (full and "candidates" in actor)
