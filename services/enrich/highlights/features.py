"""What can be counted about a candidate, cheaply: numbers by name, mostly between 0 and 1.

The names are those of the weights. A feature that is not there is 0.
"""

import math
import re
from collections.abc import Sequence
from typing import Final

from services.enrich.highlights.candidates import Candidate
from services.enrich.highlights.clauses import is_balanced
from services.enrich.highlights.outline import LEAD, Outline, Said, content
from services.enrich.wordlist import words

Features = dict[str, float]

_TYPICAL_WORDS: Final = 25
_FIRST: Final = 5
"""Sentences that have a feature of their own."""
_SHORT: Final = 8
_LONG: Final = 35
_LABEL: Final = 40
"""Code points within which a colon makes what stands before it a label, as in captions."""
_PRONOUNS: Final = words("he she it they his her their its him them we our i my you your")
_POINTERS: Final = words("this that these those such there here one another others both")
_POINTING: Final = words("this these those such")
"""Words that lean on what was said before, wherever they stand in a sentence."""
_CONNECTIVES: Final = words("""
and but so yet or nor then also however meanwhile moreover furthermore still instead nevertheless
nonetheless therefore thus additionally besides indeed finally now later afterwards because although while
""")
_SAYING: Final = words("""
said says told tells added adds according claims claimed warned warns announced denied insists insisted
argued wrote tweeted explained stated suggested believes confirmed admitted revealed reported
""")
_SELF: Final = words("i we my our me us i'm we're i've")
_YOU: Final = words("you your")
_PAST: Final = words("was were had")
_PRESENT: Final = words("is are has have will")
_QUOTED: Final = re.compile(r'"[^"]*"|\u201c[^\u201c\u201d]*\u201d')
_OPENING: Final = 4
"""Words at the beginning of a sentence that mostly say who it is about."""
_MOST: Final = 5
_EDGES: Final = "\"'\u201c\u201d\u2018\u2019.,;:!?()"
_QUOTES: Final = "\"'\u201c\u2018"


def of(text: str, candidate: Candidate, said: Said, outline: Outline) -> Features:
    """Returns what is true of a candidate whatever else is chosen.

    Args:
        text: of the candidate.
        candidate: where it stands and what was cut off it.
        said: its words.
        outline: of the story.
    """
    raw = text.split()
    return {
        **_place(candidate.place, outline),
        **_size(len(raw)),
        **_cut(candidate.cut),
        **_centrality(candidate.place, said, outline),
        **_names(raw, said, outline),
        **_manner(text, raw),
        "small": 1 - len(said.bag) / max(said.words, 1),
    }


def _place(place: int, outline: Outline) -> Features:
    found = {
        "place": 1 / (1 + place / 4),
        "depth": math.log1p(place) / 4,
        "through": place / outline.sentences,
    }
    if place < _FIRST:
        found[f"sentence_{place + 1}"] = 1.0
    return found


def _size(size: int) -> Features:
    length = size / _TYPICAL_WORDS
    return {
        "words": length,
        "words_squared": length * length,
        "words_logarithm": math.log1p(size) / 3,
        "short": float(size < _SHORT),
        "long": float(size > _LONG),
    }


def _cut(kind: str) -> Features:
    return {"clause": 1.0, f"cut_{kind}": 1.0} if kind else {}


def _centrality(place: int, said: Said, outline: Outline) -> Features:
    """How much of a candidate comes back in other sentences, and in those of the lead.

    What the story goes on from counts too: words that it brings in, and a sentence after it that leans on it.
    """
    bag, pairs = said.bag, said.pairs
    size = max(len(bag), 1)
    spread = [outline.spread[word] for word in bag]
    elsewhere = [number - 1 for number in spread]
    echoes = sorted([outline.echo[word] for word in bag], reverse=True)
    weight = sum(echoes)
    places = [outline.first[word] for word in bag]
    new = [outline.echo[word] for word in bag if outline.first[word] == place]
    after = outline.openings[place + 1 : place + 2]
    shared = len(pairs & outline.again)
    itself = place < LEAD
    lead = sum([outline.lead[word] > itself for word in bag & outline.lead.keys()])
    return {
        "centre": sum(elsewhere) / size / 8,
        "cosine": sum(spread) / outline.norm / math.sqrt(size),
        "links": (len(elsewhere) - elsewhere.count(0)) / size,
        "weight": weight / size,
        "weight_in_all": weight / 20,
        "weight_of_few": sum(echoes[:_MOST]) / 10,
        "weight_of_new": math.fsum(new) / 20,
        "top": len(bag & outline.top) / 10,
        "lead": lead / size,
        "lead_in_all": lead / 10,
        "first_in_all": places.count(0) / 10 if place else 0.0,
        "pairs": shared / max(len(pairs), 1),
        "pairs_in_all": shared / 10,
        "leaned_on": float(not _PRONOUNS.isdisjoint(after)),
    }


def _names(raw: Sequence[str], said: Said, outline: Outline) -> Features:
    named, stars = len(said.names), said.bag & outline.stars
    return {
        "names": named / max(len(raw), 1),
        "names_in_all": len(set(said.names)) / 5,
        "named": float(named > 0),
        "stars": len(stars) / 3,
        "star_first": float(bool(stars) and not stars.isdisjoint(content(" ".join(raw[:_OPENING])))),
    }


def _manner(text: str, raw: Sequence[str]) -> Features:
    """How it is said: numbers, quotes, verbs of saying, tense, and what it begins and ends with."""
    folded = [word.strip(_EDGES) for word in text.casefold().split()]
    said = frozenset(folded)
    first = folded[0] if folded else ""
    digits = sum([any(map(str.isdigit, word)) for word in raw if not word.isalpha()])
    return {
        "digit": float(digits > 0),
        "digits": min(digits / 5, 1.0),
        "quote": float('"' in text or "\u201c" in text),
        "quoted": sum(map(len, _QUOTED.findall(text))) / max(len(text), 1),
        "quote_first": float(text[:1] in _QUOTES),
        "saying": float(not said.isdisjoint(_SAYING)),
        "self": float(not said.isdisjoint(_SELF)),
        "you": float(not said.isdisjoint(_YOU)),
        "past": float(not said.isdisjoint(_PAST)),
        "present": float(not said.isdisjoint(_PRESENT)),
        "question": float(text.rstrip("\"'\u201d\u2019 ").endswith("?")),
        "exclamation": float("!" in text),
        "label": float(":" in text[:_LABEL]),
        "dash": float("--" in text or "\u2013" in text or "\u2014" in text),
        "aside": float("(" in text),
        "unbalanced": float(not is_balanced(text)),
        "commas": min(text.count(",") / 5, 1.0),
        "letters": min(len(text) / max(len(raw), 1) / 6, 2.0),
        "pronoun_first": float(first in _PRONOUNS),
        "pointer_first": float(first in _POINTERS),
        "points": min(sum(map(folded.count, said & _POINTING)) / 3, 1.0),
        "connective_first": float(first in _CONNECTIVES),
        "the_first": float(first == "the"),
        "a_first": float(first in {"a", "an"}),
    }
