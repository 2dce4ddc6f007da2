"""Statements while they are being found: whose they are, and that no two of them overlap."""

from bisect import bisect_right, insort
from dataclasses import dataclass
from typing import Any, Final

from services.enrich.bounds import MAX_CUE, MAX_OPINION, MAX_SPEAKER
from services.enrich.opinions.phrases import Speaker
from services.enrich.opinions.reading import Reading
from services.enrich.sentences import Span

_STOPS: Final = frozenset(".,!?\u2026\u2014-'\u2019")


@dataclass(frozen=True, slots=True)
class Cue:
    """Tokens [first, last] that attribute, and the stance that they carry."""

    first: int
    last: int
    stance: str | None


@dataclass(frozen=True, slots=True)
class Statement:
    """A span of the body, who made it, and what says so."""

    span: Span
    kind: str
    speaker: Speaker
    cue: Cue | None

    def opinion(self, reading: Reading, actor: str | None, unnamed: str | None) -> dict[str, Any]:
        """Returns the statement in the shape of the record."""
        start, end = self.span
        words = _bounded(reading, reading.span(self.speaker.first, self.speaker.last))
        cue = reading.span(self.cue.first, self.cue.last) if self.cue else None
        made: dict[str, Any] = {
            "actor": actor,
            "kind": self.kind,
            "text": reading.text[start:end],
            "start": start,
            "end": end,
            "cue": " ".join(reading.text[cue.start : cue.end].split())[:MAX_CUE] if cue else None,
            "speaker": {
                "text": reading.text[words.start : words.end],
                "start": words.start,
                "end": words.end,
            },
        }
        if self.cue and self.cue.stance:
            made["stance"] = self.cue.stance
        return made | ({"unnamed": unnamed} if unnamed else {})


def _bounded(reading: Reading, span: Span) -> Span:
    """Returns the span cut to what a speaker's words may hold."""
    end = min(span.end, span.start + MAX_SPEAKER)
    while end > span.start + 1 and reading.text[end - 1].isspace():
        end -= 1
    return Span(span.start, end)


class Statements:
    """The statements of one body. A quotation is taken once; indirect statements overlap nothing."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._found: list[Statement] = []
        self._taken: dict[int, tuple[Speaker, Cue | None] | None] = {}
        self._covered: list[tuple[int, int]] = []

    def covers(self, token: int) -> bool:
        """Whether a token stands in an indirect statement."""
        at = bisect_right(self._covered, (token, len(self._reading.tokens))) - 1
        return at >= 0 and self._covered[at][1] >= token

    def is_taken(self, quote: int) -> bool:
        """Whether a quotation has its speaker, or is part of an indirect statement."""
        return quote in self._taken

    def quote(self, quote: int, speaker: Speaker, cue: Cue | None) -> bool:
        """Gives a quotation to its speaker, with what it carries on from paragraphs before."""
        first, last = self._reading.edges[quote]
        if quote in self._taken or self.covers(first) or self.covers(last):
            return False
        self._give(quote, speaker, cue)
        earlier = self._reading.quotes[quote].follows
        if earlier is not None:
            self.quote(earlier, speaker, cue)
        return True

    def _give(self, quote: int, speaker: Speaker, cue: Cue | None) -> None:
        self._taken[quote] = speaker, cue
        inner = self._reading.quotes[quote]
        text = self._reading.text[inner.start : inner.end]
        start = inner.start + len(text) - len(text.lstrip())
        end = inner.start + len(text.rstrip())
        if start < end <= start + MAX_OPINION:
            self._found.append(Statement(Span(start, end), "direct", speaker, cue))

    def indirect(self, first: int, last: int, speaker: Speaker, cue: Cue) -> bool:
        """Takes tokens [first, last] as an indirect statement; returns False where it cannot be one."""
        reading = self._reading
        if last < first or not reading.words(first, last):
            return False
        inside = {reading.quoted[at] for at in range(first, last + 1)} - {-1}
        last = max([last, *(reading.edges[quote][1] for quote in inside)])
        overlaps = self.covers(first) or self.covers(last) or any(quote in self._taken for quote in inside)
        at = bisect_right(self._covered, (first, -1))
        if overlaps or (at < len(self._covered) and self._covered[at][0] <= last):
            return False
        span = reading.span(first, last)
        if span.end - span.start > MAX_OPINION:
            return False
        insort(self._covered, (first, last))
        self._taken.update(dict.fromkeys(inside))
        self._found.append(Statement(span, "indirect", speaker, cue))
        return True

    def carry_on(self) -> None:
        """Gives the quotation that begins right after an attribution's sentence to the same speaker."""
        for number in range(len(self._reading.quotes)):
            self._carry_from_paragraph(number)
            owner = self._taken.get(number)
            if owner is not None and owner[1] is not None:
                self._carry(number, owner[0], owner[1])

    def _carry_from_paragraph(self, number: int) -> None:
        earlier = self._reading.quotes[number].follows
        owner = self._taken.get(earlier) if earlier is not None else None
        if owner is not None:
            self.quote(number, *owner)

    def _carry(self, number: int, speaker: Speaker, cue: Cue) -> None:
        reading = self._reading
        following = reading.sentence(max(cue.last, reading.edges[number][1]))[1]
        after = number + 1
        if after < len(reading.quotes) and cue.last < reading.edges[after][0] < following:
            if reading.mark(reading.edges[after][0] - 1) in {",", ":"}:
                self.quote(after, speaker, cue)  # "…," he said, a map in his hand, "…"
            return
        quote = reading.opens(following)
        if quote < 0 or quote in self._taken or reading.parted(following - 1, following):
            return
        inner = reading.quotes[quote]
        if inner.follows is None and reading.text[inner.end - 1] in _STOPS:
            self.quote(quote, speaker, cue)

    def ordered(self) -> list[Statement]:
        """Returns the statements in the order of the text."""
        return sorted(self._found, key=lambda statement: statement.span)
