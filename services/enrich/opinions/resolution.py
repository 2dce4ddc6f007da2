"""Which actors of the record the words that name a speaker mean."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from services.enrich.actors import gender
from services.enrich.actors.tokens import folded_words
from services.enrich.bounds import MAX_UNNAMED
from services.enrich.opinions.lexicon import (
    ARMED_NOUNS,
    BODIES,
    DEFINITE,
    DOCUMENTS,
    FIRM_NOUNS,
    INSTITUTIONS,
    PREPOSITIONS,
    SPEAKS_FOR_STATES,
    is_one_person,
)
from services.enrich.opinions.phrases import Speaker
from services.enrich.opinions.reading import Mention, Reading

_REACH: Final = 60
"""Mentions that a pronoun looks back over."""
_SENTENCES: Final = 4
_COLLECTIVES: Final = frozenset(("organization", "armed_group", "intergovernmental", "state"))
_PLURALS: Final = _COLLECTIVES | {"people"}
_MAX_DESCRIBED: Final = 6


class Resolved(NamedTuple):
    """The actors who speak, by their place in the record, or how somebody without a name is described."""

    actors: tuple[int, ...]
    unnamed: str | None = None


class Resolver:
    """Resolves the speakers of one story, in the order in which they speak."""

    def __init__(self, reading: Reading, actors: Sequence[Mapping[str, Any]]) -> None:
        self._reading = reading
        self._actors = actors
        self._starts = [mention.first for mention in reading.mentions]
        self._genders: dict[int, gender.Gender | None] = {}
        self._words: dict[int, tuple[frozenset[str], frozenset[str]]] = {}
        self._first: dict[int, int] = {}
        self._last_speaker: tuple[int, int] | None = None
        self._last_unnamed: tuple[Speaker, Resolved] | None = None
        for mention in reading.mentions:
            self._first.setdefault(mention.actor, mention.first)

    def resolve(self, speaker: Speaker) -> Resolved:
        """Returns whom a speaker's words mean."""
        if speaker.sort == "mention":
            found = Resolved(tuple(mention.actor for mention in speaker.mentions))
        elif speaker.sort == "pronoun":
            found = self._pronoun(speaker)
        elif speaker.sort == "nominal":
            found = self._nominal(speaker)
        else:
            found = Resolved(())
        if len(found.actors) == 1:
            self._last_speaker = speaker.last, found.actors[0]
        if speaker.sort != "pronoun":
            self._last_unnamed = (speaker, found) if found.unnamed else None
        return found

    def _type(self, actor: int) -> str:
        return str(self._actors[actor]["type"])

    # Pronouns

    def _pronoun(self, speaker: Speaker) -> Resolved:
        if self._last_unnamed is not None and self._means(speaker, self._last_unnamed[0]):
            return self._last_unnamed[1]
        antecedent = self._antecedent(speaker)
        return Resolved(() if antecedent is None else (antecedent,))

    def _means(self, speaker: Speaker, unnamed: Speaker) -> bool:
        """Whether he or she is the one without a name who spoke right before: a lawyer said so, he said."""
        pronoun, at = self._reading.folded(speaker.first), speaker.first
        if pronoun not in {"he", "she"} or not is_one_person(unnamed.head):
            return False
        if gender.of("", unnamed.head) not in {None, "f" if pronoun == "she" else "m"}:
            return False
        first = self._reading.sentence(at)[0]
        return unnamed.last >= self._reading.sentence(max(0, first - 1))[0] and not any(
            m.first > unnamed.last and self._fits(m.actor, pronoun) and self._is_subject(m)
            for m in self._before(at)
        )

    def _antecedent(self, speaker: Speaker) -> int | None:
        """Returns the nearest fitting actor before a pronoun, subjects and speakers before others."""
        pronoun, at = self._reading.folded(speaker.first), speaker.first
        oldest = self._oldest(at)
        candidates = [m for m in self._before(at) if m.first >= oldest and self._fits(m.actor, pronoun)]
        if self._last_speaker is not None:
            place, actor = self._last_speaker
            newer = [m for m in candidates if m.first > place and m.actor != actor and self._is_subject(m)]
            if place >= oldest and not newer and self._fits(actor, pronoun):
                return actor
        by_sentence = sorted(candidates, key=lambda m: (-self._reading.sentence(m.first)[0], m.first))
        subject = next((m for m in by_sentence if self._is_subject(m)), None)
        chosen = subject or next(iter(by_sentence), None)
        return chosen.actor if chosen else self._only(pronoun, at)

    def _only(self, pronoun: str, at: int) -> int | None:
        """Returns the one person of the story so far whom he or she can mean, however far back."""
        if pronoun not in {"he", "she"}:
            return None
        fitting = [a for a, first in self._first.items() if first < at and self._fits(a, pronoun)]
        return fitting[0] if len(fitting) == 1 else None

    def _oldest(self, at: int) -> int:
        """Returns the first token of the few sentences that a pronoun reaches back to."""
        first = at
        for _ in range(_SENTENCES):
            first = self._reading.sentence(max(0, first))[0] - 1
            if first < 0:
                return 0
        return first + 1

    def _before(self, at: int) -> list[Mention]:
        end = bisect_left(self._starts, at)
        near = self._reading.mentions[max(0, end - _REACH) : end]
        return [mention for mention in near if self._reading.quoted[mention.first] < 0]

    def _fits(self, actor: int, pronoun: str) -> bool:
        kind = self._type(actor)
        if pronoun == "they":
            return kind in _PLURALS
        if pronoun == "it":
            return kind in _COLLECTIVES
        return kind == "person" and self._gender(actor) in {None, "f" if pronoun == "she" else "m"}

    def _gender(self, actor: int) -> gender.Gender | None:
        if actor not in self._genders:
            found = self._actors[actor]
            self._genders[actor] = gender.of(found["name"], found["role"]) or self._by_title(actor)
        return self._genders[actor]

    def _by_title(self, actor: int) -> gender.Gender | None:
        """Returns the gender that a word before the actor's first mention tells: Mr, spokeswoman."""
        first = self._first.get(actor, 0)
        return gender.of("", self._reading.folded(first - 1)) if first else None

    def _is_subject(self, mention: Mention) -> bool:
        at = mention.first - 1
        while at >= 0 and self._reading.tokens[at].is_capitalised and at not in self._reading.ends:
            at -= 1
        if self._reading.folded(at) in {"the", "a", "an"}:
            at -= 1
        inside = at >= self._reading.sentence(mention.first)[0]
        return not self._reading.tokens[mention.last].possessive and not (
            inside and self._reading.folded(at) in PREPOSITIONS | {"to", "s"}
        )

    # Nouns

    def _nominal(self, speaker: Speaker) -> Resolved:
        if self._speaks_for_owner(speaker) and speaker.owner is not None:
            return Resolved((speaker.owner.actor,))
        holder = self._holder(speaker)
        if holder is not None:
            return Resolved((holder,))
        span = self._reading.span(speaker.first, speaker.last)
        words = " ".join(self._reading.text[span.start : span.end].split())
        return Resolved((), words[:MAX_UNNAMED])

    def _speaks_for_owner(self, speaker: Speaker) -> bool:
        kind = self._type(speaker.owner.actor) if speaker.owner else ""
        if kind == "state":
            return speaker.head in SPEAKS_FOR_STATES or speaker.head in DOCUMENTS
        return kind in _COLLECTIVES and (speaker.head in INSTITUTIONS or speaker.head in DOCUMENTS)

    def _holder(self, speaker: Speaker) -> int | None:
        """Returns the one actor before whose role or name ends as "the minister", "the ministry" does."""
        begin = self._reading.folded(speaker.first)
        owned = speaker.owner is not None or self._reading.tokens[speaker.first].possessive
        if begin not in DEFINITE and not owned:
            return None
        fitting = [
            actor
            for actor, first in self._first.items()
            if first < speaker.first and self._holds(actor, speaker.head)
        ]
        if not fitting:
            fitting = self._by_kind(speaker)
        return fitting[0] if len(fitting) == 1 else None

    def _holds(self, actor: int, head: str) -> bool:
        role, name = self._told(actor)
        if self._type(actor) == "person":
            return head in role and head not in BODIES  # an engineer of the company is not the company
        return head in role or head in name

    def _told(self, actor: int) -> tuple[frozenset[str], frozenset[str]]:
        if actor not in self._words:
            found = self._actors[actor]
            role = folded_words(found["role"] or "") + self._described(actor)
            names = [word for name in (found["name"], *found["aliases"][:3]) for word in folded_words(name)]
            self._words[actor] = frozenset(role), frozenset(names)
        return self._words[actor]

    def _described(self, actor: int) -> list[str]:
        """Returns the small words around an actor's first mention: "geochemist X", "X, a baker from Y"."""
        at = self._first.get(actor)
        mention = self._reading.begins.get(at) if at is not None else None
        if mention is None:
            return []
        around = []
        for here in range(mention.first - 1, max(0, mention.first - _MAX_DESCRIBED), -1):
            if not self._reading.folded(here) or self._reading.folded(here) in PREPOSITIONS:
                break
            around.append(here)
        if self._reading.mark(mention.last + 1) == ",":
            for here in range(mention.last + 2, mention.last + 2 + _MAX_DESCRIBED):
                if not self._reading.folded(here) or self._reading.folded(here) in PREPOSITIONS:
                    break
                around.append(here)
        return [self._reading.folded(here) for here in around if self._reading.mark(here).islower()]

    def _by_kind(self, speaker: Speaker) -> list[int]:
        if speaker.owner is not None:
            return []
        earlier = [actor for actor, first in self._first.items() if first < speaker.first]
        if speaker.head in ARMED_NOUNS:
            return [actor for actor in earlier if self._type(actor) == "armed_group"]
        if speaker.head in FIRM_NOUNS:
            return [actor for actor in earlier if self._is_firm(actor)]
        return []

    def _is_firm(self, actor: int) -> bool:
        return self._type(actor) != "person" and bool({"BUS", "MNC"} & set(self._actors[actor]["sectors"]))
