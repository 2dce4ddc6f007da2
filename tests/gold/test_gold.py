"""The loader: what it reads from a file, what it refuses; and what the committed stories must have."""

from collections import Counter
from pathlib import Path

import pytest

from tests.gold.gold import GoldStory, load, parse
from tests.gold.head import Place, Role
from tests.gold.markup import GoldError

STORY = """\
# [[Mali|mali]] votes
region: Africa
beat: elections
style: wire

actors:
  mali = Mali; state; MLI; - (GOV)
  keita = Awa Keita; person; MLI/-; GOV LEG/PTY (ELI); former *mayor* of Ségou; *mayor*
places:
  segou = Ségou; MLI
---
^^1|[[Mali|mali]] voted on Sunday.^^ ^^2|Queues were long in [[Ségou|segou]].^^

^^3|{{It was calm|keita|indirect|said}}, said former mayor [[Awa Keita|keita]].^^ [[Keita|keita]] voted early.

She is the former mayor of [[Ségou|segou]].
"""


def changed(old: str, new: str) -> str:
    assert STORY.count(old) >= 1, "the test changes nothing"
    return STORY.replace(old, new, 1)


@pytest.fixture(scope="module")
def stories() -> list[GoldStory]:
    return load()


def test_a_story_is_read_whole() -> None:
    story = parse(STORY, "mali")
    assert (story.slug, story.title, story.facts["beat"]) == ("mali", "Mali votes", "elections")
    assert story.body.startswith("Mali voted on Sunday. Queues were long in Ségou.\n\nIt was calm, said")
    keita = story.actors["keita"]
    assert (keita.name, keita.types, keita.countries) == ("Awa Keita", ("person",), ("MLI", None))
    assert keita.sectors == (frozenset({"GOV"}), frozenset({"LEG", "PTY"}))
    assert keita.allowed_sectors == {"ELI"}
    assert keita.roles == (Role("former mayor of Ségou", "mayor"), Role("mayor", "mayor"))
    assert story.places == {"segou": Place("segou", "Ségou", ("MLI",))}
    assert [highlight.rank for highlight in story.highlights] == [1, 2, 3]
    for mention in story.mentions:
        assert story.field(mention.field)[mention.start : mention.end] == mention.text


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        (changed("\n---\n", "\n"), 1, "no line of three dashes"),
        (changed("# ", ""), 1, "the first line is the title"),
        (changed("beat: elections\n", ""), 1, "the head does not say: beat"),
        (changed("beat: elections", "mood: calm"), 3, "cannot be read: 'mood: calm'"),
        (changed("  segou = Ségou; MLI", "  segou: Ségou"), 10, "cannot be read"),
        (changed("  segou = Ségou; MLI", "  mali = Ségou; MLI"), 10, "the key 'mali' is taken by line 7"),
        (changed("Ségou; MLI", "Ségou"), 10, "a place reads NAME; COUNTRY"),
        (changed("Mali; state; MLI; - (GOV)", "Mali; state"), 7, "an actor reads NAME; TYPE"),
        (changed("Mali; state;", "Mali; country;"), 7, "no type of actor: country"),
        (changed("state; MLI;", "state; Mali;"), 7, "'Mali' is no country code"),
        (changed("- (GOV)", "- (GOVT)"), 7, "sectors cannot be read"),
        (changed("- (GOV)", "- (GOV"), 7, "sectors cannot be read"),
        (changed("[[Keita|keita]]", "[[Keita|kieta]]"), 14, "nothing in the head has the key 'kieta'"),
        (changed("{{It was calm|keita|", "{{It was calm|segou|"), 14, "the speaker 'segou' is no actor"),
        (changed("[[Ségou|segou]].", "[[Ségou|segou|nominal]]."), 12, "'segou' has no nominal mentions"),
        (
            changed("places:", "  wade = Oumar; person; MLI; GOV\nplaces:"),
            9,
            "'wade' is never mentioned by name",
        ),
        (changed("[[Keita|keita]] voted", "[[Keita|keita]] and Mali voted"), 14, "'Mali' stands unmarked"),
        (changed("*mayor*\n", "*mayor*; *governor*\n"), 8, "the story does not write 'governor'"),
        (changed("^^3|", "^^4|"), 12, "highlights are ranked [1, 2, 4]"),
        (changed("[[Keita|keita]]", "[[Keita|keita"), 14, "'[[' belongs to no markup"),
    ],
)
def test_what_is_wrong_is_refused_with_its_line(source: str, line: int, message: str) -> None:
    with pytest.raises(GoldError) as caught:
        parse(source, "mali")
    assert str(caught.value).startswith(f"mali.txt:{line}: ")
    assert message in str(caught.value)


def test_a_description_is_marked_everywhere_whatever_its_case() -> None:
    source = changed("[[Keita|keita]] voted", "[[The mayor|keita|nominal]] and the mayor voted")
    with pytest.raises(GoldError, match="'The mayor' stands unmarked"):
        parse(source, "mali")


def test_words_that_only_look_like_a_mention_are_marked_as_none() -> None:
    story = parse(changed("[[Keita|keita]] voted", "[[Keita|keita]] and [[Mali|!]] voted"), "mali")
    assert sum(mention.text == "Mali" for mention in story.mentions) == 2


def test_the_first_wrong_story_of_a_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(STORY, encoding="utf-8")
    (tmp_path / "b.txt").write_text("# Nothing\n", encoding="utf-8")
    with pytest.raises(GoldError, match=r"^b\.txt:1: "):
        load(tmp_path)


def test_the_gold_is_large_and_varied(stories: list[GoldStory]) -> None:
    assert len(stories) >= 40
    assert sum("hard" in story.facts for story in stories) >= 10
    assert {len(story.body.split()) // 100 for story in stories} <= {3, 4}, "300 to 500 words each"
    for fact, least in (("region", 12), ("beat", 15), ("style", 8)):
        assert len({story.facts[fact] for story in stories}) >= least, fact


def test_the_gold_has_enough_of_everything_to_tell_a_point(stories: list[GoldStory]) -> None:
    kinds = Counter(mention.kind for story in stories for mention in story.mentions)
    types = Counter(actor.types[0] for story in stories for actor in story.actors.values())
    assert kinds["name"] >= 900
    assert kinds["nominal"] >= 80
    assert set(types) == {"person", "organization", "armed_group", "intergovernmental", "state", "people"}
    assert sum(len(story.opinions) for story in stories) >= 300
