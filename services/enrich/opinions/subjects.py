"""The subject of a verb of saying: the words before it that name who speaks."""

from typing import Final

from services.enrich.actors.occupations import HEADS, MODIFIERS
from services.enrich.opinions.lexicon import (
    ADVERBS,
    AUXILIARIES,
    BEING,
    DETERMINERS,
    EXTENDS,
    FINITE,
    OF_THEMSELVES,
    PREPOSITIONS,
    PRONOUNS,
    UNSPEAKING,
    is_modifier,
    is_speaker,
)
from services.enrich.opinions.phrases import (
    MAX_EXTENSION,
    MAX_PHRASE,
    NO_NAME,
    Speaker,
    is_free,
    owner_inside,
    phrase_start,
)
from services.enrich.opinions.reading import Mention, Reading

_MAX_ADVERBS: Final = 6
_MAX_PLACE: Final = 3
_MAX_ADVERBIAL: Final = 5
_MAX_ASIDE: Final = 30
_MAX_PARENTHESIS: Final = 8
_ASIDE: Final = DETERMINERS | frozenset(
    ("who", "whose", "which", "known", "born", "now", "then", "also", "in")
)
_MAX_OFFICE: Final = 8
_HOLDS: Final = frozenset(("of", "for", "in", "at"))
_RELATIVES: Final = frozenset(("where", "which", "what", "how", "whom", "than", "why"))


def before(reading: Reading, verb: int) -> Speaker | None:
    """Returns the subject of a verb of saying, or None where there is none or it is not said at all."""
    at = _skip_adverbs(reading, verb)
    at = at if at is None else _before_parenthesis(reading, at)
    if at is None or at < reading.sentence(verb)[0] or reading.quoted[at] >= 0:
        return None
    if reading.mark(at) == ",":
        return _around_aside(reading, at, verb)
    if reading.mark(at) == "who":
        return _relative(reading, at)
    return ending(reading, at) or _plain_noun(reading, at, verb)


def _before_parenthesis(reading: Reading, at: int) -> int:
    """Returns the token before an acronym in parentheses that ends at a token, else the token itself."""
    if reading.mark(at) == ")":
        for here in range(at - 1, max(0, at - _MAX_PARENTHESIS), -1):
            if reading.mark(here) == "(":
                return here - 1
    return at


def _relative(reading: Reading, who: int) -> Speaker | None:
    """Reads "X, who said" back to the name X."""
    found = reading.ends.get(who - 1 - (reading.mark(who - 1) == ","))
    if found is not None:
        return Speaker(found.first, found.last, "mention", (found,), relative=True)
    found = _before_aside(reading, who - 1) if reading.mark(who - 1) == "," else None
    return Speaker(found.first, found.last, "mention", (found,), relative=True) if found else None


def _before_aside(reading: Reading, comma: int) -> Mention | None:
    """Returns the person before an aside that ends at a comma: "X, the minister of transport, who said"."""
    first = reading.sentence(comma)[0]
    for at in range(comma - 1, max(first, comma - _MAX_ASIDE) - 1, -1):
        if reading.mark(at) == "," or reading.quoted[at] >= 0:
            found = reading.ends.get(at - 1)
            is_aside = reading.folded(at + 1) in DETERMINERS or _begins_aside(reading, at + 1)
            return found if found is not None and found.actor in reading.people and is_aside else None
    return None


def _plain_noun(reading: Reading, at: int, verb: int) -> Speaker | None:
    """Reads "…," the baker said": what stands between a statement and the verb need be no known office."""
    speaker = _definite(reading, at)
    if speaker is None:
        return None
    before_it = speaker.first - 1
    last = not reading.folded(verb + 1) or reading.folded(verb) in {"told", "tells"}
    trails = reading.mark(before_it) == "," and last
    return speaker if trails or reading.closes(before_it) >= 0 else None


def _definite(reading: Reading, at: int) -> Speaker | None:
    """Returns an article and a noun, perhaps with adjectives between; not what is read, such as a sign."""
    if reading.folded(at) in UNSPEAKING or not reading.tokens[at].text.islower():
        return None
    for begin in range(at - 1, max(reading.sentence(at)[0], at - 4) - 1, -1):
        folded = reading.folded(begin)
        if folded in {"the", "a", "an", "one"}:
            return Speaker(begin, at, "nominal", (), reading.folded(at))
        if not folded or folded in PREPOSITIONS or reading.verb(begin) or begin in reading.ends:
            return None
    return None


def _skip_adverbs(reading: Reading, verb: int) -> int | None:
    """Returns the last token of what stands before the verb and its adverbs; None for a passive."""
    at, progressive = verb - 1, reading.folded(verb).endswith("ing")
    for _ in range(_MAX_ADVERBS):
        folded = reading.folded(at)
        if folded in BEING:
            if not progressive or folded == "been":
                return None
            progressive = False
        elif at in reading.ends or is_speaker(folded) or not _is_adverb(folded):
            break
        at -= 1
    return None if progressive else at


def _is_adverb(folded: str) -> bool:
    return folded in AUXILIARIES or folded in ADVERBS or folded.endswith("ly")


def ending(reading: Reading, at: int) -> Speaker | None:
    """Returns the subject whose last word is the token at `at`."""
    first = reading.sentence(at)[0]
    folded = reading.folded(at)
    if not folded or reading.tokens[at].possessive:
        return None
    if folded in PRONOUNS:
        return Speaker(at, at, "pronoun") if _may_be_subject(reading, at, first) else None
    mention = reading.ends.get(at) or _before_place(reading, at, first)
    if mention is not None:
        return _named(reading, mention, first)
    if is_speaker(folded):
        return _nominal(reading, at, first)
    return _described(reading, at, first) or _unknown_name(reading, at, first)


def _before_place(reading: Reading, at: int, first: int) -> Mention | None:
    """Returns the mention before "in X": "the institute in Leipzig said"."""
    begin = at
    while begin > first and at - begin < _MAX_PLACE and reading.tokens[begin].is_capitalised:
        begin -= 1
    is_place = begin < at and reading.folded(begin) in {"in", "at"}
    return reading.ends.get(begin - 1) if is_place and begin - 1 > first else None


def _may_be_subject(reading: Reading, at: int, first: int) -> bool:
    """Whether a pronoun begins its clause; after "In May" or "At the trial" it does without a comma."""
    led = reading.folded(at - 1)
    if at > first and (led in PREPOSITIONS or led in _RELATIVES):
        return False
    return is_free(reading, at, first) or led.isdigit() or reading.folded(first) in PREPOSITIONS


def _named(reading: Reading, mention: Mention, first: int) -> Speaker | None:
    begin = phrase_start(reading, mention.first, first)
    if reading.folded(begin - 1) in PREPOSITIONS and begin - 1 > first:
        member = _member(reading, begin - 1, first)
        return member or _belonging(reading, begin - 1, first, mention.last, mention)
    if not (is_free(reading, begin, first) or _follows_adverbial(reading, begin, first)):
        return None
    pair = _pair(reading, mention, first)
    if pair is not None:
        return Speaker(pair.first, mention.last, "mention", (pair, mention))
    return Speaker(mention.first, mention.last, "mention", (mention,))


def _member(reading: Reading, link: int, first: int) -> Speaker | None:
    """Returns the person before "of Y": "Colonel X of the Quds Force said"."""
    found = reading.ends.get(link - 1) if reading.folded(link) in {"of", "from", "at"} else None
    if found is None or found.actor not in reading.people:
        return None
    return _named(reading, found, first)


def _follows_adverbial(reading: Reading, begin: int, first: int) -> bool:
    """Whether a few words of time or place open the sentence before a name: "Within the hour X announced"."""
    if reading.folded(first) not in PREPOSITIONS or begin - first > _MAX_ADVERBIAL:
        return False
    between = range(first + 1, begin)
    return bool(between) and not any(
        not reading.folded(at) or reading.verb(at) or at in reading.begins or at in reading.ends
        for at in between
    )


def _pair(reading: Reading, mention: Mention, first: int) -> Mention | None:
    """Returns the first of two that speak together: "Kenya and Norway said"."""
    if reading.folded(mention.first - 1) != "and" or mention.first - 2 < first:
        return None
    other = reading.ends.get(mention.first - 2)
    free = other is not None and other.actor != mention.actor and is_free(reading, other.first, first)
    return other if free else None


def _nominal(reading: Reading, at: int, first: int) -> Speaker | None:
    begin = phrase_start(reading, at, first)
    owner = owner_inside(reading, begin, at)
    if reading.folded(begin - 1) in PREPOSITIONS and begin - 1 > first:
        return _belonging(reading, begin - 1, first, at, owner)
    if not is_free(reading, begin, first):
        return None
    return Speaker(begin, at, "nominal", (), reading.folded(at), owner)


def _belonging(
    reading: Reading, preposition: int, first: int, last: int, owner: Mention | None
) -> Speaker | None:
    """Reads "a spokesman for Y", "two officials with knowledge of the talks" back to its noun."""
    for at in range(preposition - 1, max(first, preposition - MAX_PHRASE) - 1, -1):
        if not reading.folded(at) or reading.quoted[at] >= 0 or at in reading.ends:
            return None
        if is_speaker(reading.folded(at)) and reading.folded(at + 1) in EXTENDS:
            begin = phrase_start(reading, at, first)
            if not is_free(reading, begin, first):
                return None
            linked = at + 1 == preposition and reading.folded(preposition) in {"for", "of"}
            return Speaker(begin, last, "nominal", (), reading.folded(at), owner if linked else None)
    return None


def _described(reading: Reading, at: int, first: int) -> Speaker | None:
    """Reads "a senior official who spoke on condition of anonymity" back to its noun."""
    if reading.folded(at) in DETERMINERS or reading.folded(at) in PREPOSITIONS | {"to", "not", "who"}:
        return None
    for here in range(at - 1, max(first, at - MAX_EXTENSION) - 1, -1):
        if not reading.folded(here) or reading.quoted[here] >= 0:
            return None
        if reading.verb(here) and reading.folded(here) not in OF_THEMSELVES:
            return None
        someone = reading.folded(here) == "one" and reading.folded(here + 1) == "who"
        if someone or (is_speaker(reading.folded(here)) and reading.folded(here + 1) in EXTENDS):
            begin = here if someone else phrase_start(reading, here, first)
            fits = _is_description(reading, here + 1, at) and is_free(reading, begin, first)
            return Speaker(begin, at, "nominal", (), reading.folded(here)) if fits else None
    return None


def _is_description(reading: Reading, first: int, last: int) -> bool:
    """Whether words describe the noun before them: without "who" they hold no verb."""
    told = reading.folded(first) in {"who", "whose"}
    return told or not any(reading.folded(i) in FINITE for i in range(first, last))


def _unknown_name(reading: Reading, at: int, first: int) -> Speaker | None:
    begin = at + 1
    while begin > first and at - begin < MAX_PHRASE and reading.tokens[begin - 1].is_capitalised:
        begin -= 1
    if begin > at or (begin == at and reading.folded(at) in NO_NAME) or at in reading.begins:
        return None
    if reading.folded(at) in ADVERBS or not is_free(reading, phrase_start(reading, begin, first), first):
        return None
    return Speaker(begin, at, "name")


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
        named = reading.begins.get(inner)
        if named is not None and named.last == comma - 1 and _is_held(reading, at, first):
            return Speaker(named.first, named.last, "mention", (named,))
        before_it = _before_parenthesis(reading, at - 1)
        speaker = ending(reading, before_it) if at > first else None
        if speaker is None and reading.folded(inner) in {"who", "whose"}:
            speaker = _definite(reading, before_it)
        if speaker is None or speaker.sort == "pronoun" or (speaker.sort == "name" and _is_short(speaker)):
            continue
        whole = _named_inside(reading, inner, comma)
        if speaker.sort == "nominal" and whole is not None:
            return Speaker(whole.first, whole.last, "mention", (whole,), speaker.head, whole=speaker.first)
        other = reading.ends.get(speaker.first - 2) if reading.mark(speaker.first - 1) == "," else None
        if speaker.sort == "nominal" and other is not None:
            return ending(reading, other.last) or speaker  # X, the minister, who opened it, said
        return speaker
    return None


def _is_held(reading: Reading, comma: int, first: int) -> bool:
    """Whether an office and whose or where it is end at a comma: the chairman of Y, Y's coordinator in Z."""
    for at in range(comma - 1, max(first, comma - _MAX_OFFICE) - 1, -1):
        folded = reading.folded(at)
        if not folded or reading.quoted[at] >= 0 or reading.verb(at) is not None:
            return False
        if (folded in HEADS or is_speaker(folded)) and reading.folded(at + 1) in _HOLDS:
            return True
    return False


def _named_inside(reading: Reading, inner: int, comma: int) -> Mention | None:
    """Returns who is named between commas: the party, the Greens, said; its head, General X of Y, said."""
    at = inner + (reading.folded(inner) == "the")
    while at < comma and at not in reading.begins and reading.tokens[at].is_capitalised:
        at += 1  # titles
    found = reading.begins.get(at)
    if found is None or found.last == comma - 1:
        return found
    belongs = reading.folded(found.last + 1) in {"of", "from"} and found.actor in reading.people
    return found if belongs else None


def _is_short(name: Speaker) -> bool:
    """Whether an unknown name is one word, which may as well begin a sentence."""
    return name.first == name.last


def _begins_aside(reading: Reading, at: int) -> bool:
    folded = reading.folded(at)
    described = is_modifier(folded) or folded in HEADS or folded in MODIFIERS
    return described or folded.isdigit() or folded.endswith(("ed", "ing"))
