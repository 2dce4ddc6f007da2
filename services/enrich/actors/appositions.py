"""What follows a person's name and says who that is: "X, a spokesman for Y", "X, who teaches at Y"."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from services.enrich.actors.fields import Field, Name
from services.enrich.actors.lexicon import FUNCTION
from services.enrich.actors.occupations import BODIES
from services.enrich.actors.owners import BELONGS, DETERMINERS, Owners, is_national
from services.enrich.actors.role import ANY_HEADS, ANY_MODIFIERS, Role
from services.enrich.wordlist import words

_MAX_WORDS: Final = 14
_MAX_UNKNOWN: Final = 3
_AGES: Final = words("year years old aged")
_ADVERBS: Final = words("now also still once currently then previously has had")
_MAX_ADVERBS: Final = 2

_WORK: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(words("teaches taught lectures lectured"), ("lecturer",)),
    **dict.fromkeys(words("edits edited"), ("editor",)),
    **dict.fromkeys(words("commands commanded"), ("commander",)),
    **dict.fromkeys(
        words("leads led heads headed chairs chaired ran directs directed manages managed founded owns"),
        ("head",),
    ),
    **dict.fromkeys(
        words("works worked serves served sits plays skates swims rides rows boxes competes runs"), ()
    ),
}
"""What somebody does, by the verb after "who": the noun for it, or nothing but its owner."""
_BECOMES: Final = words("became becomes remains")
_ARTICLES: Final = words("a an the his her its their")
_MAX_BODY: Final = 4
_SPEAKERS: Final = words("spokesman spokeswoman spokesperson")
_OF_PLACES: Final = frozenset(("head", "commander"))
_ORIGINS: Final = (("grew", "up", "in"), ("was", "born", "in"), ("comes", "from"), ("hails", "from"))


class Appositions:
    """Reads what follows the names of persons in one field."""

    def __init__(self, field: Field, owners: Owners) -> None:
        self._field = field
        self._owners = owners
        self._starts = {field.token_at(name.start) for name in field.names}

    def _word(self, at: int) -> str:
        tokens = self._field.tokens
        return tokens[at].folded if at < len(tokens) else ""

    def _is_comma(self, at: int) -> bool:
        tokens = self._field.tokens
        return at < len(tokens) and tokens[at].text == ","

    def title(self, at: int, last: int) -> Role | None:
        """Returns the title in commas that begins at a token: ", a commander of the Quds Force,"."""
        if at >= last or not self._is_comma(at):
            return None
        if at + 2 < last and self._word(at + 1).isdigit() and self._is_comma(at + 2):
            at += 2  # Ana Ruiz, 58, a nurse
        is_one = self._word(at + 1) == "one" and self._word(at + 2) == "of"
        return self._one_of(at + 3, last) if is_one else self._described(at, last)

    def _described(self, at: int, last: int) -> Role | None:
        """Returns the title that begins after the comma at a token."""
        tokens = self._field.tokens
        begin, unknown, determined = at + 1, 0, False
        owner: Name | None = None
        for here in range(at + 1, min(last, at + _MAX_WORDS)):
            token = tokens[here]
            ending = self._owners.ending(here)
            if ending is not None:
                owner, begin = ending, here + 1
            elif token.folded in ANY_HEADS and self._ends_a_role(here, last):
                role = self._title(begin, here + 1, owner or self._owner(here + 1, at + 1, last))
                over = self._owners.former(owner, at + 1) if owner is not None else None
                return replace(role, over=over) if role is not None else None
            elif token.folded in DETERMINERS or token.folded in _BECOMES or self._is_owning(here):
                begin, determined = here + 1, True
            elif token.folded in _AGES or token.folded.isdigit():
                begin = here + 1
            elif not (token.folded in ANY_MODIFIERS or token.folded in ANY_HEADS or token.is_hyphen):
                unknown += 1
                if not self._may_describe(here, unknown, determined=determined):
                    return None
        return None

    def _one_of(self, at: int, last: int) -> Role | None:
        """Returns what somebody is of whom there are several: one of her lawmakers, one of Kenya's judges."""
        owner: Name | None = None
        for here in range(at, min(last, at + _MAX_UNKNOWN + 2)):
            owner = self._owners.ending(here) or owner
            head = self._word(here).removesuffix("s")
            if head != self._word(here) and head in ANY_HEADS:
                token = self._field.tokens[here]
                owner = owner or self._owners.after(here + 1, last)
                return Role(self._field, token.start, token.end, (head,), owner, True, False)  # noqa: FBT003
            if not self._field.tokens[here].folded:
                return None
        return None

    def _is_owning(self, at: int) -> bool:
        """Whether a token is the noun whose an office is: the Danish group's head."""
        token = self._field.tokens[at]
        return token.possessive and token.text.islower() and token.folded in BODIES

    def _title(self, begin: int, end: int, owner: Name | None) -> Role | None:
        tokens = self._field.tokens[begin:end]
        told = tuple(token.folded for token in tokens if token.folded)
        if not told:
            return None
        body = self._body(end) if owner is None else ()
        return Role(self._field, tokens[0].start, tokens[-1].end, told, owner, is_apposition=True, body=body)

    def _body(self, at: int) -> tuple[str, ...]:
        """Returns the words for a body without a name that a preposition leads to: of the government."""
        if self._word(at) not in BELONGS | {"to"} or self._word(at + 1) not in _ARTICLES:
            return ()
        tokens = self._field.tokens
        for here in range(at + 2, min(len(tokens), at + 2 + _MAX_BODY)):
            if not tokens[here].text.islower() or here in self._starts or tokens[here].possessive:
                return ()
            if tokens[here].folded in BODIES and self._word(here + 1) not in BODIES | ANY_HEADS:
                return tuple(token.folded for token in tokens[at + 2 : here + 1])
        return ()

    def _owner(self, at: int, first: int, last: int) -> Name | None:
        """Returns whose the title before a token is: for Y, else whom "its" or "a spokesman" means."""
        owner = self._owners.after(at, last)
        speaks = (
            self._word(first) == "a" and self._word(at - 1) in _SPEAKERS and self._word(at) not in BELONGS
        )
        if owner is None and (speaks or self._word(first) == "its"):
            return self._owners.meant_by_its(first, states=False)
        return owner

    def _ends_a_role(self, at: int, last: int) -> bool:
        """Whether a head ends the words of a role; "X, President Y" is a list."""
        if at + 1 >= last:
            return True
        if self._word(at + 1) in ANY_HEADS and at + 1 not in self._starts:
            return False
        if self._goes_on(at + 1, last):
            return False
        return self._field.tokens[at].text.islower() or at + 1 not in self._starts

    def _goes_on(self, at: int, last: int) -> bool:
        """Whether a word leads over to a further head of the same role: chief financial officer."""
        leads = at + 1 < last and self._word(at) in ANY_MODIFIERS and self._field.tokens[at].text.islower()
        return leads and self._word(at + 1) in ANY_HEADS and not {at, at + 1} & self._starts

    def _may_describe(self, at: int, unknown: int, *, determined: bool) -> bool:
        token = self._field.tokens[at]
        if token.is_capitalised or token.text == ".":
            return True
        plain = bool(token.folded) and token.folded not in FUNCTION and not token.folded.endswith("ing")
        return plain and determined and unknown <= _MAX_UNKNOWN

    def nationality(self, at: int, last: int) -> Role | None:
        """Returns the people that somebody is of: "X, a German who"."""
        owner = self._owners.ending(at + 2)
        if not self._is_comma(at) or self._word(at + 1) not in {"a", "an"} or at + 2 >= last:
            return None
        is_noun = owner is not None and self._word(at + 3) in {"", "who", "from", "in"}
        return self._of(owner) if owner is not None and is_noun and is_national(owner) else None

    def of_nation(self, at: int) -> Role | None:
        """Returns the people that somebody is of whose adjective ends with a token."""
        owner = self._owners.ending(at)
        return self._of(owner) if owner is not None and is_national(owner) else None

    def affiliation(self, at: int, last: int, links: frozenset[str]) -> Role | None:
        """Returns whom somebody is of, where only that is said: "X of the Quds Force".

        Args:
            at: the token after the name.
            last: the token after its sentence.
            links: the words that may join the two.
        """
        owner = self._owners.after(at, last) if self._word(at) in links else None
        return self._of(owner) if owner is not None else None

    def _of(self, owner: Name) -> Role:
        return Role(self._field, owner.start, owner.start, (), owner, is_apposition=True, is_title=False)

    def work(self, at: int, last: int) -> Role | None:
        """Returns what somebody does and for whom: "X, who teaches at Y", "X, who leads Y"."""
        who = at + self._is_comma(at)
        if self._word(who) != "who":
            return None
        verb = who + 1
        while verb < min(last, who + 1 + _MAX_ADVERBS) and self._word(verb) in _ADVERBS:
            verb += 1
        told = _WORK.get(self._word(verb))
        if self._word(verb) == "runs" and self._word(verb + 1) != "for":
            told = ("head",)
        if told is None or verb >= last:
            return self._origin(verb, last)
        direct = bool(_OF_PLACES & set(told))
        owner = self._owners.object(verb + 1, last) if direct else self._owners.after(verb + 1, last)
        if owner is None and direct and self._word(verb + 1) == "it":
            owner = self._owners.meant_by_its(verb + 1, states=False)
        if owner is None and (not told or direct):
            return None
        token = self._field.tokens[verb]
        return Role(self._field, token.start, token.end, told, owner, is_apposition=True, is_title=False)

    def origin(self, at: int, last: int) -> Role | None:
        """Returns where somebody says to be from: "X grew up in Y", "X, who was born in Y"."""
        who = at + self._is_comma(at)
        return self._origin(who + 1 if self._word(who) == "who" else at, last)

    def _origin(self, at: int, last: int) -> Role | None:
        for phrase in _ORIGINS:
            end = at + len(phrase)
            if end < last and tuple(map(self._word, range(at, end))) == phrase:
                owner = self._owners.object(end, last)
                return self._of(owner) if owner is not None else None
        return None
