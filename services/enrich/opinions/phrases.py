"""The phrase of a name or noun: where it begins, how far it goes, and whether it can speak."""

from dataclasses import dataclass
from typing import Final, Literal

from services.enrich.opinions.lexicon import (
    ABBREVIATED,
    ADVERBS,
    CONJUNCTIONS,
    DETERMINERS,
    FINITE,
    PREPOSITIONS,
    is_modifier,
)
from services.enrich.opinions.reading import Mention, Reading
from services.enrich.wordlist import words

MAX_PHRASE: Final = 10
"""Tokens of a name or noun with its titles and adjectives."""
MAX_EXTENSION: Final = 14
"""Tokens that describe a noun after it: "who spoke on condition of anonymity"."""
_MAX_ADJECTIVES: Final = 3
_RELATIVES: Final = frozenset(("who", "whom", "which", "where", "how", "why", "what"))
LINKS: Final = frozenset("-\u2010\u2011\u2013'\u2019")
NO_NAME: Final = (
    words("""
    this that there what which who nobody everyone everybody someone somebody one it he she they i we you
    signs sign these those here please lets
    """)
    | CONJUNCTIONS
    | DETERMINERS
    | PREPOSITIONS
    | ADVERBS
)
"""What no unknown name consists of, though it may have a capital."""


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
    relative: bool = False
    """Whether "who" stands between them and the verb, so that the statement ends with the aside."""

    @property
    def begin(self) -> int:
        """Returns the first token of all that belongs to the speaker."""
        return self.first if self.whole is None else self.whole


def phrase_start(reading: Reading, at: int, first: int) -> int:
    """Returns where the phrase of a name or noun begins: its titles, adjectives, owners and article."""
    begin = at
    for _ in range(MAX_PHRASE):
        here = begin - 1
        if here < first or reading.quoted[here] >= 0:
            return begin
        token = reading.tokens[here]
        if here in reading.ends:
            begin = reading.ends[here].first
        elif token.folded in DETERMINERS:
            return here - (reading.folded(here - 1) in {"the", "all"} and here > first)  # the two judges
        elif joins(reading, here) or abbreviates(reading, here) or _modifies(reading, here, at):
            begin = here
        else:
            break
    while begin < at and reading.mark(begin) in LINKS:
        begin += 1
    return begin


def owner_inside(reading: Reading, begin: int, at: int) -> Mention | None:
    """Returns the mention that ends last before a noun of the same phrase: "the Kenyan government"."""
    for here in range(at - 1, begin - 1, -1):
        if here in reading.ends:
            return reading.ends[here]
    return None


def joins(reading: Reading, at: int) -> bool:
    """Whether a mark joins two words; a dash with spaces around it does not."""
    token = reading.tokens[at]
    touches = at + 1 < len(reading.tokens) and reading.tokens[at + 1].start == token.end
    return token.text in LINKS and touches


def abbreviates(reading: Reading, at: int) -> bool:
    """Whether a full stop belongs to the title before it: Dr. X."""
    return reading.mark(at) == "." and reading.folded(at - 1) in ABBREVIATED


def _modifies(reading: Reading, here: int, at: int) -> bool:
    token = reading.tokens[here]
    if not token.folded or token.folded in PREPOSITIONS or token.folded in CONJUNCTIONS:
        return False
    if token.folded == "ruling":
        return True  # the ruling coalition: no verb
    if reading.verb(here) or token.folded in ADVERBS:
        return False
    if token.is_capitalised or token.possessive or is_modifier(token.folded):
        return True
    # "local officials", "defence officials": any adjective, but not the verb of an object.
    common = at not in reading.ends and not token.folded.endswith(("ed", "ing"))
    return common and not token.folded.isdigit() and not reading.tokens[at].is_capitalised


def is_free(reading: Reading, begin: int, first: int) -> bool:
    """Whether a phrase can be a subject: nothing before it takes it as an object."""
    if begin <= first:
        return True
    at = begin - 1
    folded, mark = reading.folded(at), reading.mark(at)
    if not folded:
        return mark not in "-/'" or not joins(reading, at)
    if at == first and folded in PREPOSITIONS:
        return False
    if folded in CONJUNCTIONS or folded in ADVERBS or reading.verb(at) is not None:
        return True
    return _follows_quotation(reading, at) or _opens_phrase(reading, begin, first)


def _opens_phrase(reading: Reading, begin: int, first: int) -> bool:
    """Whether an article and a noun of which nothing is known open the sentence: Her colleague X said."""
    if reading.folded(first) not in DETERMINERS or begin - first > _MAX_ADJECTIVES + 1:
        return False
    return all(_is_plain_word(reading, at) for at in range(first + 1, begin))


def _is_plain_word(reading: Reading, at: int) -> bool:
    folded = reading.folded(at)
    if not folded or reading.tokens[at].possessive or reading.quoted[at] >= 0 or reading.verb(at) is not None:
        return False
    small = folded in PREPOSITIONS or folded in CONJUNCTIONS or folded in DETERMINERS or folded in _RELATIVES
    return not (small or folded in FINITE or folded.endswith(("ing", "ed", "s")))


def _follows_quotation(reading: Reading, at: int) -> bool:
    """Whether a quotation ends a few plain words before: ""...," regional secretary X said"."""
    for here in range(at, max(0, at - _MAX_ADJECTIVES), -1):
        if reading.closes(here - 1) >= 0:
            return True
        if not reading.folded(here) or reading.folded(here) in PREPOSITIONS:
            return False
    return False


def may_stand(reading: Reading, at: int) -> bool:
    """Whether a token may belong to a phrase whose noun or name comes later."""
    token = reading.tokens[at]
    if token.text in LINKS or abbreviates(reading, at):
        return True
    if not token.folded or token.folded in PREPOSITIONS or token.folded in CONJUNCTIONS or reading.verb(at):
        return False
    return reading.quoted[at] < 0


def goes_on(reading: Reading, at: int, last: int) -> bool:
    """Whether the phrase has a further noun or name after this word."""
    if at >= last:
        return False
    if at in reading.begins:
        return True
    token = reading.tokens[at]
    if token.text in LINKS or abbreviates(reading, at):
        return at + 1 < last and bool(reading.folded(at + 1))
    return is_modifier(token.folded) or (token.is_capitalised and token.folded not in ADVERBS)


def stands_before(reading: Reading, at: int) -> bool:
    """Whether a token may belong to the phrase of the speaker who is named after it."""
    folded = reading.folded(at)
    return folded in DETERMINERS or at in reading.begins or reading.mark(at) in LINKS or is_modifier(folded)
