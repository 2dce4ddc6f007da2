"""The first name finder: capitals, titles and telling words, with the catalogue's names as fixed points."""

from collections.abc import Iterator, Sequence
from typing import Final

from services.enrich.actors.chunks import Chunk, Chunker, Unit
from services.enrich.actors.forms import Forms, Kind
from services.enrich.actors.given_names import GIVEN_NAMES
from services.enrich.actors.heads import EVENT_HEADS, ORG_HEADS, PLACE_HEADS, STATE_ORGANS, WATERS
from services.enrich.actors.naming import Namer, is_role
from services.enrich.actors.tagger import Tagged
from services.enrich.actors.tokens import Token, is_shouting, tokenize
from services.enrich.sentences import Span

_HEADS: Final = ORG_HEADS | PLACE_HEADS | EVENT_HEADS
_MIN_HEADING_WORDS: Final = 4
_HEADING_SHARE: Final = 0.7
_LONG_WORD: Final = 4
_FULL_STOPS: Final = frozenset(".!?")


class RuleTagger:
    """Finds names by rule. Keeps nothing between calls; safe to share."""

    def __init__(self, forms: Forms) -> None:
        self._forms = forms

    def __call__(self, text: str, sentences: Sequence[Span]) -> list[Tagged]:
        """Returns the names in order of their start; see `Tagger`."""
        tokens: list[Token] = []
        bounds: list[tuple[int, int]] = []
        for sentence in sentences:
            first = len(tokens)
            tokens += tokenize(text, *sentence)
            bounds.append((first, len(tokens)))
        matches = [match for first, last in bounds for match in self._forms.find(tokens, first, last)]
        chunker = Chunker(tokens, matches)
        found: list[Tagged] = []
        for first, last in bounds:
            if not is_heading(tokens[first:last]):
                namer = Namer(tokens, first, last)
                for chunk in chunker.chunks(first, last):
                    found += _Reader(tokens, namer).names(chunk)
        return found


def is_heading(tokens: Sequence[Token]) -> bool:
    """Whether nearly every long word has a capital, so that capitals say nothing. Prose ends with a mark."""
    if is_shouting(tokens):
        return True
    words = [token for token in tokens if len(token.text) >= _LONG_WORD and token.text[0].isalpha()]
    if len(words) < _MIN_HEADING_WORDS or any(token.text in _FULL_STOPS for token in tokens[-2:]):
        return False
    return sum(token.is_capitalised for token in words) >= _HEADING_SHARE * len(words)


class _Reader:
    """Reads one chunk from left to right into names."""

    def __init__(self, tokens: Sequence[Token], namer: Namer) -> None:
        self._tokens = tokens
        self._namer = namer

    def names(self, chunk: Chunk) -> Iterator[Tagged]:
        rest, owner, titled = list(chunk), False, False
        while rest:
            if rest[0].is_link:
                rest, titled = rest[1:], False
                continue
            titles = is_role(rest, self._tokens)
            if titles:  # a title without a name after it names nobody
                rest, titled, owner = rest[titles:], True, False
                continue
            segment = self._segment(rest, owner=owner, titled=titled)
            tagged = self._tag(segment, titled=titled)
            if tagged:
                yield tagged
            owner, titled = self._is_owner(segment), False
            rest = rest[len(segment) :]

    def _segment(self, rest: Sequence[Unit], *, owner: bool, titled: bool) -> Sequence[Unit]:
        """Returns the units at the front that are one name."""
        whole = rest[: self._reach(rest)]
        if self._ends_in_head(whole) and not (titled and whole[0].match):
            return whole[:1] if self._splits_owner(whole) and not owner else whole
        match = whole[0].match
        if match is not None:
            return whole if self._is_first_name(whole) else whole[:1]
        for at, unit in enumerate(whole):
            if unit.match is not None and not self._takes(whole, at):
                return self._without_link(whole[:at])
        return whole

    def _reach(self, rest: Sequence[Unit]) -> int:
        """Returns how many units come before the next title inside the chunk."""
        for at in range(1, len(rest)):
            titles = is_role(rest[at:], self._tokens)
            named = at + titles < len(rest) or self._tokens[rest[at].first].text == "CEO"
            if titles and named and not rest[at - 1].is_link:
                return at
        return len(rest)

    def _ends_in_head(self, units: Sequence[Unit]) -> bool:
        if len(units) == 1:
            return False
        if units[-1].match is None and self._word(units[-1]) in _HEADS:
            return True
        first_link = next((at for at, unit in enumerate(units) if unit.is_link), 0)
        stem = units[first_link - 1]
        return bool(first_link) and stem.match is None and self._word(stem) in ORG_HEADS | WATERS

    def _splits_owner(self, units: Sequence[Unit]) -> bool:
        """Whether "Afghan Defense Ministry" is a state and its ministry; "Afghan Army" is one name."""
        match = units[0].match
        if match is None or len(units) < 3 or match.kind is Kind.PLACE:  # noqa: PLR2004
            return False
        words = {self._word(unit) for unit in units[1:] if not unit.is_link}
        return self._is_owner(units[:1]) and bool(words & STATE_ORGANS)

    def _is_owner(self, units: Sequence[Unit]) -> bool:
        match = units[0].match
        entry = match.forms[0].entry if match else None
        return entry is not None and entry.type in {"state", "people", "intergovernmental"}

    def _is_first_name(self, units: Sequence[Unit]) -> bool:
        """Whether a known place at the front is somebody's first name: Jordan, Chelsea, Paris."""
        match = units[0].match
        return (
            match is not None
            and len(units) in {2, 3}
            and units[0].last - units[0].first == 1
            and self._word(units[0]) in GIVEN_NAMES
            and all(unit.match is None for unit in units[1:])
            and not self._namer.is_located(units)
        )

    def _takes(self, units: Sequence[Unit], at: int) -> bool:
        """Whether a known name inside is part of this one: Jenna Bush, Bank of China."""
        match = units[at].match
        if match is not None and match.kind is Kind.SURNAME:
            return self._word(units[at - 1]) not in _HEADS
        if not units[at - 1].is_link and self._word(units[at]) in ORG_HEADS:
            return True  # the Progressive Conservative Party is not the Conservative Party
        given = self._word(units[0]) in GIVEN_NAMES and at == len(units) - 1 and at <= 2  # noqa: PLR2004
        return given or (units[at - 1].is_link and self._word(units[at - 2]) in ORG_HEADS)

    @staticmethod
    def _without_link(units: Sequence[Unit]) -> Sequence[Unit]:
        return units[:-1] if units[-1].is_link else units

    def _word(self, unit: Unit) -> str:
        return next(
            (
                self._tokens[i].folded
                for i in range(unit.last - 1, unit.first - 1, -1)
                if self._tokens[i].folded
            ),
            "",
        )

    def _tag(self, units: Sequence[Unit], *, titled: bool) -> Tagged | None:
        if len(units) == 1 and units[0].match is not None:
            return None  # the catalogue speaks for itself
        verdict = self._namer.judge(units, titled=titled)
        if verdict is None:
            return None
        start, end = self._tokens[units[0].first].start, self._tokens[units[-1].last - 1].end
        return Tagged(start, end, *verdict)
