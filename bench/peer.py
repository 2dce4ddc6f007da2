"""`python -m bench.peer NAME`: one peer of the pipeline in the environment that has it, driven over a pipe.

The first line in is the text as JSON; the first line out the peer's version. Each further line in is how
often to read the text; each line out the CPU-seconds that this took.
"""

import importlib.metadata
import json
import re
import sys
import time
from collections.abc import Callable
from typing import Any

Work = Callable[[], object]
_TAUGHT = 20  # rounds over one story: enough to find names in it
_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")


class Words:
    """Cuts for sumy as copydesk does: its own tokenizer needs data that no package index has."""

    def __init__(self, sentences: list[str]) -> None:
        self._sentences = sentences

    def to_sentences(self, _paragraph: str) -> list[str]:
        """Returns the sentences, found beforehand: sumy's time is its own."""
        return self._sentences

    @staticmethod
    def to_words(sentence: str) -> list[str]:
        """Returns the words of a sentence."""
        return _WORD.findall(sentence)


def spacy_tagger(given: dict[str, Any]) -> Work:
    """Returns what finds names with a blank English pipeline, taught for a moment by these names."""
    import spacy
    from spacy.training import Example
    from spacy.util import fix_random_seed

    fix_random_seed(1)
    nlp = spacy.blank("en")
    nlp.add_pipe("ner")
    entities = [tuple(name) for name in given["names"]]
    example = Example.from_dict(nlp.make_doc(given["body"]), {"entities": entities})
    optimizer = nlp.initialize(lambda: [example])
    for _ in range(_TAUGHT):
        nlp.update([example], sgd=optimizer)
    return lambda: nlp(given["body"])


def sumy_lexrank(given: dict[str, Any]) -> Work:
    """Returns what chooses three sentences by LexRank."""
    from sumy.nlp.stemmers import Stemmer
    from sumy.parsers.plaintext import PlaintextParser
    from sumy.summarizers.lex_rank import LexRankSummarizer
    from sumy.utils import get_stop_words

    words, summarizer = Words(given["sentences"]), LexRankSummarizer(Stemmer("english"))
    summarizer.stop_words = get_stop_words("english")
    text = " ".join(given["sentences"])
    return lambda: summarizer(PlaintextParser.from_string(text, words).document, 3)


PEERS: dict[str, Callable[[dict[str, Any]], Work]] = {"spacy": spacy_tagger, "sumy": sumy_lexrank}


def main(name: str) -> None:
    """Answers until the pipe is closed."""
    work = PEERS[name](json.loads(sys.stdin.readline()))
    work()
    print(importlib.metadata.version(name), flush=True)
    for line in sys.stdin:
        began = time.process_time()
        for _ in range(int(line)):
            work()
        print(time.process_time() - began, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
