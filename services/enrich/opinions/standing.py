"""Quotations that no verb attributes: a whole quoted sentence after one about a person."""

from services.enrich.opinions import sources
from services.enrich.opinions.clauses import CLAUSE_WORDS
from services.enrich.opinions.phrases import Speaker
from services.enrich.opinions.reading import Reading
from services.enrich.opinions.statements import Statements


def give(reading: Reading, made: Statements) -> None:
    """Gives each quotation that stands after "X was not impressed." to X."""
    for number, (first, last) in enumerate(reading.edges):
        if made.is_taken(number) or not _stands(reading, first, last):
            continue
        speaker = _introduced(reading, first)
        if speaker is not None:
            made.quote(number, speaker, None)


def _stands(reading: Reading, first: int, last: int) -> bool:
    inner = reading.quotes[reading.quoted[first]]
    text = reading.text[inner.start : inner.end]
    begins = first == reading.sentence(first)[0] and text[:1].isupper()
    return begins and text[-1:] in {".", "!", "?"} and reading.words(first, last) > CLAUSE_WORDS


def _introduced(reading: Reading, first: int) -> Speaker | None:
    """Returns the person whom the sentence before a quotation begins with."""
    if first == 0 or reading.parted(first - 1, first):
        return None
    head, last = reading.sentence(first - 1)
    if any(reading.quoted[at] >= 0 for at in range(head, last)):
        return None
    speaker = sources.opening(reading, head)
    if speaker is None or not _is_person(reading, speaker):
        return None
    return speaker


def _is_person(reading: Reading, speaker: Speaker) -> bool:
    pronoun = reading.folded(speaker.first) in {"he", "she"}
    return pronoun or any(mention.actor in reading.people for mention in speaker.mentions)
