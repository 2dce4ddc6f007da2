"""One highlight after the other: within the words, each with something new."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrich.highlights.choice import MAX_WORDS, beside, open_to, pick, same, score, weigh
from services.enrich.highlights.entries import Entry

WORDS = ("water", "tax", "farmer", "road", "delta", "dam", "fish", "mill")


def entry(sentence: int, words: str, size: int = 10, **features: float) -> Entry:
    bag = frozenset(words.split())
    return Entry(
        sentence * 100,
        sentence * 100 + 50,
        sentence,
        size,
        bag,
        frozenset(),
        {"words": size / 25, **features},
        dict.fromkeys(WORDS, 1.0),
    )


def test_the_best_by_weight_comes_first() -> None:
    entries = [
        entry(0, "water tax", good=0.1),
        entry(1, "dam fish", good=0.9),
        entry(2, "road mill", good=0.5),
    ]
    assert pick(entries, {"good": 1.0}, 3) == [1, 2, 0]
    assert pick(entries, {"good": -1.0}, 2) == [0, 2]


def test_of_equals_the_earlier_is_taken() -> None:
    assert pick([entry(0, "water"), entry(1, "dam"), entry(2, "mill")], {}, 2) == [0, 1]


def test_a_clause_and_its_sentence_are_never_both_taken() -> None:
    assert pick([entry(0, "water tax farmer"), entry(0, "dam")], {}, 2) == [0]


def test_what_says_the_same_is_not_taken() -> None:
    entries = [entry(0, "water tax farmer road"), entry(1, "water tax farmer"), entry(2, "water dam fish")]
    assert pick(entries, {}, 3) == [0, 2]


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("water tax farmer road", "water tax farmer dam", True),
        ("water tax farmer", "water tax dam", False),
        ("water", "water tax farmer road delta", True),
        ("", "water", False),
        ("", "", False),
    ],
)
def test_most_words_of_the_shorter_make_two_the_same(one: str, other: str, is_same: bool) -> None:
    assert same(entry(0, one), entry(1, other)) is is_same
    assert same(entry(1, other), entry(0, one)) is is_same


def test_what_does_not_fit_is_passed_over() -> None:
    entries = [entry(0, "water", 60), entry(1, "dam", 40), entry(2, "mill", 15)]
    assert pick(entries, {}, 3) == [0, 2]


def test_a_story_of_one_endless_sentence_still_has_a_highlight() -> None:
    assert pick([entry(0, "water", 400), entry(1, "dam", 300)], {}, 3) == [0]


def test_what_is_taken_already_comes_first() -> None:
    entries = [entry(0, "water"), entry(1, "dam"), entry(2, "mill")]
    assert pick(entries, {}, 2, taken=[2]) == [2, 0]


def test_weights_see_what_was_chosen_before() -> None:
    first = entry(2, "water tax", 25)
    told = beside(entry(1, "water dam fish mill", 25, place=0.5), [first])
    assert told["covered"] == 0.25
    assert told["precedes"] == 1
    assert told["follows"] == 0
    assert told["second_place"] == 0.5
    assert told["words_so_far"] == 0.5
    assert told["second_fresh"] == 3 / 20
    assert beside(entry(3, "dam"), [first])["follows"] == 1
    third = beside(entry(3, "dam tax mill"), [first, entry(0, "mill")])
    assert "third_place" in third
    assert third["third_fresh"] == 1 / 20
    assert "second_fresh" not in third
    assert score(entry(3, "dam"), [first], {"follows": 2.0, "words": 1.0}) == pytest.approx(2.4)


def test_a_feature_without_a_weight_counts_nothing() -> None:
    assert weigh({"known": 2.0, "new": 9.0}, {"known": 1.5}) == 3.0


entries_of_any_kind = st.lists(
    st.builds(
        lambda place, bag, size, good: entry(place, " ".join(bag), size, good=good),
        st.integers(0, 9),
        st.sets(st.sampled_from(WORDS), max_size=4),
        st.integers(1, 90),
        st.floats(-5, 5),
    ),
    max_size=12,
)


@given(entries_of_any_kind, st.integers(1, 5))
def test_any_choice_keeps_the_rules(entries: list[Entry], count: int) -> None:
    picked = [entries[at] for at in pick(entries, {"good": 1.0, "covered": -1.0}, count)]
    assert len(picked) <= count
    assert bool(picked) == bool(entries)
    assert sum(each.size for each in picked) <= max(MAX_WORDS, picked[0].size if picked else 0)
    assert not any(same(one, other) for at, one in enumerate(picked) for other in picked[:at])
    assert len(picked) == count or not open_to(entries, picked)
