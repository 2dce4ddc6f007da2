"""What was learned, and what is set by hand."""

from services.enrich.highlights import entries, weights
from services.enrich.highlights.choice import beside
from services.enrich.sentences import split

BODY = (
    "OSLO - The council said on Monday that it would close the old bridge, which was built in 1931. "
    '"I will miss it," said Kari Lie, 71, who lives beside it? '
    "He was one of 30 people (all old) there: sad! "
    "The bridge has cracks -- but a new one will be built -- after engineers found them in May; "
    "many who live in the town of Moss were surprised, and the mayor was in Rome. "
    "Short one. "
    "It was closed, leaving one road open to the people of the island, who had no ferry in the winter."
)


def test_every_weight_belongs_to_a_feature_that_exists() -> None:
    read = entries.read(BODY, "A bridge is closed", split(BODY))
    known = {name for each in read for name in each.features}
    known |= set(beside(read[0], [read[-1]])) | set(beside(read[0], [read[-1], read[-2]]))
    known |= {
        f"cut_{kind}" for kind in ("relative", "adverbial", "coordinate", "participle", "dash", "semicolon")
    }
    assert set(weights.load()) <= known


def test_a_start_that_leans_on_what_stood_before_is_never_liked() -> None:
    shipped = weights.load()
    assert all(shipped[name] <= bound < 0 for name, bound in weights.AT_MOST.items())
    assert weights.settled({"pronoun_first": 3.0})["pronoun_first"] == weights.AT_MOST["pronoun_first"]
    assert weights.settled({"pronoun_first": -3.0})["pronoun_first"] == -3.0


def test_the_title_is_weighed_by_hand() -> None:
    assert weights.load()["title"] == weights.HAND_SET["title"] > 0
