"""The words beside a verb of saying that name who speaks."""

from dataclasses import dataclass
from typing import Final, Literal

from services.enrich.opinions.lexicon import (
    ABBREVIATED,
    ADVERBS,
    AUXILIARIES,
    BEING,
    CONJUNCTIONS,
    DETERMINERS,
    DOCUMENTS,
    EXTENDS,
    FINITE,
    PREPOSITIONS,
    PRONOUNS,
    is_modifier,
    is_speaker,
)
from services.enrich.opinions.reading import Mention, Reading

_MAX_ADVERBS: Final = 6
_MAX_PHRASE: Final = 10
_MAX_ASIDE: Final = 30
_MAX_EXTENSION: Final = 14
_ASIDE: Final = DETERMINERS | frozenset(("who", "whose", "which", "speaking", "now", "then", "also", "in"))
_NO_NAME: Final = frozenset(
    """this that there what which who nobody everyone everybody someone somebody one some many it he she they
    i we you signs sign these those here please lets""".split()
)
_OF_THEMSELVES: Final = frozenset(("spoke", "speaks", "speaking", "requested"))
_RELATIVES: Final = frozenset(("where", "which", "what", "how", "whom", "than", "why"))
_LINKS: Final = frozenset("-\u2010\u2011\u2013'\u2019")


@dataclass(frozen=True, slots=True)
class Speaker:
    """Tokens [first, last] that name a speaker, and what sort of words they are.

    `mentions` are the actors' own mentions; `head` is the noun of a nominal such as "the minister",
    `owner` the mention that it belongs to.
    """

    first: int
    last: int
    sort: Literal["pronoun", "mention", "nominal", "name"]
    mentions: tuple[Mention, ...] = ()
    head: str = ""
    owner: Mention | None = None
    whole: int | None = None
    """Where the phrase begins that holds them: "their lawyer, X"."""

    @property
    def begin(self) -> int:
        """Returns the first token of all that belongs to the speaker."""
        return self.first if self.whole is None else self.whole


def before(reading: Reading, verb: int) -> Speaker | None:
    """Returns the subject of a verb of saying, or None where there is none or it is not said at all."""
    at = _skip_adverbs(reading, verb)
    if at is None or at < reading.sentence(verb)[0] or reading.quoted[at] >= 0:
        return None
    if reading.mark(at) == ",":
        return _around_aside(reading, at, verb)
    return ending(reading, at)


def _skip_adverbs(reading: Reading, verb: int) -> int | None:
    """Returns the last token of what stands before the verb and its adverbs; None for a passive."""
    at, progressive = verb - 1, reading.folded(verb).endswith("ing")
    for _ in range(_MAX_ADVERBS):
        folded = reading.folded(at)
        if folded in BEING:
            if not progressive or folded == "been":
                return None
            progressive = False
        elif at in reading.ends or is_speaker(folded):
            break
        elif not (folded in AUXILIARIES or folded in ADVERBS or (folded.endswith("ly") and folded.islower())):
            break
        at -= 1
    return None if progressive else at


def ending(reading: Reading, at: int) -> Speaker | None:
    """Returns the subject whose last word is the token at `at`."""
    first, last = reading.sentence(at)[0], at
    folded = reading.folded(at)
    if not folded or reading.tokens[at].possessive:
        return None
    if folded in PRONOUNS:
        free = at == first or reading.folded(at - 1) not in PREPOSITIONS | _RELATIVES
        return Speaker(at, at, "pronoun") if free else None
    mention = reading.ends.get(at)
    if mention is not None:
        return _named(reading, mention, first)
    if is_speaker(folded):
        return _nominal(reading, at, first)
    return _described(reading, at, first) or _unknown_name(reading, last, first)


def _named(reading: Reading, mention: Mention, first: int) -> Speaker | None:
    begin = _phrase_start(reading, mention.first, first)
    if reading.folded(begin - 1) in PREPOSITIONS and begin - 1 > first:
        return _belonging(reading, begin - 1, first, mention.last, mention)
    if not _is_free(reading, begin, first):
        return None
    pair = _pair(reading, mention, first)
    if pair is not None:
        return Speaker(pair.first, mention.last, "mention", (pair, mention))
    return Speaker(mention.first, mention.last, "mention", (mention,))


def _pair(reading: Reading, mention: Mention, first: int) -> Mention | None:
    """Returns the first of two that speak together: "Kenya and Norway said"."""
    if reading.folded(mention.first - 1) != "and" or mention.first - 2 < first:
        return None
    other = reading.ends.get(mention.first - 2)
    free = other is not None and other.actor != mention.actor and _is_free(reading, other.first, first)
    return other if free else None


def _nominal(reading: Reading, at: int, first: int) -> Speaker | None:
    begin = _phrase_start(reading, at, first)
    owner = _owner_inside(reading, begin, at)
    if reading.folded(begin - 1) in PREPOSITIONS and begin - 1 > first:
        return _belonging(reading, begin - 1, first, at, owner)
    if not _is_free(reading, begin, first):
        return None
    return Speaker(begin, at, "nominal", (), reading.folded(at), owner)


def _owner_inside(reading: Reading, begin: int, at: int) -> Mention | None:
    """Returns the mention that ends last before a noun of the same phrase: "the Kenyan government"."""
    for here in range(at - 1, begin - 1, -1):
        if here in reading.ends:
            return reading.ends[here]
    return None


def _belonging(
    reading: Reading, preposition: int, first: int, last: int, owner: Mention | None
) -> Speaker | None:
    """Reads "a spokesman for Y", "two officials with knowledge of the talks" back to its noun."""
    for at in range(preposition - 1, max(first, preposition - _MAX_PHRASE) - 1, -1):
        if not reading.folded(at) or reading.quoted[at] >= 0 or at in reading.ends:
            return None
        if is_speaker(reading.folded(at)) and reading.folded(at + 1) in EXTENDS:
            begin = _phrase_start(reading, at, first)
            if not _is_free(reading, begin, first):
                return None
            linked = at + 1 == preposition and reading.folded(preposition) in {"for", "of"}
            return Speaker(begin, last, "nominal", (), reading.folded(at), owner if linked else None)
    return None


def _described(reading: Reading, at: int, first: int) -> Speaker | None:
    """Reads "a senior official who spoke on condition of anonymity" back to its noun."""
    if reading.folded(at) in DETERMINERS or reading.folded(at) in PREPOSITIONS | {"to", "not"}:
        return None
    for here in range(at - 1, max(first, at - _MAX_EXTENSION) - 1, -1):
        if not reading.folded(here) or reading.quoted[here] >= 0:
            return None
        if reading.verb(here) and reading.folded(here) not in _OF_THEMSELVES:
            return None
        if is_speaker(reading.folded(here)) and reading.folded(here + 1) in EXTENDS:
            begin = _phrase_start(reading, here, first)
            told = reading.folded(here + 1) in {"who", "whose"}
            if not told and any(reading.folded(i) in FINITE for i in range(here, at)):
                return None
            if _is_free(reading, begin, first):
                return Speaker(begin, at, "nominal", (), reading.folded(here))
            return None
    return None


def _unknown_name(reading: Reading, at: int, first: int) -> Speaker | None:
    begin = at + 1
    while begin > first and at - begin < _MAX_PHRASE and reading.tokens[begin - 1].is_capitalised:
        begin -= 1
    if begin > at or (begin == at and reading.folded(at) in _NO_NAME) or at in reading.begins:
        return None
    if reading.folded(at) in ADVERBS or not _is_free(reading, begin, first):
        return None
    return Speaker(begin, at, "name")


def _phrase_start(reading: Reading, at: int, first: int) -> int:
    """Returns where the phrase of a name or noun begins: its titles, adjectives, owners and article."""
    begin = at
    for _ in range(_MAX_PHRASE):
        here = begin - 1
        if here < first or reading.quoted[here] >= 0:
            return begin
        token = reading.tokens[here]
        if here in reading.ends:
            begin = reading.ends[here].first
        elif token.folded in DETERMINERS:
            return here
        elif token.text in _LINKS or _abbreviates(reading, here) or _modifies(reading, here, at):
            begin = here
        else:
            break
    while begin < at and reading.mark(begin) in _LINKS:
        begin += 1
    return begin


def _abbreviates(reading: Reading, at: int) -> bool:
    """Whether a full stop belongs to the title before it: Dr. X."""
    return reading.mark(at) == "." and reading.folded(at - 1) in ABBREVIATED


def _modifies(reading: Reading, here: int, at: int) -> bool:
    token = reading.tokens[here]
    if not token.folded or token.folded in PREPOSITIONS or token.folded in CONJUNCTIONS:
        return False
    if reading.verb(here) or token.folded in ADVERBS:
        return False
    if token.is_capitalised or token.possessive or is_modifier(token.folded):
        return True
    # "local officials", "defence officials": any adjective, but not the verb of an object.
    common = at not in reading.ends and not token.folded.endswith(("ed", "ing"))
    return common and not token.folded.isdigit() and not reading.tokens[at].is_capitalised


def _is_free(reading: Reading, begin: int, first: int) -> bool:
    """Whether a phrase can be a subject: nothing before it takes it as an object."""
    if begin <= first:
        return True
    at = begin - 1
    folded, mark = reading.folded(at), reading.mark(at)
    if not folded:
        return mark not in "-/'"
    if at == first and folded in PREPOSITIONS:
        return False
    return folded in CONJUNCTIONS or folded in ADVERBS or reading.verb(at) is not None


def _around_aside(reading: Reading, comma: int, verb: int) -> Speaker | None:
    """Reads "X, who leads Y, said" and "the minister, X, said"."""
    first = reading.sentence(verb)[0]
    for at in range(comma - 1, max(first, comma - _MAX_ASIDE) - 1, -1):
        if reading.quoted[at] >= 0:
            return None
        if reading.mark(at) != ",":
            continue
        inner = at + 1
        if not (reading.folded(inner) in _ASIDE or inner in reading.begins or _begins_aside(reading, inner)):
            continue
        speaker = ending(reading, at - 1) if at > first else None
        if speaker is None or speaker.sort in {"pronoun", "name"}:
            continue
        whole = reading.begins.get(inner)
        if speaker.sort == "nominal" and whole is not None and whole.last == comma - 1:
            return Speaker(whole.first, whole.last, "mention", (whole,), speaker.head, whole=speaker.first)
        named = reading.ends.get(speaker.first - 2) if reading.mark(speaker.first - 1) == "," else None
        if speaker.sort == "nominal" and named is not None:
            return ending(reading, named.last) or speaker  # X, the minister, who opened it, said
        return speaker
    return None


def _begins_aside(reading: Reading, at: int) -> bool:
    folded = reading.folded(at)
    return folded.isdigit() or is_modifier(folded)


def after(reading: Reading, at: int) -> Speaker | None:
    """Returns the speaker whose words begin at `at`: said X, according to X."""
    last = reading.sentence(at)[1] if at < len(reading.tokens) else at
    if at >= last or reading.quoted[at] >= 0:
        return None
    if reading.folded(at) in PRONOUNS:
        return Speaker(at, at, "pronoun")
    return _forward(reading, at, last)


def _forward(reading: Reading, begin: int, last: int) -> Speaker | None:
    owner: Mention | None = None
    at = begin
    while at < min(last, begin + _MAX_PHRASE):
        mention = reading.begins.get(at)
        if mention is not None:
            if not (mention.adjective or _goes_on(reading, mention.last + 1, last)):
                return Speaker(mention.first, mention.last, "mention", (mention,))
            owner, at = mention, mention.last + 1
            continue
        folded = reading.folded(at)
        someone = folded == "one" and reading.folded(at + 1) in {"who", "of"}
        if someone or (is_speaker(folded) and not _goes_on(reading, at + 1, last)):
            return _extended(reading, begin, at, last, owner)
        if not _may_stand(reading, at):
            break
        at += 1
    if at > begin and reading.tokens[at - 1].is_capitalised and reading.folded(at - 1) not in _NO_NAME:
        named = next((i for i in range(begin, at) if reading.tokens[i].is_capitalised), begin)
        return Speaker(named, at - 1, "name") if owner is None else None
    return None


def _may_stand(reading: Reading, at: int) -> bool:
    token = reading.tokens[at]
    if token.text in _LINKS or _abbreviates(reading, at):
        return True
    if not token.folded or token.folded in PREPOSITIONS or token.folded in CONJUNCTIONS or reading.verb(at):
        return False
    return reading.quoted[at] < 0


def _goes_on(reading: Reading, at: int, last: int) -> bool:
    """Whether the phrase has a further noun or name after this word."""
    if at >= last:
        return False
    if at in reading.begins:
        return True
    token = reading.tokens[at]
    if token.text in _LINKS or _abbreviates(reading, at):
        return at + 1 < last and bool(reading.folded(at + 1))
    return is_modifier(token.folded) or (token.is_capitalised and token.folded not in ADVERBS)


def _extended(reading: Reading, begin: int, head: int, last: int, owner: Mention | None) -> Speaker:
    """Adds what describes a nominal; a person named after a comma is who is meant."""
    noun = reading.folded(head)
    named = reading.begins.get(head + 2) if reading.mark(head + 1) == "," else None
    if named is not None and reading.mark(named.last + 1) in {",", ".", ""}:
        return Speaker(named.first, named.last, "mention", (named,), noun)
    if head + 1 >= last or reading.folded(head + 1) not in EXTENDS:
        return Speaker(begin, head, "nominal", (), noun, owner)
    end = head + 1
    while (
        end + 1 < min(last, head + _MAX_EXTENSION) and reading.folded(end + 1) and reading.quoted[end + 1] < 0
    ):
        if reading.folded(end + 1) in CONJUNCTIONS or reading.verb(end + 1):
            break
        end += 1
    if reading.folded(head + 1) in {"for", "of"}:
        owned = next((reading.begins[i] for i in range(head + 2, end + 1) if i in reading.begins), None)
        if owned is not None and owned.first - head <= 4:  # noqa: PLR2004 - "for the Kenyan"
            return Speaker(begin, owned.last, "nominal", (), noun, owned)
    if reading.folded(head + 1) in {"on", "in", "at", "with"} and reading.folded(head + 2) in ADVERBS:
        end = head
    return Speaker(begin, end, "nominal", (), noun, owner)


def stands_before(reading: Reading, at: int) -> bool:
    """Whether a token may belong to the phrase of the speaker who is named after it."""
    folded = reading.folded(at)
    return folded in DETERMINERS or at in reading.begins or reading.mark(at) in _LINKS or is_modifier(folded)


def names_document(reading: Reading, at: int) -> bool:
    """Whether the phrase that begins at a token names a document: "a UN report"."""
    return _document_noun(reading, at) is not None


def _document_noun(reading: Reading, at: int) -> int | None:
    last = reading.sentence(at)[1] if at < len(reading.tokens) else at
    for here in range(at, min(last, at + _MAX_PHRASE)):
        if not reading.folded(here) or reading.folded(here) in PREPOSITIONS:
            return None
        if reading.folded(here) in DOCUMENTS:
            return here
    return None


def document(reading: Reading, at: int) -> Speaker | None:
    """Returns who made the document that "according to" names: "a UN report", "figures from the ministry"."""
    noun = _document_noun(reading, at)
    if noun is None:
        return None
    owner = _owner_inside(reading, at, noun)
    end = noun
    if owner is None and reading.folded(noun + 1) in {"by", "from", "of"}:
        begin = noun + 2 + (reading.folded(noun + 2) == "the")
        owner = reading.begins.get(begin)
        end = owner.last if owner else noun
    return Speaker(at, end, "nominal", (), reading.folded(noun), owner) if owner else None
