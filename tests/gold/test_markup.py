"""The markup: what it says, and how it refuses what it cannot read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.gold.markup import FREE, GoldError, Highlight, Mention, Opinion, read

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="[]{}|^"), min_size=1).filter(
    lambda text: text == text.strip()
)


def test_a_mention_is_its_words_where_they_stand() -> None:
    marked = read("body", "The [[Riksbank|bank]] rose. [[The bank|bank|nominal]] fell.")
    assert marked.text == "The Riksbank rose. The bank fell."
    assert marked.mentions == [
        Mention("body", 4, 12, "Riksbank", "bank"),
        Mention("body", 19, 27, "The bank", "bank", "nominal"),
    ]


def test_marks_nest() -> None:
    marked = read("body", "^^1|{{We want [[Rome|rome]],|mayor|direct|said}} he said.^^")
    assert marked.text == "We want Rome, he said."
    assert marked.mentions == [Mention("body", 8, 12, "Rome", "rome")]
    assert marked.opinions == [Opinion(((0, 13),), "mayor", "direct", "said")]
    assert marked.highlights == [Highlight(0, 22, 1)]


def test_nobody_and_no_cue_are_dashes() -> None:
    assert read("body", "{{It rains|-|indirect|-}}.").opinions == [Opinion(((0, 8),), None, "indirect", None)]


def test_a_quotation_that_goes_on_after_its_attribution_is_one_statement() -> None:
    marked = read("body", '"{{Go,|a|direct|said|1}}" she said. "{{Now.|a|direct|said|1}}"')
    assert marked.opinions == [Opinion(((1, 4), (17, 21)), "a", "direct", "said")]


def test_parts_of_one_sentence_are_one_statement() -> None:
    marked = read("body", "{{It rains|a|indirect|said}}, he said, {{and pours|a|indirect|said}}.")
    assert [opinion.parts for opinion in marked.opinions] == [((0, 8), (19, 28))]


@pytest.mark.parametrize(
    "source",
    [
        "{{It rains|a|indirect|said}}, he said. {{It pours|a|indirect|said}}.",
        "{{It rains|a|indirect|said}}, he said, {{it pours|b|indirect|said}}.",
        "{{It rains|a|indirect|said}}, he said, {{it pours|a|direct|said}}.",
    ],
)
def test_other_sentences_speakers_or_kinds_are_other_statements(source: str) -> None:
    assert len(read("body", source).opinions) == 2


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("[[Rome|rome", "'[[' belongs to no markup"),
        ("Rome|rome]]", "'|' belongs to no markup"),
        ("Rome]]", "']]' belongs to no markup"),
        ("[[Rome]]", "'[[' belongs to no markup"),
        ("[[Rome |rome]]", "begins or ends with white space"),
        ("[[Rome|rome|city]]", "'city' is no kind of mention"),
        ("{{It rains", "{{ is never closed"),
        ("It rains|a|direct|said}}", "{{ is closed where nothing is open"),
        ("{{It rains}}", "'}}' belongs to no markup"),
        ("{{It rains|a|loud|said}}", "'loud' is no kind of opinion"),
        ("{{|a|direct|said}}", "is empty"),
        ("^^1|It rains", "^^ is never closed"),
        ("It rains^^", "^^ is closed where nothing is open"),
        ("^^1|{{It rains^^|a|direct|said}}", "^^ is closed inside {{"),
        ("^^1|It rains. ^^", "begins or ends with white space"),
        ("{{Go|a|direct|said|1}} {{on|b|direct|said|1}}", "statement 1 has two speakers or kinds"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(source: str, message: str) -> None:
    with pytest.raises(GoldError) as caught:
        read("body", f"One line.\n{source}", "rain.txt", 7)
    assert str(caught.value).startswith("rain.txt:8: ")
    assert message in str(caught.value)


@pytest.mark.parametrize("source", ["{{It rains|a|direct|said}}", "^^1|It rains^^"])
def test_a_title_holds_only_mentions(source: str) -> None:
    with pytest.raises(GoldError, match="a title holds no"):
        read("title", source)


@given(st.lists(st.tuples(WORDS, st.booleans()), max_size=8))
def test_offsets_are_true_for_any_text(pieces: list[tuple[str, bool]]) -> None:
    source = " ".join(f"[[{words}|{FREE}]]" if is_mention else words for words, is_mention in pieces)
    marked = read("body", source)
    assert marked.text == " ".join(words for words, _ in pieces)
    assert [mention.text for mention in marked.mentions] == [words for words, marks in pieces if marks]
    for mention in marked.mentions:
        assert marked.text[mention.start : mention.end] == mention.text
