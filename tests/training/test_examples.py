"""Windows with a label for every piece."""

from services.enrich.actors.labels import LABELS
from services.enrich.actors.pieces import Cutter
from training.corpora import SOURCES, Document, Sentence
from training.examples import UNKNOWN, allowed, windows

WORDS = ["kim", "jong", "##un", "-", "un", "met", "?", "[CLS]", "[SEP]", "[UNK]"]
CUT = Cutter({word: number for number, word in enumerate(WORDS)})
SENTENCE = Sentence(["Kim", "Jong-un", "met", "?"], ["B-PER", "I-PER", "O", "?"])


def test_the_words_of_a_token_go_on_its_name() -> None:
    (window,) = windows(CUT, Document("gum", "d", [SENTENCE]), 64)
    told = ["?" if label == UNKNOWN else LABELS[label] for label in window.labels.tolist()]
    assert [WORDS[number] for number in window.ids.tolist()] == [
        "[CLS]",
        "kim",
        "jong",
        "-",
        "un",
        "met",
        "?",
        "[SEP]",
    ]
    assert told == ["?", "B-PER", "I-PER", "I-PER", "I-PER", "O", "?", "?"]
    assert window.source == SOURCES.index("gum")


def test_sentences_are_packed_up_to_the_length() -> None:
    found = list(windows(CUT, Document("gum", "d", [SENTENCE] * 5), 14))
    assert [len(window.ids) for window in found] == [14, 14, 8]


def test_a_sentence_longer_than_a_window_is_cut() -> None:
    (window,) = windows(CUT, Document("gum", "d", [Sentence(["Kim"] * 40, ["B-PER"] * 40)]), 16)
    assert len(window.ids) == 16


def test_where_a_source_leaves_names_out_no_name_may_be_one() -> None:
    table = allowed()
    right = {
        source: {LABELS[i] for i in table[SOURCES.index(source), 0].nonzero()[0]}
        for source in ("gum", "wikigold")
    }
    assert right == {"gum": {"O", "B-OTHER", "I-OTHER"}, "wikigold": {"O"}}
    assert table[:, UNKNOWN].all()
