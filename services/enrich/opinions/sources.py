"""Who is named after a cue or at the front of a sentence: "said X", "according to X"."""

from services.enrich.opinions.clauses import text_start
from services.enrich.opinions.lexicon import (
    ADVERBS,
    CONJUNCTIONS,
    DOCUMENTS,
    EXTENDS,
    OF_THEMSELVES,
    PREPOSITIONS,
    PRONOUNS,
    is_speaker,
)
from services.enrich.opinions.phrases import (
    MAX_EXTENSION,
    MAX_PHRASE,
    NO_NAME,
    Speaker,
    goes_on,
    may_stand,
    owner_inside,
)
from services.enrich.opinions.reading import Mention, Reading


def after(reading: Reading, at: int) -> Speaker | None:
    """Returns the speaker whose words begin at `at`: said X, according to X."""
    last = reading.sentence(at)[1] if at < len(reading.tokens) else at
    if at >= last or reading.quoted[at] >= 0:
        return None
    if reading.folded(at) in PRONOUNS:
        return Speaker(at, at, "pronoun")
    return _forward(reading, at, last)


def opening(reading: Reading, first: int) -> Speaker | None:
    """Returns the name or pronoun that a sentence begins with; a noun or owner would be too unsure."""
    if reading.quoted[first] >= 0:
        return None
    found = after(reading, text_start(reading, first))
    return found if found is not None and found.sort in {"mention", "pronoun"} else None


def source(reading: Reading, at: int) -> Speaker | None:
    """Returns who is named after "according to"; of a document, the body that made it."""
    noun = _document_noun(reading, at)
    if noun is not None:
        return _maker(reading, at, noun)
    found = after(reading, at)
    return found if found is not None and found.sort != "name" else None


def _forward(reading: Reading, begin: int, last: int) -> Speaker | None:
    owner: Mention | None = None
    at = begin
    while at < min(last, begin + MAX_PHRASE):
        mention = reading.begins.get(at)
        if mention is not None:
            if not (mention.adjective or goes_on(reading, mention.last + 1, last)):
                return Speaker(mention.first, mention.last, "mention", (mention,))
            owner, at = mention, mention.last + 1
            continue
        folded = reading.folded(at)
        someone = folded == "one" and reading.folded(at + 1) in {"who", "of"}
        if someone or (is_speaker(folded) and not goes_on(reading, at + 1, last)):
            return _extended(reading, begin, at, last, owner)
        if not may_stand(reading, at):
            break
        at += 1
    return _unknown_name(reading, begin, at - 1) if owner is None else None


def _unknown_name(reading: Reading, begin: int, last: int) -> Speaker | None:
    if last < begin or not reading.tokens[last].is_capitalised or reading.folded(last) in NO_NAME:
        return None
    first = next(at for at in range(begin, last + 1) if reading.tokens[at].is_capitalised)
    return Speaker(first, last, "name")


def _extended(reading: Reading, begin: int, head: int, last: int, owner: Mention | None) -> Speaker:
    """Adds what describes a nominal; a person named after a comma is who is meant."""
    noun, link = reading.folded(head), reading.folded(head + 1)
    named = reading.begins.get(head + 2) if reading.mark(head + 1) == "," else None
    if named is not None and reading.mark(named.last + 1) in {",", ".", ""}:
        return Speaker(named.first, named.last, "mention", (named,), noun)
    if head + 1 >= last or link not in EXTENDS or reading.folded(head + 2) in ADVERBS:
        return Speaker(begin, head, "nominal", (), noun, owner)
    end = _description_end(reading, head + 1, min(last, head + MAX_EXTENSION))
    if link in {"for", "of"}:
        near = range(head + 2, min(end, head + 4) + 1)
        owned = next((reading.begins[i] for i in near if i in reading.begins), None)
        if owned is not None:
            return Speaker(begin, owned.last, "nominal", (), noun, owned)
    return Speaker(begin, end, "nominal", (), noun, owner)


def _description_end(reading: Reading, at: int, last: int) -> int:
    """Returns the last token of what describes a noun, from its first on."""
    end = at
    while end + 1 < last and reading.folded(end + 1) and reading.quoted[end + 1] < 0:
        following = reading.folded(end + 1)
        if following in CONJUNCTIONS or (reading.verb(end + 1) and following not in OF_THEMSELVES):
            break
        end += 1
    return end


def _document_noun(reading: Reading, at: int) -> int | None:
    last = reading.sentence(at)[1] if at < len(reading.tokens) else at
    for here in range(at, min(last, at + MAX_PHRASE)):
        if not reading.folded(here) or reading.folded(here) in PREPOSITIONS:
            return None
        if reading.folded(here) in DOCUMENTS:
            return here
    return None


def _maker(reading: Reading, at: int, noun: int) -> Speaker | None:
    """Returns who made a document: "a UN report", "figures from the ministry"."""
    owner = owner_inside(reading, at, noun)
    end = noun
    if owner is None and reading.folded(noun + 1) in {"by", "from", "of"}:
        begin = noun + 2 + (reading.folded(noun + 2) == "the")
        owner = reading.begins.get(begin)
        end = owner.last if owner else noun
    return Speaker(at, end, "nominal", (), reading.folded(noun), owner) if owner else None
