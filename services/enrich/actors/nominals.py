"""Descriptions that stand for one actor: "the minister", "the group". Where two fit, none is meant."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from services.enrich.actors.fields import Field
from services.enrich.actors.keys import folded_words
from services.enrich.actors.lexicon import ACTING, FUNCTION
from services.enrich.actors.occupations import BODIES, HEADS, MODIFIERS
from services.enrich.actors.tokens import Token
from services.enrich.wordlist import words

_MAX_ACTORS: Final = 50
"""Actors that one description may stand for; where there are more, it stands for none."""
_MAX_MENTIONS: Final = 5000
_MAX_MODIFIERS: Final = 3

_REFUSED: Final = words("of for who whom whose")
"""After one of these the description says itself whom it means: the minister of transport."""
_FOLLOWING: Final = (
    FUNCTION
    | ACTING
    | words("""
about over after before against between during through under into onto upon since until while because
although though where when again also then now never always often still just only even too not itself
himself herself today yesterday tomorrow later earlier afterwards however itself am is are was were has had
have having does did do can could may might must shall should will would cannot
told gave made sent took went came began lost won kept put left met held knew saw thought thinks set
let got found brought bought sold paid built cut ran led fell rose broke chose spoke stood sat wrote
""")
)
"""Words that do not go on with the description."""

_GENERIC: Final[dict[str, Callable[["Json"], bool]]] = {
    **dict.fromkeys(
        ("group", "militia", "organisation", "organization"), lambda a: a["type"] == "armed_group"
    ),
    **dict.fromkeys(
        ("company", "firm", "retailer", "manufacturer", "carmaker", "chipmaker", "airline", "corporation"),
        lambda a: a["type"] == "organization" and bool({"BUS", "MNC"} & set(a["sectors"])),
    ),
    "party": lambda a: a["type"] == "organization" and "PTY" in a["sectors"],
    "union": lambda a: a["type"] == "organization" and "LAB" in a["sectors"],
    "court": lambda a: a["type"] == "organization" and "JUD" in a["sectors"],
    "cartel": lambda a: a["type"] in {"organization", "armed_group"} and "CRM" in a["sectors"],
    "army": lambda a: a["type"] == "organization" and "MIL" in a["sectors"],
    "alliance": lambda a: a["id"] == "nato",
    "label": lambda a: a["type"] == "organization" and "records" in folded_words(a["name"]),
}
"""Nouns for what an actor is, whether or not its name says so."""
_SAME: Final = {"premier": "minister", "bishop": "archbishop"}
_NOUNS: Final = (HEADS | BODIES | frozenset(_GENERIC) | {"government"}) - words(
    "state press media news aid watch relief resistance jihad witness resident expert worker front times post"
    " radio television daily weekly house school"
)
"""Nouns that a description may end with. Those that mostly mean many, or something else, are left out."""

Json = dict[str, Any]


class _Candidate(NamedTuple):
    """An actor that a noun may stand for, from where on, and the words that may stand before the noun."""

    first: int
    actor: Json
    modifiers: frozenset[str]
    needed: frozenset[str] = frozenset()


class _Phrase(NamedTuple):
    """A determiner, modifiers and a noun: the code points [start, end) of the field."""

    start: int
    end: int
    modifiers: tuple[str, ...]
    noun: str


def add_nominals(field: Field, actors: Sequence[Json], country: str | None) -> None:
    """Gives actors their mentions of kind `nominal` in a field. Changes them in place.

    Args:
        field: the body; its names are found.
        actors: of the record. Only who was named before can be meant.
        country: where the story plays; "the government" is that country's.
    """
    candidates = _candidates(field, actors)
    state = _state(actors, country)
    named = sorted((m["start"], m["end"]) for a in actors for m in a["mentions"] if m["field"] == field.name)
    for phrase in _phrases(field):
        if _overlaps(phrase, named):
            continue
        actor = state if phrase.noun == "government" else _meant(phrase, candidates.get(phrase.noun, ()))
        if actor is not None and len(actor["mentions"]) < _MAX_MENTIONS:
            span = {"field": field.name, "start": phrase.start, "end": phrase.end}
            text = field.text[phrase.start : phrase.end]
            actor["mentions"].append({**span, "text": text, "kind": "nominal"})
    for actor in actors:
        actor["mentions"].sort(key=lambda mention: (mention["field"] != "title", mention["start"]))


def _overlaps(phrase: _Phrase, named: Sequence[tuple[int, int]]) -> bool:
    """Whether a name, such as one that only echoes another, stands in a description."""
    before = bisect_left(named, (phrase.end, 0)) - 1
    return before >= 0 and named[before][1] > phrase.start


def _state(actors: Iterable[Json], country: str | None) -> Json | None:
    states = [actor for actor in actors if actor["type"] == "state"]
    if len(states) == 1:
        return states[0]
    return next((state for state in states if country is not None and state["country"] == country), None)


def _meant(phrase: _Phrase, candidates: Iterable[_Candidate]) -> Json | None:
    """Returns the one actor that was named before and fits."""
    fitting = [
        candidate.actor
        for candidate in candidates
        if candidate.first < phrase.start
        and candidate.modifiers.issuperset(phrase.modifiers)
        and candidate.needed.issubset(phrase.modifiers)
    ]
    return fitting[0] if len(fitting) == 1 else None


def _candidates(field: Field, actors: Iterable[Json]) -> dict[str, list[_Candidate]]:
    found: dict[str, list[_Candidate]] = defaultdict(list)
    for actor in actors:
        first = _first(field, actor)
        if first is not None:
            for noun, modifiers, needed in _nouns(actor):
                found[noun].append(_Candidate(first, actor, modifiers, needed))
    return {noun: items for noun, items in found.items() if len(items) <= _MAX_ACTORS}


def _first(field: Field, actor: Json) -> int | None:
    """Returns from where on an actor can be meant: anywhere if the title names it."""
    starts = [m["start"] if m["field"] == field.name else -1 for m in actor["mentions"]]
    return min(starts, default=None)


def _nouns(actor: Json) -> Iterator[tuple[str, frozenset[str], frozenset[str]]]:
    """Yields the nouns that an actor may be called by, with what may and what must stand before them."""
    if actor["type"] == "person":
        role = folded_words(actor["role"] or "")
        if role:
            noun, needed = role[-1], frozenset({"prime"} & set(role))
            yield noun, frozenset(role), needed
            if noun in _SAME:
                yield _SAME[noun], frozenset({"prime"}), frozenset({"prime"})
    elif actor["type"] in {"organization", "armed_group", "intergovernmental"}:
        named = frozenset(folded_words(" ".join((actor["name"], *actor["aliases"]))))
        nouns = {word for word in named if word in _NOUNS}
        nouns |= {"bank"} if any(word.endswith("bank") for word in named) else set()
        nouns |= {noun for noun, fits in _GENERIC.items() if fits(actor)}
        for noun in nouns:
            yield noun, named, frozenset()


def _phrases(field: Field) -> Iterator[_Phrase]:
    """Yields the descriptions with "the" in a field that may stand for an actor."""
    tokens = field.tokens
    for at, token in enumerate(tokens):
        if token.folded != "the":
            continue
        end = at + 1
        while end < len(tokens) and end - at <= _MAX_MODIFIERS and _modifies(tokens, end):
            end += 1
        if end >= len(tokens) or tokens[end].folded not in _NOUNS or field.is_named(tokens[end].start):
            continue
        if _is_whole(field, at, end):
            modifiers = tuple(word.folded for word in tokens[at + 1 : end])
            yield _Phrase(token.start, tokens[end].end, modifiers, tokens[end].folded)


def _modifies(tokens: Sequence[Token], at: int) -> bool:
    """Whether a word is followed by another one of the same description."""
    if at + 1 >= len(tokens) or tokens[at].possessive:
        return False
    return tokens[at].folded in MODIFIERS | HEADS and tokens[at + 1].folded in MODIFIERS | _NOUNS


def _is_whole(field: Field, first: int, last: int) -> bool:
    """Whether the description ends with its noun, and stands alone: no apposition to a name, no title."""
    tokens = field.tokens
    if tokens[last].possessive:
        return True
    if first > 1 and tokens[first - 1].text == "," and field.is_named(tokens[first - 2].start):
        return False
    return last + 1 >= len(tokens) or not _goes_on(field, last + 1)


def _goes_on(field: Field, at: int) -> bool:
    """Whether the token after a noun belongs to its description, or names whom it describes."""
    following, word = field.tokens[at], field.tokens[at].folded
    if following.text == "," and at + 1 < len(field.tokens):
        at += 1
    if field.is_named(field.tokens[at].start) or word in _REFUSED or following.is_hyphen:
        return True
    ends = not word or word in _FOLLOWING or word.isdigit() or word.endswith(("ed", "ly", "ing"))
    return not (ends or _is_verb(word))


def _is_verb(word: str) -> bool:
    """Whether a word that follows a noun is rather a verb: expects, denies."""
    return word.endswith("s") and not word.endswith("ss") and word not in BODIES | HEADS
